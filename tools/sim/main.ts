/**
 * Campaigns against the packages in a deterministic world.
 *
 *   pnpm sim                              every package, 100 seeds each
 *   pnpm sim hlc --seeds 500              one package
 *   pnpm sim hlc/durable --seed 17        one campaign, from one seed on
 *   pnpm sim hlc/durable --seed 17 --nodes a,b --for 1500 --plan '[…]'     a printed failure again
 *   pnpm sim mutants [package[/name]]     every planted bug must be caught
 */
import { parseArgs } from 'node:util'

import { SimulationFailed } from '../../packages/chaos/src/index.ts'
import type { Plan, SimulationReport } from '../../packages/chaos/src/index.ts'
import type { Exploration } from '../../packages/chaos/src/adapters/testing.ts'
import type { Campaign, Settings } from './campaign.ts'
import { load } from './load.ts'
import { hunt, mutantsOf } from './mutants.ts'
import { subjects } from './subjects.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    plan: { type: 'string' },
    nodes: { type: 'string' },
    for: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const [first = '', second = ''] = positionals
process.exitCode = first === 'mutants' ? await huntAll(second) : await runAll(first)

async function runAll(wanted: string): Promise<number> {
  const [of = '', what = ''] = wanted.split('/')
  if (of !== '' && subjects[of] === undefined) return refuse(`Expected a package (${Object.keys(subjects).join(', ')}) or mutants, got '${wanted}'.`)
  const plan = values.plan === undefined ? undefined : (JSON.parse(values.plan) as Plan)
  const settings: Settings = {
    seeds: number('seeds', values.seeds ?? (plan !== undefined || what !== '' && values.seed !== '1' ? '1' : '100')),
    seed: number('seed', values.seed),
    plan,
    nodes: values.nodes?.split(','),
    forMs: values.for === undefined ? undefined : number('for', values.for),
  }
  const reports: Record<string, SimulationReport | Exploration> = {}
  let failures = 0
  const began = performance.now()
  for (const [name, campaignsOf] of Object.entries(subjects)) {
    if (of !== '' && of !== name) continue
    for (const campaign of await campaignsOf(load)) {
      if (what !== '' && campaign.name !== wanted) continue
      const report = await one(campaign, settings)
      if (report === undefined) failures++
      else reports[campaign.name] = report
    }
  }
  if (values.json) console.log(JSON.stringify(reports))
  console.log(`${Object.keys(reports).length} campaigns held, ${failures} failed, ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return failures > 0 || Object.keys(reports).length === 0 ? 1 : 0
}

async function one(campaign: Campaign, settings: Settings): Promise<SimulationReport | Exploration | undefined> {
  const began = performance.now()
  try {
    const report = await campaign.run(settings)
    if (!values.json) console.log(`${campaign.name.padEnd(24)} ${'speed' in report ? simulated(report) : explored(report)}  ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return report
  } catch (error) {
    console.log(`${campaign.name.padEnd(24)} FAILED`)
    console.log(error instanceof SimulationFailed ? error.message : error)
    if (error instanceof SimulationFailed && error.failure?.error instanceof Error) console.log(error.failure.error.stack)
    return undefined
  }
}

function simulated({ seeds, runs, virtualMs, wallMs, speed, eventsPerSecond, faults, messages, reached, hash }: SimulationReport): string {
  const struck = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`).join(', ')
  const labels = Object.entries(reached).map(([label, count]) => `${label} ${count}`).join(', ')
  const hours = virtualMs / 3_600_000
  return [
    `${seeds} seeds, ${runs} runs, ${hours.toFixed(2)} simulated hours at ${Math.round(speed)}× (${((hours * 1000) / wallMs).toFixed(2)} h/s), ${Math.round(eventsPerSecond / 1000)} k events/s, last hash ${hash}`,
    `    faults: ${struck}`,
    `    messages: ${messages['sent'] ?? 0} sent, ${messages['lost'] ?? 0} lost, ${messages['cut'] ?? 0} cut, ${messages['duplicated'] ?? 0} doubled, ${messages['corrupted'] ?? 0} damaged`,
    `    reached: ${labels || '(none)'}`,
  ].join('\n')
}

function explored({ states, transitions, ends, deepest }: Exploration): string {
  return `${states} states, ${transitions} transitions, ${ends} ends, depth ${deepest}`
}

async function huntAll(wanted: string): Promise<number> {
  const [of = '', what = ''] = wanted.split('/')
  const settings = { seeds: number('seeds', values.seeds ?? '100'), seed: number('seed', values.seed) }
  let [caught, all] = [0, 0]
  for (const name of Object.keys(subjects)) {
    if (of !== '' && of !== name) continue
    for (const mutant of mutantsOf(name)) {
      if (what !== '' && what !== mutant.name) continue
      all++
      const found = await hunt(mutant, settings, 180_000)
      if (found.caught) caught++
      const where = found.caught ? `seed ${found.seed ?? 'all'} in ${Math.round(found.ms)} ms by ${found.by}` : 'SURVIVED'
      console.log(`${found.caught ? '✓' : '✗'} ${`${name}/${mutant.name}`.padEnd(40)} ${where}\n    ${mutant.story}\n    ${found.told}`)
    }
  }
  console.log(`${caught} of ${all} mutants caught`)
  return caught === all && all > 0 ? 0 : 1
}

function number(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`Expected --${name} to be a whole number, got '${text}'`)
  return value
}

function refuse(message: string): number {
  console.error(message)
  return 2
}
