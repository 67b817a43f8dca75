// Promise: the tests run the demo as a person does: as a process of its own, judged by its report and its exit status.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Report } from '../src/report/report.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly output: string
  readonly errors: string
  readonly report: Report | undefined
}

/** Runs `pnpm demo` with these flags in a folder of its own, to its end. */
export async function runDemo(flags: readonly string[], places: { readonly report?: string; readonly data?: string } = {}): Promise<Ended> {
  const folder = mkdtempSync(`${tmpdir()}/distrolearn-test-`)
  const reportFile = places.report ?? `${folder}/report.json`
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', main, ...flags, '--report', reportFile, '--data', places.data ?? `${folder}/data`],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } },
  )
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  let report: Report | undefined
  try {
    report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report
  } catch {
    // A run that ended before its report has none; the test looks at status and errors.
  }
  rmSync(folder, { recursive: true, force: true })
  return { status, output, errors, report }
}
