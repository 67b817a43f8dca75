/** A process to be killed: runs sagas on an SQLite file and writes each effect to a file, which is the outside world. */
import { appendFileSync } from 'node:fs'
import { createEngine, saga } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { collect } from '../bench-top.ts'

const [, , file = '', world = '', mode = '', count = '1'] = process.argv
const note = (line: string): void => appendFileSync(world, `${line}\n`)
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const order = saga('order', async ({ step, id }, fails: boolean) => {
  const held = await step('hold', async ({ key }) => (note(key), await pause(10), { hold: id }), ({ key, output }) => note(`${key} ${output?.hold ?? '?'}`))
  await step('charge', async ({ key }) => (note(key), await pause(10)), ({ key }) => note(key))
  await step('ship', async ({ key }) => {
    note(key)
    await pause(10)
    if (fails) throw new Error('no truck')
  }, ({ key }) => note(key))
  return held.hold
})

const engine = createEngine({ sagas: [order], store: sqliteStore({ path: file }), leaseMs: 2_000, pollMs: 100 })
if (mode === 'run') {
  const runs = await Promise.all(Array.from({ length: Number(count) }, (_, index) => engine.start(order, index % 2 === 1, { id: `order-${index}` })))
  console.log('started')
  await Promise.allSettled(runs.map((run) => run.result()))
} else {
  console.log(`recovered ${await engine.recover()}`)
  for (;;) {
    const ended = (await collect(engine.list())).every((each) => each.state === 'completed' || each.state === 'compensated')
    if (ended) break
    await pause(20)
  }
}
await engine.close()
console.log('ended')
