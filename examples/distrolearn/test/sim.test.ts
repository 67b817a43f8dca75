// Promise: the demo in its simulated world does what it does in processes, and a seed replays every bit of it.

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readCohort, type Cohort } from '../src/cohort/cohort.ts'
import { machineClock } from '../src/ground/clock.ts'
import { shortfall, type Report } from '../src/report/report.ts'
import { startSimulatedRun } from '../src/sim/run.ts'
import { createSimulation } from '../src/sim/simulation.ts'
import type { DemoEvent } from '../src/telemetry/events.ts'
import type { Run } from '../src/world/run.ts'
import { scenarioNames, type ScenarioName } from '../src/world/scenarios.ts'

const whole = readCohort(fileURLToPath(new URL('../data/oulad-aaa-2013j', import.meta.url)))
const students = new Set([...new Set(whole.events.map(({ student }) => student))].filter((_, index) => index % 24 === 0))
/** Every twenty-fourth student of the bundled course. */
const cohort: Cohort = { ...whole, events: whole.events.filter(({ student }) => students.has(student)) }

interface Told {
  readonly report: Report
  readonly hash: string
  readonly events: readonly DemoEvent[]
}

async function simulate(seed: string, chaos: readonly ScenarioName[] = [], meddle: (run: Run) => Promise<void> = async () => undefined): Promise<Told> {
  const events: DemoEvent[] = []
  const simulation = createSimulation({ seed, pace: Infinity, clock: machineClock })
  const run = await startSimulatedRun(simulation, { settings: { seed, speed: Infinity, chaos, headless: true }, cohort, signal: new AbortController().signal, onEvent: (event) => events.push(event) })
  const meddling = meddle(run)
  const report = await run.replayed()
  await meddling
  const { hash } = simulation.world
  await run.close()
  await simulation.close()
  return { report, hash, events }
}

describe('the simulated demo', { timeout: 60_000 }, () => {
  test('replays a cohort with every total that of the files, and tells the same story again', async () => {
    const first = await simulate('a seed')
    expect(shortfall(first.report, cohort)).toEqual([])
    expect(first.report.mode).toBe('simulated')
    expect(first.report.activity.clicks).toBe(cohort.events.reduce((sum, event) => sum + (event.type === 'clicks' ? event.clicks : 0), 0))
    const again = await simulate('a seed')
    expect(again.hash).toBe(first.hash)
    expect(again.report).toEqual(first.report)
    expect(again.events).toEqual(first.events)
    expect((await simulate('another seed')).hash).not.toBe(first.hash)
  })

  test.each(scenarioNames.filter((name) => name !== 'black-friday'))('loses nothing under %s, and the scenario strikes', async (name) => {
    const { report, events } = await simulate('weather', [name])
    expect(shortfall(report, cohort)).toEqual([])
    expect(events.filter((event) => event.type === 'fault' && event.on).length).toBeGreaterThan(0)
    if (name === 'region-crash') expect(report.faults.kills).toBe(2)
  })

  test('takes the switches of the page while it runs', async () => {
    const { report, events } = await simulate('switches', [], async (run) => {
      expect(await run.control({ action: 'kill', region: 'singapore' })).toEqual({ ok: true })
      expect(await run.control({ action: 'latency', latencyMs: 30 })).toEqual({ ok: true })
    })
    expect(shortfall(report, cohort)).toEqual([])
    expect(report.faults.kills).toBe(1)
    expect(events.filter((event) => event.type === 'region' && event.region === 'singapore').map((event) => event.type === 'region' && event.state)).toEqual(['starting', 'up', 'killed', 'down', 'starting', 'up'])
  })

  test('ends at once when it is told to, and says so', async () => {
    const leaving = new AbortController()
    const simulation = createSimulation({ seed: 'leave', pace: Infinity, clock: machineClock })
    const run = await startSimulatedRun(simulation, { settings: { seed: 'leave', speed: 1, chaos: [], headless: true }, cohort, signal: leaving.signal, onEvent: () => undefined })
    const replayed = run.replayed().catch((error: unknown) => error)
    leaving.abort(new Error('asked to stop'))
    expect(await replayed).toEqual(new Error('asked to stop'))
    await run.close()
    await simulation.close()
  })
})
