/** What a saga costs in commits. */
import { saga } from '@distrokit/saga'
import { expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

const three = saga('three', async ({ step }, last: 'works' | 'fails') => {
  await step('a', () => 1, () => {})
  await step('b', () => 2, () => {})
  await step('c', () => { if (last === 'fails') throw new Error('no') }, () => {})
})

test('three steps are exactly four commits, with an intent before every action', async () => {
  const { engine, until } = createTop()
  const worker = engine({ sagas: [three] })
  const commits: string[][] = []
  worker.life.plan = (writes) => (commits.push(writes.flatMap((write) => write.entries.map((entry) => entry.kind))), 'live')
  const run = await until(worker.start(three, 'works'))
  await until(run.result())
  expect(commits).toEqual([['intent'], ['done', 'intent'], ['done', 'intent'], ['done', 'end']])
})

test('a failing third step with three undos is exactly seven', async () => {
  const { engine, until } = createTop()
  const worker = engine({ sagas: [three] })
  const commits: string[][] = []
  worker.life.plan = (writes) => (commits.push(writes.flatMap((write) => write.entries.map((entry) => entry.kind))), 'live')
  const run = await until(worker.start(three, 'fails'))
  await failure(until(run.result()))
  expect(commits).toEqual([
    ['intent'], ['done', 'intent'], ['done', 'intent'], ['failed', 'back', 'undo-intent'], ['undone', 'undo-intent'], ['undone', 'undo-intent'], ['undone', 'end'],
  ])
})

test('sagas that have something to say at the same time share a commit', async () => {
  const { engine, until } = createTop()
  const worker = engine({ sagas: [three] })
  let commits = 0
  worker.life.plan = () => (commits++, 'live')
  await until(Promise.all(Array.from({ length: 50 }, async () => (await worker.start(three, 'works')).result())))
  expect(commits).toBe(4)
})
