// Promise: whatever the chaos, the totals are those of the files, and the report shows that the fault really struck.

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Report } from '../src/report/report.ts'
import { runDemo } from './demo.ts'
import { recount } from './recount.ts'

const bundled = fileURLToPath(new URL('../data/oulad-aaa-2013j', import.meta.url))
const expected = recount(bundled)

function expectTotals(report: Report): void {
  expect(report.cohort).toEqual({ registered: expected.registered, withdrawn: expected.withdrawn })
  expect(report.enrolments).toMatchObject({
    started: expected.registered + expected.declined,
    completed: expected.registered,
    compensated: expected.declined,
    stuck: 0,
  })
  expect(report.withdrawals.completed).toBe(expected.withdrawn)
  expect(report.progress.submissions).toBe(expected.submissions)
  expect(Object.keys(report.progress.students).sort()).toEqual(Object.keys(expected.scores).sort())
  for (const [student, score] of Object.entries(expected.scores)) expect(report.progress.students[student]).toBeCloseTo(score, 6)
  expect(report.activity.clicks).toBe(expected.clicks)
  expect(report.activity.regions).toEqual({ dublin: expected.clicks, virginia: expected.clicks, singapore: expected.clicks })
  expect(report.activity.students).toEqual(expected.clicksByStudent)
  expect(report.replicasEqual).toBe(true)
  expect(report.invariants.filter(({ holds }) => !holds)).toEqual([])
  expect(report.invariants.length).toBeGreaterThanOrEqual(10)
  expect(report.lost).toEqual([])
  expect(report.skipped).toEqual([])
}

/** What each fault must have left in the report, or it did not strike. */
const traces: Readonly<Record<string, (report: Report) => void>> = {
  'payment-dark': (report) => expect(report.faults.breakerOpenings).toBeGreaterThan(0),
  'cable-cut': (report) => expect(report.refused.strongUnavailable).toBeGreaterThan(0),
  'region-crash': (report) => {
    expect(report.faults.kills).toBe(2)
    expect(report.enrolments.recovered).toBeGreaterThan(0)
  },
  'clock-drift': (report) => expect(report.refused.drift).toBeGreaterThan(0),
}

async function replay(chaos: readonly string[]): Promise<Report> {
  const { status, output, errors, report } = await runDemo(['--headless', '--speed', 'max', '--seed', '1', ...chaos.flatMap((name) => ['--chaos', name])])
  expect(report, errors).toBeDefined()
  expect({ status, errors }, output).toEqual({ status: 0, errors: '' })
  return report as Report
}

describe('the bundled cohort', () => {
  test('is what its description says', () => {
    expect(expected).toMatchObject({ registered: 383, withdrawn: 60, declined: 26, submissions: 940, clicks: 61_980 })
  })

  test('in fair weather gives every total of the files', async () => {
    const report = await replay([])
    expectTotals(report)
    expect(report.progress.students['11391']).toBeCloseTo(40.8, 9)
    expect(report.activity.students['28400']).toBe(279)
  })

  for (const [name, struck] of Object.entries(traces)) {
    test(`under ${name} gives the same totals, and the fault struck`, async () => {
      const report = await replay([name])
      expectTotals(report)
      struck(report)
    })
  }

  test('under all four together gives the same totals, and each fault struck', async () => {
    const report = await replay(Object.keys(traces))
    expectTotals(report)
    for (const struck of Object.values(traces)) struck(report)
  })
})
