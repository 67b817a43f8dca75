/** A real process, really killed (SIGKILL), at moments all over a saga's life; another process finishes what it began. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collect } from './bench-top.ts'

let folder: string
let victim: ChildProcess | undefined
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'saga-kill-'))))
afterEach(() => {
  victim?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const script = join(import.meta.dirname, 'kill', 'victim.ts')
const file = (): string => join(folder, 'sagas.db')
const world = (): string => join(folder, 'world.txt')
const lines = (): string[] => (existsSync(world()) ? readFileSync(world(), 'utf8').trim().split('\n') : [])

function run(mode: string, count: number): { readonly child: ChildProcess; readonly ended: Promise<string> } {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, file(), world(), mode, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout?.on('data', (chunk) => void (output += String(chunk)))
  return { child, ended: new Promise((resolve) => child.once('exit', () => resolve(output))) }
}

async function effects(count: number): Promise<void> {
  while (lines().length < count) await new Promise((resolve) => void setTimeout(resolve, 2))
}

test.each([1, 4, 9, 14, 19])('killed after %i effects of six sagas, all end in the next process, and only what was in flight is made twice', async (count) => {
  const first = run('run', 6)
  victim = first.child
  await effects(count)
  victim.kill('SIGKILL')
  await first.ended
  const before = lines()
  const output = await run('recover', 0).ended
  expect(output).toContain('ended')

  const store = sqliteStore({ path: file() })
  const reader = createEngine({ sagas: [], store })
  const sagas = await collect(reader.list())
  for (const { id, state } of sagas) {
    const odd = Number(id.slice('order-'.length)) % 2 === 1
    expect(state).toBe(odd ? 'compensated' : 'completed')
    const keys = [...new Set(lines().filter((line) => line.startsWith(`${id}:`)).map((line) => line.split(' ')[0]))]
    const forward = [0, 1, 2].map((ord) => `${id}:${ord}:do`)
    expect(keys).toEqual(odd ? [...forward, ...[2, 1, 0].map((ord) => `${id}:${ord}:undo`)] : forward)
  }
  // Each saga has one effect in flight at most, so a kill repeats at most one for each.
  const repeated = lines().length - new Set(lines().map((line) => line.split(' ')[0])).size
  expect(repeated).toBeLessThanOrEqual(sagas.length)
  expect(lines().slice(0, before.length)).toEqual(before)
  await reader.close()
  store.close()
})
