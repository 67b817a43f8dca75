// Promise: one command brings up three regions, an address to look at and a living terminal, and takes them down again.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ulid } from 'ulid'
import { readFlags, usage, UsageError, type Flags } from './cli/flags.ts'
import { summary } from './cli/summary.ts'
import { readCohort } from './cohort/cohort.ts'
import { CohortError } from './cohort/csv.ts'
import { shortfall } from './report/report.ts'
import { verifyAudit } from './stores/audit.ts'
import { openDatabase } from './stores/database.ts'
import { createEventFeed } from './world/event-feed.ts'
import type { PageServer, PageServerOptions } from './world/page-server.ts'
import { startRun } from './world/run.ts'

const bundled = fileURLToPath(new URL('../data/oulad-aaa-2013j', import.meta.url))
const keptRuns = 5
const feedCapacity = 4_000

/** A folder of this run's own; the oldest of its kind make room. `latest` names it for `verify-audit`. */
function runFolder(flags: Flags): string {
  if (flags.data !== undefined) return resolve(flags.data)
  const root = resolve('.distrolearn')
  mkdirSync(root, { recursive: true })
  const older = readdirSync(root).filter((name) => name.startsWith('run-')).sort()
  for (const name of older.slice(0, Math.max(0, older.length - keptRuns + 1))) rmSync(`${root}/${name}`, { recursive: true, force: true })
  const folder = `${root}/run-${ulid()}`
  writeFileSync(`${root}/latest`, folder)
  return folder
}

function auditStatus(flags: Flags): number {
  const latest = resolve('.distrolearn/latest')
  const folder = flags.data ?? (existsSync(latest) ? readFileSync(latest, 'utf8') : undefined)
  const path = folder === undefined ? undefined : `${folder}/dublin/strong.db`
  if (path === undefined || !existsSync(path)) throw new UsageError(`no audit log${path === undefined ? '' : ` at ${path}`}; run pnpm demo first, or name its folder with --data`)
  const database = openDatabase(path, '', 'relaxed')
  try {
    const verdict = verifyAudit(database)
    if (flags.json) console.log(JSON.stringify(verdict))
    else if (verdict.holds) console.log(`The audit chain holds: ${verdict.entries} entries, head ${verdict.head.slice(0, 16)}…`)
    else console.log(`The audit chain is broken at entry ${verdict.sequence}: ${verdict.reason}; the ${verdict.entries} entries before it hold.`)
    return verdict.holds ? 0 : 1
  } finally {
    database.close()
  }
}

async function demo(flags: Flags): Promise<number> {
  const cohort = readCohort(flags.replay === undefined ? bundled : resolve(flags.replay))
  const leaving = new AbortController()
  let asked = 0
  const leave = (): void => {
    asked += 1
    leaving.abort(new Error('asked to stop'))
    // Asked twice: somebody is in a hurry. The regions notice that we are gone.
    if (asked > 1) process.exit(130)
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)

  const feed = createEventFeed({ capacity: feedCapacity, clock: { monotonic: () => performance.now() } })
  const run = await startRun({
    settings: flags,
    cohort,
    directory: runFolder(flags),
    signal: leaving.signal,
    onEvent: (event) => {
      feed.push(event)
      if (flags.json) console.log(JSON.stringify(event))
    },
  })
  const speed = flags.speed === Infinity ? 'max' : String(flags.speed)
  const page = flags.headless ? undefined : await openPage(flags, speed, feed, run.control)
  const quiet = flags.headless || flags.json || page === undefined
  const terminal = quiet
    ? undefined
    : // Loaded when there is somebody to look: a headless run starts the sooner.
      (await import('./cli/terminal.ts')).createTerminal({ feed, stream: process.stdout, url: page.url, seed: flags.seed, speed, isTTY: process.stdout.isTTY === true, columns: process.stdout.columns ?? 100 })
  if (page !== undefined && terminal === undefined && !flags.json) console.log(page.url)
  terminal?.start()
  try {
    const report = await run.replayed()
    const problems = shortfall(report, cohort)
    if (flags.report !== undefined) writeFileSync(resolve(flags.report), `${JSON.stringify(report, null, 2)}\n`)
    if (flags.json) console.log(JSON.stringify({ type: 'report', report }))
    else if (flags.headless) console.log(summary(report, problems))
    if (flags.headless) return problems.length === 0 ? 0 : 1
    await new Promise<void>((done) => {
      if (leaving.signal.aborted) return done()
      leaving.signal.addEventListener('abort', () => done(), { once: true })
    })
    terminal?.stop()
    if (!flags.json) console.log(summary(report, problems))
    return 0
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    return flags.headless ? 130 : 0
  } finally {
    terminal?.stop()
    await page?.close()
    await run.close()
  }
}

/** On the usual port, or on any free one where that is taken. */
async function openPage(flags: Flags, speed: string, feed: ReturnType<typeof createEventFeed>, control: PageServerOptions['control']): Promise<PageServer> {
  const { startPageServer } = await import('./world/page-server.ts')
  const options = { feed, control, host: '127.0.0.1' as const, about: { seed: flags.seed, speed } }
  try {
    return await startPageServer({ ...options, port: flags.port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return startPageServer({ ...options, port: 0 })
  }
}

async function main(): Promise<number> {
  try {
    const flags = readFlags(process.argv.slice(2), () => randomBytes(3).toString('hex'))
    if (flags === 'help') {
      console.log(usage)
      return 0
    }
    return flags.command === 'verify-audit' ? auditStatus(flags) : await demo(flags)
  } catch (error) {
    if (error instanceof UsageError || error instanceof CohortError) {
      console.error(error.message)
      return 2
    }
    throw error
  }
}

process.exit(await main())
