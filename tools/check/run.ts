import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { root } from '../workspace.ts'

export interface Ran {
  readonly ok: boolean
  /** Both streams, in the order in which they came. */
  readonly output: string
}

const binaries = join(root, 'node_modules/.bin')

/** Runs a program with a list of arguments; no shell ever sees them. */
export function run(file: string, args: readonly string[], cwd: string = root): Promise<Ran> {
  const env = { ...process.env, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}`, FORCE_COLOR: '0', NO_COLOR: '1' }
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
    child.once('error', (error) => resolve({ ok: false, output: `${file} could not be started: ${error.message}` }))
    child.once('close', (code, signal) => resolve(code === 0
      ? { ok: true, output: output.trim() }
      : { ok: false, output: `${output.trim()}\n(${file.replace(`${binaries}/`, '')} ended with ${code ?? signal})` }))
  })
}

/** A development tool of the repository, by its name under node_modules/.bin. */
export function tool(name: string, args: readonly string[], cwd?: string): Promise<Ran> {
  return run(join(binaries, name), args, cwd)
}

/** The package manager that runs us, or the newest one when nothing says which. */
export function pnpm(args: readonly string[], cwd?: string): Promise<Ran> {
  const path = process.env['npm_execpath'] ?? ''
  if (!/pnpm[^/\\]*$/.test(path)) return run('npx', ['-y', 'pnpm', ...args], cwd)
  return /\.[cm]?js$/.test(path) ? run(process.execPath, [path, ...args], cwd) : run(path, args, cwd)
}

/** Runs jobs two at a time and keeps the order of their results. */
export async function inPairs<In, Out>(list: readonly In[], job: (item: In) => Promise<Out>): Promise<readonly Out[]> {
  const results: Out[] = []
  const queue = list.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await job(item)
  }
  await Promise.all([lane(), lane()])
  return results
}

/** One verdict out of many: fine when all are, with the output of those that are not. */
export function together(results: readonly Ran[]): Ran {
  const failed = results.filter(({ ok }) => !ok)
  return { ok: failed.length === 0, output: failed.map(({ output }) => output).join('\n\n') }
}
