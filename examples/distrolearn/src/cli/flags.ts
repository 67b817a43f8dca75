// Promise: a wrong flag ends with one clear sentence and status 2; nothing has been started by then.

import { parseArgs } from 'node:util'
import { scenarioNames, type ScenarioName } from '../world/scenarios.ts'

export interface Flags {
  readonly command: 'run' | 'verify-audit'
  /** Undefined: the bundled cohort. */
  readonly replay: string | undefined
  /** Course days a second; Infinity for as fast as it goes. */
  readonly speed: number
  readonly chaos: readonly ScenarioName[]
  readonly headless: boolean
  readonly report: string | undefined
  readonly seed: string
  readonly json: boolean
  /** In the deterministic world instead of in processes. */
  readonly sim: boolean
  readonly port: number
  readonly data: string | undefined
}

export class UsageError extends Error {
  readonly code = 'usage'
  override readonly name = 'UsageError'
}

export const usage = `pnpm demo [verify-audit] [flags]

  --replay DIR     a cohort in OULAD's columns; default: the bundled one
  --speed N|max    course days a second; default 3, with --headless max
  --chaos NAME     ${scenarioNames.join(', ')}; may be given several times
  --headless       no page, no live view; ends when the replay has ended
  --report FILE    write the report; status 0 only if everything held
  --seed S         every random choice; default: drawn and printed
  --sim            the same code in a simulated world instead of three processes: a seed replays everything
  --json           one JSON line per event on standard output
  --port N         of the page; default 4870, or any free one
  --data DIR       where the stores go; default: a new folder under .distrolearn
  --help           this text`

/** Named in the house, built later; saying so beats "unknown flag". */
const later = ['postgres', 'redis', 'otlp']

function scenario(name: string): ScenarioName {
  const found = scenarioNames.find((known) => known === name)
  if (found === undefined) throw new UsageError(`--chaos ${name} is unknown; choose from ${scenarioNames.join(', ')}`)
  return found
}

function speedOf(text: string | undefined, headless: boolean): number {
  if (text === undefined) return headless ? Infinity : 3
  if (text === 'max') return Infinity
  const speed = Number(text)
  if (!(speed > 0) || speed > 100_000) throw new UsageError(`--speed takes course days a second, above 0 and at most 100000, or max; got "${text}"`)
  return speed
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 4870
  const port = text.trim() === '' ? NaN : Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`--port takes a number from 0 (any free one) to 65535; got "${text}"`)
  return port
}

/** @throws UsageError */
export function readFlags(words: readonly string[], drawSeed: () => string): Flags | 'help' {
  for (const word of words) {
    const name = later.find((known) => word === `--${known}` || word.startsWith(`--${known}=`))
    if (name !== undefined) throw new UsageError(`--${name} is not built yet; the regions run as processes on SQLite files`)
  }
  let parsed
  try {
    parsed = parseArgs({
      args: [...words].filter((word, index) => !(index === 0 && word === '--')),
      allowPositionals: true,
      options: {
        replay: { type: 'string' }, speed: { type: 'string' }, chaos: { type: 'string', multiple: true }, headless: { type: 'boolean' }, report: { type: 'string' },
        seed: { type: 'string' }, json: { type: 'boolean' }, port: { type: 'string' }, data: { type: 'string' }, sim: { type: 'boolean' }, help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\n|\. /)[0]?.replace(/\.$/, '') ?? ''}; pnpm demo --help lists the flags`)
  }
  const { values, positionals } = parsed
  if (values.help === true) return 'help'
  const [command = 'run', ...rest] = positionals
  if ((command !== 'run' && command !== 'verify-audit') || rest.length > 0) throw new UsageError(`"${[command, ...rest].join(' ')}" is no command; pnpm demo --help lists the flags`)
  const headless = values.headless === true
  if (values.seed?.trim() === '') throw new UsageError('--seed takes a text of at least one character')
  return {
    command,
    replay: values.replay,
    speed: speedOf(values.speed, headless),
    chaos: [...new Set((values.chaos ?? []).flatMap((names) => names.split(',')).map(scenario))],
    headless,
    report: values.report,
    seed: values.seed ?? drawSeed(),
    json: values.json === true,
    sim: values.sim === true,
    port: portOf(values.port),
    data: values.data,
  }
}
