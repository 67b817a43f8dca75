import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const LIVES = 25

/** A process that stamps as fast as it can and says so, one range a line, until it is killed. */
const program = `
  import { createDurableClock } from ${JSON.stringify(new URL('../src/adapters/durable.ts', import.meta.url).href)}
  import { fileStore } from ${JSON.stringify(new URL('../src/adapters/durable-file.ts', import.meta.url).href)}
  const [path, offset] = process.argv.slice(1)
  const clock = await createDurableClock({
    node: 'a', store: fileStore({ path }), aheadMs: 40,
    clock: { now: () => Date.now() + Number(offset), after: (ms, run) => { const t = setTimeout(run, ms); return { cancel: () => clearTimeout(t) } } },
  })
  const speak = () => {
    try { const { first, last } = clock.reserve(1000); console.log([first.ms, first.count, last.ms, last.count].join(' ')) } catch {}
    setImmediate(speak)
  }
  speak()
`

test(`a process that is killed ${LIVES} times with the wall clock thrown about never repeats a stamp nor goes back`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hlc-restarts-'))
  let last = -1n
  let ranges = 0
  try {
    for (let life = 0; life < LIVES; life++) {
      const offset = [0, -5000, 20, -3_600_000, -40][life % 5]!
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program, join(folder, 'mark'), String(offset)], { stdio: ['ignore', 'pipe', 'inherit'] })
      let heard = 0
      for await (const line of createInterface({ input: child.stdout })) {
        const numbers = line.split(' ')
        // The kill may have cut the last line short.
        if (numbers.length < 4 || !/^\d+ \d+ \d+ \d+$/.test(line)) continue
        const [ms, count, endMs, endCount] = numbers.map(BigInt) as [bigint, bigint, bigint, bigint]
        expect(ms * 65_536n + count > last).toBe(true)
        last = endMs * 65_536n + endCount
        ranges++
        if (++heard === 20 + life * 3) child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(ranges).toBeGreaterThan(LIVES * 20)
})
