// Promise: the report says what the stores hold and what was seen; no figure in it is written by hand.

import type { Cohort } from '../cohort/cohort.ts'
import type { LearnerTotals } from '../cohort/learner.ts'
import type { Skipped } from '../cohort/csv.ts'
import type { Inspection } from '../region/inspection.ts'
import { homeRegion, regionNames, type RegionName } from '../ground/regions.ts'
import type { DemoEvent } from '../telemetry/events.ts'
import type { Invariant } from './invariants.ts'

export interface Report {
  readonly seed: string
  readonly chaos: readonly string[]
  readonly mode: 'processes' | 'simulated'
  readonly stores: { readonly strong: 'sqlite'; readonly limits: 'memory' }
  readonly cohort: { readonly registered: number; readonly withdrawn: number }
  readonly enrolments: { readonly started: number; readonly completed: number; readonly compensated: number; readonly stuck: number; readonly recovered: number }
  readonly withdrawals: { readonly completed: number }
  /** Per student: the sum over assessments of weight% × score; exams, which are weighed apart, stand apart. */
  readonly progress: { readonly submissions: number; readonly students: Readonly<Record<string, number>>; readonly exams: Readonly<Record<string, number>> }
  readonly activity: { readonly clicks: number; readonly students: Readonly<Record<string, number>>; readonly regions: Readonly<Record<RegionName, number>> }
  readonly replicasEqual: boolean
  readonly refused: { readonly rateLimited: number; readonly breakerOpen: number; readonly strongUnavailable: number; readonly drift: number }
  readonly retried: number
  readonly faults: { readonly kills: number; readonly breakerOpenings: number; readonly messagesRefusedForDrift: number }
  readonly skipped: readonly Skipped[]
  readonly lost: readonly string[]
  readonly invariants: readonly Invariant[]
  readonly requests: { readonly sent: number; readonly p50Ms: number; readonly p99Ms: number }
  readonly elapsedMs: number
}

/** What is counted from the stream of events as it passes. */
export interface Tally {
  push(event: DemoEvent): void
  readonly recovered: number
  readonly breakerOpen: number
  readonly breakerOpenings: number
  readonly strongUnavailable: number
  readonly drift: number
  readonly retriedCalls: number
}

export function createTally(): Tally {
  const recovered = new Set<string>()
  let breakerOpen = 0
  let breakerOpenings = 0
  let strongUnavailable = 0
  let drift = 0
  let retriedCalls = 0
  return {
    push(event) {
      if (event.type === 'saga' && event.recovered === true) recovered.add(event.id)
      if (event.type === 'breaker' && event.to === 'open') breakerOpenings += 1
      if (event.type === 'refused' && event.what === 'breakerOpen') breakerOpen += 1
      if (event.type === 'refused' && event.what === 'strongUnavailable') strongUnavailable += 1
      if (event.type === 'refused' && event.what === 'drift') drift += 1
      if (event.type === 'call' && event.outcome === 'retried') retriedCalls += 1
    },
    get recovered() {
      return recovered.size
    },
    get breakerOpen() {
      return breakerOpen
    },
    get breakerOpenings() {
      return breakerOpenings
    },
    get strongUnavailable() {
      return strongUnavailable
    },
    get drift() {
      return drift
    },
    get retriedCalls() {
      return retriedCalls
    },
  }
}

export interface ReportOptions {
  readonly mode: Report['mode']
  readonly seed: string
  readonly chaos: readonly string[]
  readonly cohort: Cohort
  readonly inspections: readonly Inspection[]
  readonly invariants: readonly Invariant[]
  readonly tally: Tally
  readonly learners: LearnerTotals
  readonly kills: number
  readonly lost: readonly string[]
  readonly elapsedMs: number
}

/** Weights are percent, so the sum is divided once at the end: no rounding error grows. */
const rounded = (hundredfold: number): number => Math.round(hundredfold * 1e4) / 1e6

export function makeReport({ seed, chaos, mode, cohort, inspections, invariants, tally, learners, kills, lost, elapsedMs }: ReportOptions): Report {
  const home = inspections.find(({ region }) => region === homeRegion)
  const strong = home?.strong
  if (home === undefined || strong === undefined) throw new TypeError('a report needs the home region')
  const scores = { students: new Map<string, number>(), exams: new Map<string, number>() }
  for (const { student, assessment, score } of strong.progress) {
    const known = cohort.assessments.get(assessment)
    if (known === undefined) continue
    const sums = known.kind === 'Exam' ? scores.exams : scores.students
    sums.set(student, (sums.get(student) ?? 0) + known.weight * score)
  }
  const sumOf = (clicks: Readonly<Record<string, number>>): number => Object.values(clicks).reduce((sum, count) => sum + count, 0)
  const plain = (sums: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries([...sums].map(([student, sum]) => [student, rounded(sum)]))
  return {
    seed,
    chaos,
    mode,
    stores: { strong: 'sqlite', limits: 'memory' },
    cohort: {
      registered: cohort.events.filter(({ type }) => type === 'registration').length,
      withdrawn: cohort.events.filter(({ type }) => type === 'withdrawal').length,
    },
    enrolments: {
      started: strong.enrolments.started,
      completed: strong.enrolments.completed,
      compensated: strong.enrolments.compensated,
      stuck: strong.enrolments.stuck,
      recovered: tally.recovered,
    },
    withdrawals: { completed: strong.withdrawals.completed },
    progress: { submissions: strong.progress.length, students: plain(scores.students), exams: plain(scores.exams) },
    activity: {
      clicks: sumOf(home.clicks),
      students: home.clicks,
      regions: Object.fromEntries(regionNames.map((name) => [name, sumOf(inspections.find(({ region }) => region === name)?.clicks ?? {})])) as Record<RegionName, number>,
    },
    replicasEqual: new Set(inspections.map(({ digest }) => digest)).size === 1,
    refused: { rateLimited: learners.rateLimited, breakerOpen: tally.breakerOpen, strongUnavailable: tally.strongUnavailable, drift: tally.drift },
    retried: learners.retried + tally.retriedCalls,
    faults: { kills, breakerOpenings: tally.breakerOpenings, messagesRefusedForDrift: tally.drift },
    skipped: cohort.skipped,
    lost,
    invariants,
    requests: { sent: learners.sent, p50Ms: learners.p50Ms, p99Ms: learners.p99Ms },
    elapsedMs: Math.round(elapsedMs),
  }
}

/** What the cohort's files demand of a report: whatever the chaos, these totals are theirs. */
export function shortfall(report: Report, cohort: Cohort): readonly string[] {
  const submissions = cohort.events.filter(({ type }) => type === 'submission').length
  const clicks = cohort.events.reduce((sum, event) => sum + (event.type === 'clicks' ? event.clicks : 0), 0)
  const problems: string[] = [...report.lost]
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) problems.push(`${what}: ${found} where the files say ${expected}`)
  }
  expect('completed enrolments', report.enrolments.completed, report.cohort.registered)
  expect('completed withdrawals', report.withdrawals.completed, report.cohort.withdrawn)
  expect('submissions', report.progress.submissions, submissions)
  for (const region of regionNames) expect(`clicks in ${region}`, report.activity.regions[region], clicks)
  expect('enrolments that ended', report.enrolments.completed + report.enrolments.compensated, report.enrolments.started)
  if (!report.replicasEqual) problems.push('the replicas are not equal')
  for (const { name, holds, detail } of report.invariants) if (!holds) problems.push(`invariant broken: ${name} (${detail})`)
  return problems
}
