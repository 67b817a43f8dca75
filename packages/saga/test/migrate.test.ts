/** Live sagas move from one store to another and go on there. */
import { createEngine, memoryStore, migrate, saga } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { expect, test } from 'vitest'
import { createTop } from './bench-top.ts'

test('what runs, sleeps, waits and holds locks goes on in the new store; the old workers can write no more', async () => {
  const top = createTop()
  const to = memoryStore({ clock: top.world.clock })
  const child = saga('child', async ({ step }) => void (await step('c', () => top.effects.push('c'), () => top.effects.push('undo c'))))
  const definition = saga('s', async ({ step, sleep, signal, lock, child: run, id }, kind: string) => {
    await step('begin', () => top.effects.push(`${id} begins`), () => top.effects.push(`undo ${id}`))
    if (kind === 'family') await run('kid', child, null)
    if (kind === 'lock') await lock('l')
    if (kind === 'run' || kind === 'lock') await step('work', () => new Promise<void>((resolve) => void top.world.clock.after(3_000, resolve)))
    if (kind === 'sleep') await sleep('nap', 30_000)
    if (kind === 'signal' || kind === 'family') await signal('go')
    if (kind === 'family') throw new Error('no')
    return `${id} is done`
  })
  const sagas = [definition, child]
  const old = top.engine({ sagas, owner: 'old' })
  for (const [id, kind] of Object.entries({ r: 'run', s: 'sleep', g: 'signal', l1: 'lock', l2: 'lock', f: 'family' })) await top.until(old.start(definition, kind, { id }))
  await top.world.pass(1_000)
  await top.until(old.signal('f', 'too early', 1))
  expect(await top.until(migrate(top.store, to))).toBe(7)
  expect(await top.until(migrate(top.store, to))).toBe(0)
  const fresh = createEngine({ sagas, store: to, clock: top.world.clock, owner: 'new' })
  await top.until(fresh.signal('g', 'go'))
  await top.until(fresh.signal('f', 'go'))
  for (const id of ['r', 's', 'g', 'l1', 'l2']) expect(await top.until(fresh.result(id))).toBe(`${id} is done`)
  await top.until(fresh.result('f').catch(() => {}))
  expect(top.effects.filter((effect) => effect.includes('undo'))).toEqual(['undo c', 'undo f'])
  expect(top.effects.filter((effect) => effect === 'r begins')).toHaveLength(1)
  await top.world.pass(60_000)
  expect(await top.until(old.get('r'))).not.toMatchObject({ state: 'completed' })
})

test('messages that were not handed on stop it', async () => {
  const from = sqliteStore({ path: ':memory:' })
  const definition = saga('s', async ({ step, emit }) => {
    emit('t', 1)
    await step('a', () => 1)
  })
  const engine = createEngine({ sagas: [definition], store: from })
  await (await engine.start(definition, null)).result()
  await expect(migrate(from, memoryStore())).rejects.toThrow(/empty outbox/)
  await engine.close()
  from.close()
})
