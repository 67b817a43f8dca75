// Promise: one command brings up three regions, an address to look at and a living terminal, and takes them down again.

import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ulid } from 'ulid'
import { readFlags, usage, UsageError, type Flags } from './cli/flags.ts'
import { summary } from './cli/summary.ts'
import { readCohort } from './cohort/cohort.ts'
import { CohortError } from './cohort/csv.ts'
import { shortfall } from './report/report.ts'
import { verifyAudit } from './stores/audit.ts'
import { openDatabase } from './stores/database.ts'
import { createEventFeed, type EventFeed } from './world/event-feed.ts'
import type { PageServer, PageServerOptions } from './world/page-server.ts'
import { machineClock } from './ground/clock.ts'
import type { Run, RunOptions } from './world/run.ts'

const bundled = fileURLToPath(new URL('../data/oulad-aaa-2013j', import.meta.url))
const keptRuns = 5
const feedCapacity = 4_000

const alive = (folder: string): boolean => {
  try {
    process.kill(Number(readFileSync(`${folder}/pid`, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

/** A folder of this run's own; the oldest of its kind make room unless somebody still runs there. `latest` names it for `verify-audit`. */
function runFolder(flags: Flags): string {
  if (flags.data !== undefined) {
    const folder = resolve(flags.data)
    if (existsSync(folder) && !statSync(folder).isDirectory()) throw new UsageError(`--data ${folder} is a file; name a folder`)
    if (existsSync(`${folder}/dublin`)) throw new UsageError(`--data ${folder} holds the stores of an earlier run, and the providers' books of that run are gone; name a new folder`)
    return folder
  }
  const root = resolve('.distrolearn')
  mkdirSync(root, { recursive: true })
  const older = readdirSync(root).filter((name) => name.startsWith('run-')).sort()
  for (const name of older.slice(0, Math.max(0, older.length - keptRuns + 1))) if (!alive(`${root}/${name}`)) rmSync(`${root}/${name}`, { recursive: true, force: true })
  const folder = `${root}/run-${ulid()}`
  mkdirSync(folder)
  writeFileSync(`${folder}/pid`, String(process.pid))
  writeFileSync(`${root}/latest`, folder)
  return folder
}

/** Better now than after the whole replay. */
function checkReportPath(path: string | undefined): void {
  if (path === undefined) return
  const file = resolve(path)
  try {
    if (existsSync(file) && statSync(file).isDirectory()) throw new Error('it is a folder')
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK)
  } catch (error) {
    throw new UsageError(`--report ${file} cannot be written: ${(error as Error).message}`)
  }
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
  } catch (error) {
    console.log(`The audit chain is broken: ${path} cannot be read as an audit log (${(error as Error).message})`)
    return 1
  } finally {
    database.close()
  }
}

async function demo(flags: Flags): Promise<number> {
  checkReportPath(flags.report)
  const cohort = readCohort(flags.replay === undefined ? bundled : resolve(flags.replay))
  const directory = runFolder(flags)
  mkdirSync(directory, { recursive: true })
  const leaving = new AbortController()
  const asked = new Promise<void>((done) => leaving.signal.addEventListener('abort', () => done(), { once: true }))
  const leave = (): void => {
    // Asked twice: somebody is in a hurry. The regions notice that we are gone.
    if (leaving.signal.aborted) process.exit(130)
    leaving.abort(new Error('asked to stop'))
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)

  const feed = createEventFeed({ capacity: feedCapacity, clock: { monotonic: () => performance.now() } })
  const opened: Closable[] = []
  try {
    const run = await (flags.sim ? simulated : onProcesses)(flags, directory, opened, {
      settings: flags,
      cohort,
      signal: leaving.signal,
      onEvent: (event) => {
        feed.push(event)
        if (flags.json) console.log(JSON.stringify(event))
      },
    })
    if (!flags.headless) opened.push(...(await show(flags, feed, run.control)))
    const report = await run.replayed()
    const problems = shortfall(report, cohort)
    if (flags.report !== undefined) writeFileSync(resolve(flags.report), `${JSON.stringify(report, null, 2)}\n`)
    if (!flags.headless) await asked
    for (const each of opened.splice(0).reverse()) await each.close()
    console.log(flags.json ? JSON.stringify({ type: 'report', report }) : summary(report, problems))
    // Whoever only looks has done nothing wrong by leaving; whoever asked for a verdict gets it.
    return problems.length > 0 && (flags.headless || flags.report !== undefined) ? 1 : 0
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    return flags.headless || flags.report !== undefined ? 130 : 0
  } finally {
    for (const each of opened.reverse()) await each.close()
  }
}

interface Closable {
  close(): void | Promise<void>
}

async function onProcesses(flags: Flags, directory: string, opened: Closable[], options: Omit<RunOptions, 'platform'>): Promise<Run> {
  const [{ processes }, { startRun }] = await Promise.all([import('./world/processes.ts'), import('./world/run.ts')])
  const platform = processes({ directory, seed: flags.seed })
  opened.push(platform)
  const run = await startRun({ ...options, platform })
  opened.push(run)
  return run
}

async function simulated(flags: Flags, directory: string, opened: Closable[], options: Omit<RunOptions, 'platform'>): Promise<Run> {
  const [{ createSimulation }, { startSimulatedRun }, { logLines }] = await Promise.all([import('./sim/simulation.ts'), import('./sim/run.ts'), import('./sim/log-lines.ts')])
  const simulation = createSimulation({ seed: flags.seed, pace: flags.headless || flags.speed === Infinity ? Infinity : 1, clock: machineClock, log: (region) => logLines(`${directory}/${region}.log`) })
  opened.push(simulation)
  const run = await startSimulatedRun(simulation, options)
  opened.push(run)
  return run
}

/** As page and terminal show it. */
const seedText = ({ seed, sim }: Flags): string => (sim ? `${seed}, simulated` : seed)

/** The page, and the terminal where somebody reads it. */
async function show(flags: Flags, feed: EventFeed, control: PageServerOptions['control']): Promise<readonly Closable[]> {
  const speed = flags.speed === Infinity ? 'max' : String(flags.speed)
  const page = await openPage(flags, speed, feed, control)
  if (flags.json) return [page]
  // Loaded when there is somebody to look: a headless run starts the sooner.
  const { createTerminal } = await import('./cli/terminal.ts')
  const { stdout } = process
  const terminal = createTerminal({ feed, stream: stdout, url: page.url, seed: seedText(flags), speed, isTTY: stdout.isTTY === true, columns: stdout.columns ?? 100 })
  terminal.start()
  return [page, { close: () => terminal.stop() }]
}

/** On the usual port, or on any free one where that is taken. */
async function openPage(flags: Flags, speed: string, feed: EventFeed, control: PageServerOptions['control']): Promise<PageServer> {
  const { startPageServer } = await import('./world/page-server.ts')
  const options = { feed, control, host: '127.0.0.1' as const, about: { seed: seedText(flags), speed } }
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

// Whoever reads our output may have had enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exit(await main())
