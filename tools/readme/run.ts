import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Block } from './blocks.ts'
import type { Page } from './pages.ts'
import { clear, put, shelfOf } from './shelf.ts'

export interface Outcome {
  /** `packages/hlc/README.md:12`: where the block's fence stands. */
  readonly at: string
  /** What went wrong, in the README's own line numbers; nothing when the block ran. */
  readonly failure?: string
}

export const timeLimitMs = 20_000
/** Examples that run at the same time. */
const lanes = 2

const resolveHook = new URL('./resolve.ts', import.meta.url).href
let count = 0

/**
 * Runs one block as a module of its own, as a reader would who pasted it into a file beside their dependencies.
 * The file lies in a folder that git ignores and is gone afterwards; the working directory is an empty one.
 */
export async function runBlock(page: Pick<Page, 'path' | 'folder'>, block: Block, limitMs: number = timeLimitMs): Promise<Outcome> {
  const at = `${page.path}:${block.line}`
  const file = join(shelfOf(page.folder), `readme-${process.pid}-${count++}-line-${block.line}.ts`)
  const cwd = await mkdtemp(join(tmpdir(), 'readme-'))
  try {
    // As many empty lines above as the README has, so that a stack trace names the README's line.
    await put(file, '\n'.repeat(block.line) + block.code + '\n')
    const failure = await runFile(file, cwd, limitMs)
    return failure === undefined ? { at } : { at, failure: failure.replaceAll(`file://${file}`, page.path).replaceAll(file, page.path).trim() }
  } finally {
    await clear(file)
    await rm(cwd, { recursive: true, force: true })
  }
}

async function runFile(file: string, cwd: string, limitMs: number): Promise<string | undefined> {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--import', resolveHook]
  // The test runner's own variables would change how the example behaves.
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env
  const child = spawn(process.execPath, [...flags, file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
  let late = false
  const limit = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...how) => resolve(how))
  }).finally(() => clearTimeout(limit))
  if (code === 0) return undefined
  const how = late ? `still running after ${limitMs / 1000} s: something keeps the process alive (close it, or dispose of it)` : `exit ${code ?? signal}`
  return `${how}\n${output}`
}

/** Runs the blocks of pages, two at a time, in order of reading. */
export async function runPages(pages: readonly Page[], done: (outcome: Outcome) => void = () => undefined): Promise<readonly Outcome[]> {
  const jobs = pages.flatMap((page) => page.blocks.map((block) => ({ page, block })))
  const outcomes: Outcome[] = []
  const queue = jobs.entries()
  const lane = async (): Promise<void> => {
    for (const [index, { page, block }] of queue) {
      const outcome = await runBlock(page, block)
      outcomes[index] = outcome
      done(outcome)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return outcomes
}
