import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const LIVES = 15

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

test('ten million stamps from four workers and a hundred restarts, none of them clean, hold no duplicate and never go back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hlc-workers-'))
  const script = new URL('./workers/durable.ts', import.meta.url)
  const check = (node: string): Promise<{ lives: number; stamps: number }> => new Promise((resolve, reject) => {
    const workerData = { path: join(folder, node), node, lives: 25, stamps: 100_000 }
    const worker = new Worker(script, { workerData, execArgv: ['--conditions=source'] }).once('error', reject)
    const seen = { lives: 0, stamps: 0 }
    let last = -1n
    worker.on('message', (ends?: Float64Array) => {
      if (ends === undefined) return resolve(seen)
      for (let at = 0; at < ends.length; at += 4) {
        const [first, end] = [0, 2].map((side) => BigInt(ends[at + side]!) * 65_536n + BigInt(ends[at + side + 1]!)) as [bigint, bigint]
        if (first <= last) return reject(new Error(`node ${node} went back in life ${seen.lives}: ${first} after ${last}`))
        last = end
        seen.stamps += Number(end - first) + 1
      }
      seen.lives++
    })
  })
  try {
    const all = await Promise.all(['a', 'b', 'c', 'd'].map(check))
    expect(all).toEqual(Array.from({ length: 4 }, () => ({ lives: 25, stamps: 2_500_000 })))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
