// Promise: every row of the files is either an event of the replay or stands under `skipped` with file, line and reason.

import { CohortError, readTable, type Row, type Skipped } from './csv.ts'

export interface Course {
  /** `MODULE-PRESENTATION`, for example `AAA-2013J`. */
  readonly id: string
  readonly lengthDays: number
}

export interface Assessment {
  readonly id: string
  readonly course: string
  readonly kind: string
  /** Percent of the final score. Exams are weighed apart. */
  readonly weight: number
}

export interface Page {
  readonly id: string
  readonly course: string
  readonly kind: string
}

/** In the order in which they happen within a day. */
export type CohortEvent =
  | { readonly type: 'registration'; readonly day: number; readonly line: number; readonly course: string; readonly student: string }
  | { readonly type: 'submission'; readonly day: number; readonly line: number; readonly course: string; readonly student: string; readonly assessment: string; readonly score: number }
  | { readonly type: 'clicks'; readonly day: number; readonly line: number; readonly course: string; readonly student: string; readonly page: string; readonly clicks: number }
  | { readonly type: 'withdrawal'; readonly day: number; readonly line: number; readonly course: string; readonly student: string }

export interface Cohort {
  readonly courses: ReadonlyMap<string, Course>
  readonly assessments: ReadonlyMap<string, Assessment>
  readonly pages: readonly Page[]
  /** Ordered by day, then registrations, submissions, clicks, withdrawals, each in the order of its file. */
  readonly events: readonly CohortEvent[]
  readonly skipped: readonly Skipped[]
}

const places = { registration: 0, submission: 1, clicks: 2, withdrawal: 3 } as const
const unknown = (text: string): boolean => text === '' || text === '?'
const courseOf = (row: Row): string => `${row.fields['code_module'] ?? ''}-${row.fields['code_presentation'] ?? ''}`

/** A whole number, or undefined. `Number` alone would take '' for 0 and '0x10' for 16. */
function whole(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined
}

function decimal(text: string): number | undefined {
  return /^[+-]?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined
}

/** Thrown by a row's reader, caught where rows are counted. */
class Unusable extends Error {}

function need<T>(value: T | undefined, reason: string): T {
  if (value === undefined) throw new Unusable(reason)
  return value
}

function day(text: string, name: string): number {
  if (unknown(text)) throw new Unusable(`no ${name}`)
  return need(whole(text), `${name} "${text}" is no whole number`)
}

function student(text: string): string {
  if (unknown(text)) throw new Unusable('no id_student')
  need(whole(text), `id_student "${text}" is no whole number`)
  return String(Number(text))
}

