/** `pnpm bench [package …] [--seconds N]`: our packages beside the ones people use today. Prints tables, writes bench/results/<package>.json. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Suite } from './contestant.ts'
import { machine } from './machine.ts'
import { resultOf, tableOf } from './results.ts'
import type { CaseResult, Results } from './results.ts'
import { measure } from './rounds.ts'
import type { Plan } from './rounds.ts'

const suites: Readonly<Record<string, () => Promise<{ readonly suite: Suite }>>> = {
  hlc: () => import('./suites/hlc.ts'),
  breaker: () => import('./suites/breaker.ts'),
  ratelimit: () => import('./suites/ratelimit.ts'),
  crdt: () => import('./suites/crdt.ts'),
  saga: () => import('./suites/saga.ts'),
  chaos: () => import('./suites/chaos.ts'),
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: '1' } } })
const seconds = Number(values.seconds)
const unknown = positionals.filter((name) => suites[name] === undefined)
if (unknown.length > 0 || !(seconds > 0)) {
  console.error(`usage: pnpm bench [${Object.keys(suites).join(' | ')}] [--seconds N], N above 0, for each contestant of each case; got ${process.argv.slice(2).join(' ')}`)
  process.exit(2)
}

const plan: Plan = {
  seconds,
  rounds: 7,
  now: () => performance.now(),
  async rest() {
    await turn()
    globalThis.gc?.()
  },
}

const folder = new URL('../results/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const name of positionals.length > 0 ? positionals : Object.keys(suites)) {
  const { suite } = await suites[name]?.() ?? {}
  if (suite === undefined) continue
  const facts = machine()
  console.log(`\n${suite.package} — ${suite.note}`)
  console.log(`${facts.cpu}, ${facts.cores} cores, Node ${facts.node}; medians of ${plan.rounds} interleaved rounds, ${seconds} s per contestant\n`)
  const cases: CaseResult[] = []
  for (const one of suite.cases) {
    const result = resultOf(one, await measure(one, plan))
    cases.push(result)
    console.log(`${tableOf(result)}\n`)
  }
  const results: Results = { package: suite.package, note: suite.note, seconds, rounds: plan.rounds, machine: facts, cases }
  writeFileSync(new URL(`${suite.package}.json`, folder), `${JSON.stringify(results, fourDigits, 2)}\n`)
}

/** More digits than four are noise, and would make every run differ from the last in every line. */
function fourDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
