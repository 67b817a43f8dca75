// Run by memory.test.ts with --expose-gc: bytes of heap for each of many breakers, before any call, after a few, and after many.
import { consecutive, createBreaker, failureCount, failureRate } from '@distrokit/breaker'
import type { Rule } from '@distrokit/breaker'

const MANY = 10_000
const rules: Readonly<Record<string, () => Rule>> = {
  consecutive: () => consecutive(5),
  failureCount: () => failureCount({ size: 100, ratio: 0.95 }),
  failureRate: () => failureRate({ ratio: 0.95 }),
}

async function heap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

const figures: Record<string, number[]> = {}
for (const [name, rule] of Object.entries(rules)) {
  // What is compiled and allocated once is not the breaker's.
  for (let i = 0; i < 2000; i++) await createBreaker({ trip: rule() }).run(() => i)
  const before = await heap()
  const breakers = Array.from({ length: MANY }, () => createBreaker({ trip: rule() }))
  const bytes: number[] = []
  for (const calls of [0, 10, 150]) {
    for (const breaker of breakers) for (let i = 0; i < calls; i++) await breaker.run(() => i)
    bytes.push(Math.round((await heap() - before) / breakers.length))
  }
  figures[name] = bytes
}
process.send?.(figures)