/** Reads the six files. Throws a {@link CohortError} where a file or a column is missing. */
export function readCohort(directory: string): Cohort {
  const skipped: Skipped[] = []
  const table = <T>(file: string, columns: readonly string[], read: (row: Row) => T): T[] => {
    const { rows, skipped: broken } = readTable(directory, file, columns)
    skipped.push(...broken)
    const kept: T[] = []
    for (const row of rows) {
      try {
        kept.push(read(row))
      } catch (error) {
        if (!(error instanceof Unusable)) throw error
        skipped.push({ file, line: row.line, reason: error.message })
      }
    }
    return kept
  }

  const courses = new Map<string, Course>()
  table('courses.csv', ['code_module', 'code_presentation', 'module_presentation_length'], (row) => {
    const id = courseOf(row)
    const text = row.fields['module_presentation_length'] ?? ''
    const lengthDays = need(whole(text), `module_presentation_length "${text}" is no whole number`)
    if (lengthDays < 1) throw new Unusable(`module_presentation_length ${lengthDays} is not at least 1`)
    courses.set(id, { id, lengthDays })
  })
  if (courses.size === 0) throw new CohortError(`${directory}/courses.csv names no course; expected at least one row`)
  const course = (row: Row): string => {
    const id = courseOf(row)
    if (!courses.has(id)) throw new Unusable(`unknown course ${id}`)
    return id
  }

  const assessments = new Map<string, Assessment>()
  table('assessments.csv', ['code_module', 'code_presentation', 'id_assessment', 'assessment_type', 'date', 'weight'], (row) => {
    const { id_assessment: id = '', assessment_type: kind = '', weight = '' } = row.fields
    if (unknown(id)) throw new Unusable('no id_assessment')
    if (unknown(weight)) throw new Unusable('no weight')
    assessments.set(id, { id, course: course(row), kind, weight: need(decimal(weight), `weight "${weight}" is no number`) })
  })

  const pages = table('vle.csv', ['id_site', 'code_module', 'code_presentation', 'activity_type'], (row): Page => {
    const { id_site: id = '', activity_type: kind = '' } = row.fields
    if (unknown(id)) throw new Unusable('no id_site')
    return { id, course: course(row), kind }
  })

  /** Per course and student: the days between which submissions count. */
  const stays = new Map<string, { readonly registered: number; readonly withdrawn: number | undefined }>()
  const events: CohortEvent[] = []
  const stayOf = (courseId: string, id: string) => need(stays.get(`${courseId} ${id}`), `unknown student ${id}: no usable registration`)

  const departures: CohortEvent[] = []
  table('studentRegistration.csv', ['code_module', 'code_presentation', 'id_student', 'date_registration', 'date_unregistration'], (row) => {
    const id = student(row.fields['id_student'] ?? '')
    const courseId = course(row)
    const registered = day(row.fields['date_registration'] ?? '', 'date_registration')
    const left = row.fields['date_unregistration'] ?? ''
    const withdrawn = unknown(left) ? undefined : Math.max(day(left, 'date_unregistration'), registered)
    if (stays.has(`${courseId} ${id}`)) throw new Unusable(`student ${id} is registered already`)
    stays.set(`${courseId} ${id}`, { registered, withdrawn })
    events.push({ type: 'registration', day: registered, line: row.line, course: courseId, student: id })
    if (withdrawn !== undefined) departures.push({ type: 'withdrawal', day: withdrawn, line: row.line, course: courseId, student: id })
  })

  const submitted = new Set<string>()
  table('studentAssessment.csv', ['id_assessment', 'id_student', 'date_submitted', 'is_banked', 'score'], (row) => {
    const { id_assessment: assessmentId = '', is_banked: banked = '', score: scoreText = '' } = row.fields
    const assessment = need(assessments.get(assessmentId), `unknown assessment ${assessmentId || '(none)'}`)
    const id = student(row.fields['id_student'] ?? '')
    const stay = stayOf(assessment.course, id)
    const date = day(row.fields['date_submitted'] ?? '', 'date_submitted')
    if (banked !== '0' && banked !== '1') throw new Unusable(`is_banked "${banked}" is neither 0 nor 1`)
    if (unknown(scoreText)) throw new Unusable('no score')
    const score = need(decimal(scoreText), `score "${scoreText}" is no number`)
    if (score < 0 || score > 100) throw new Unusable(`score ${scoreText} is outside 0 to 100`)
    const carriedOver = banked === '1' && date < stay.registered
    if (!carriedOver && date < stay.registered) throw new Unusable(`submitted on day ${date}, before the enrolment on day ${stay.registered}`)
    if (stay.withdrawn !== undefined && date > stay.withdrawn) throw new Unusable(`submitted on day ${date}, after the withdrawal on day ${stay.withdrawn}`)
    const key = `${assessmentId} ${id}`
    if (submitted.has(key)) throw new Unusable(`student ${id} has submitted assessment ${assessmentId} already`)
    submitted.add(key)
    events.push({ type: 'submission', day: carriedOver ? stay.registered : date, line: row.line, course: assessment.course, student: id, assessment: assessmentId, score })
  })

  table('studentVle.csv', ['code_module', 'code_presentation', 'id_student', 'id_site', 'date', 'sum_click'], (row) => {
    const id = student(row.fields['id_student'] ?? '')
    const courseId = course(row)
    stayOf(courseId, id)
    const date = day(row.fields['date'] ?? '', 'date')
    const text = row.fields['sum_click'] ?? ''
    if (unknown(text)) throw new Unusable('no sum_click')
    const clicks = need(whole(text), `sum_click "${text}" is no whole number`)
    if (clicks < 0) throw new Unusable(`sum_click ${clicks} is negative`)
    events.push({ type: 'clicks', day: date, line: row.line, course: courseId, student: id, page: row.fields['id_site'] ?? '', clicks })
  })

  events.push(...departures)
  // The sort is stable, so within a day and a kind the order of the file stays.
  events.sort((a, b) => a.day - b.day || places[a.type] - places[b.type])
  return { courses, assessments, pages, events, skipped }
}
