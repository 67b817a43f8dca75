// Promise: the end of a run in one screen: what was done, what was refused, what held, and how to see it again.

import { styleText } from 'node:util'
import type { Report } from '../report/report.ts'
import { regionNames } from '../ground/regions.ts'

const shown = 8

/** Plain sentences; colours only where the terminal wants them. */
export function summary(report: Report, problems: readonly string[]): string {
  const { cohort, enrolments, withdrawals, progress, activity, refused, requests, faults, skipped } = report
  const mark = (holds: boolean): string => (holds ? styleText('green', '✔') : styleText('red', '✘'))
  const lines = [
    styleText('bold', `Replayed ${cohort.registered} registrations in ${(report.elapsedMs / 1_000).toFixed(1)} s${report.mode === 'simulated' ? ' of simulated time' : ''}${report.chaos.length === 0 ? '' : ` under ${report.chaos.join(', ')}`} (seed ${report.seed})`),
    `  enrolments   ${enrolments.completed} completed, ${enrolments.compensated} compensated, ${enrolments.stuck} stuck, ${enrolments.recovered} recovered after a crash`,
    `  withdrawals  ${withdrawals.completed} of ${cohort.withdrawn}`,
    `  progress     ${progress.submissions} submissions of ${new Set([...Object.keys(progress.students), ...Object.keys(progress.exams)]).size} students`,
    `  activity     ${regionNames.map((name) => `${activity.regions[name]} clicks in ${name}`).join(', ')}`,
    `  refused      ${refused.rateLimited} by rate limits, ${refused.breakerOpen} by breakers, ${refused.strongUnavailable} for want of the home region, ${refused.drift} for drift; ${report.retried} tries again`,
    `  requests     ${requests.sent} sent, half within ${requests.p50Ms} ms, 99 % within ${requests.p99Ms} ms`,
    ...(faults.kills > 0 || faults.breakerOpenings > 0 ? [`  faults       ${faults.kills} regions killed, breakers opened ${faults.breakerOpenings} times`] : []),
    ...(skipped.length === 0 ? [] : [`  skipped      ${skipped.length} rows: ${skipped.slice(0, shown).map(({ file, line, reason }) => `${file}:${line} ${reason}`).join('; ')}${skipped.length > shown ? '; …' : ''}`]),
    '',
    ...report.invariants.map(({ name, holds, detail }) => `  ${mark(holds)} ${name} ${styleText('dim', `(${detail})`)}`),
  ]
  if (problems.length === 0) lines.push('', `  ${mark(true)} every total is that of the files; nothing that was acknowledged is lost`)
  else lines.push('', ...problems.map((problem) => `  ${mark(false)} ${problem}`))
  return lines.join('\n')
}
