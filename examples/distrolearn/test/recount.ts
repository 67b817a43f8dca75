// Promise: what a report must say, counted from the files by code that shares nothing with the demo.

import { readFileSync } from 'node:fs'

export interface Recount {
  readonly registered: number
  readonly withdrawn: number
  readonly declined: number
  readonly submissions: number
  readonly scores: Readonly<Record<string, number>>
  readonly clicks: number
  readonly clicksByStudent: Readonly<Record<string, number>>
}

const read = (folder: string, file: string): string[][] =>
  readFileSync(`${folder}/${file}`, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(','))

/** For clean files only: no row is checked. Columns by position, as the data set has them. */
export function recount(folder: string): Recount {
  const registrations = read(folder, 'studentRegistration.csv')
  const assessments = new Map(read(folder, 'assessments.csv').map((row) => [row[2], { type: row[3], weight: Number(row[5]) }]))
  const submissions = read(folder, 'studentAssessment.csv')
  const visits = read(folder, 'studentVle.csv')
  const scores: Record<string, number> = {}
  for (const [assessment, student = '', , , score] of submissions) {
    const known = assessments.get(assessment)
    if (known === undefined || known.type === 'Exam') continue
    scores[student] = (scores[student] ?? 0) + (known.weight / 100) * Number(score)
  }
  const clicksByStudent: Record<string, number> = {}
  for (const [, , student = '', , , clicks] of visits) clicksByStudent[student] = (clicksByStudent[student] ?? 0) + Number(clicks)
  return {
    registered: registrations.length,
    withdrawn: registrations.filter((row) => (row[4] ?? '') !== '').length,
    declined: registrations.filter((row) => Number(row[2]) % 17 === 0).length,
    submissions: submissions.length,
    scores,
    clicks: visits.reduce((sum, row) => sum + Number(row[5]), 0),
    clicksByStudent,
  }
}
