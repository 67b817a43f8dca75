// A breaker for each of ten thousand tenants must cost next to nothing, however many calls each has seen.
import { fork } from 'node:child_process'
import { expect, it } from 'vitest'

it('an idle breaker holds at most 900 bytes, and no more after many calls than after a few', async ({ annotate }) => {
  const child = fork(new URL('memory/idle.ts', import.meta.url), { execArgv: ['--expose-gc', '--conditions=source', '--disable-warning=ExperimentalWarning'] })
  const figures = await new Promise<Record<string, number[]>>((resolve, reject) => {
    child.on('message', resolve as never)
    child.on('exit', (code) => reject(new Error(`ended with ${code} and no figures`)))
  })
  await annotate(JSON.stringify(figures))
  expect(Object.keys(figures)).toEqual(['consecutive', 'failureCount', 'failureRate'])
  for (const [, few = Infinity, many = Infinity] of Object.values(figures)) {
    expect(few).toBeLessThanOrEqual(900)
    expect(many).toBeLessThanOrEqual(few + 10)
  }
}, 60_000)
