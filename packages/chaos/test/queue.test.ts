import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createQueue } from '../src/core/queue.ts'
import type { Entry } from '../src/core/queue.ts'

test('agrees with a sorted list under any mixture of pushes, pops and cancels', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 20 }) }) },
    { weight: 2, arbitrary: fc.constant({ pop: true as const }) },
    { weight: 3, arbitrary: fc.record({ cancel: fc.nat(400) }) },
  )
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
    const queue = createQueue<number>()
    const entries: Entry<number>[] = []
    let model: { at: number; value: number }[] = []
    for (const next of steps) {
      if ('push' in next) {
        model.push({ at: next.push, value: entries.length })
        entries.push(queue.push(next.push, entries.length))
      } else if ('pop' in next) {
        const first = model.toSorted((one, other) => one.at - other.at || one.value - other.value)[0]
        model = model.filter((kept) => kept !== first)
        expect(queue.pop()?.value).toBe(first?.value)
      } else {
        const entry = entries[next.cancel]
        if (entry === undefined) continue
        model = model.filter((kept) => kept.value !== entry.value)
        queue.cancel(entry)
      }
      expect(queue.size).toBe(model.length)
    }
    expect(queue.list().map((entry) => entry.value)).toEqual(
      model.toSorted((one, other) => one.at - other.at || one.value - other.value).map((kept) => kept.value),
    )
  }))
})

test('a million far timers that are set and cancelled leave nothing behind', () => {
  const queue = createQueue<undefined>()
  for (let call = 0; call < 1_000_000; call++) queue.cancel(queue.push(1e9, undefined))
  expect(queue.size).toBe(0)
  expect(queue.peek()).toBeUndefined()
})
