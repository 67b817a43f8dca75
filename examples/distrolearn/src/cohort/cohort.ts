// Promise: every row of the files is either an event of the replay or stands under `skipped` with file, line and reason.

import { maxClicks, maxDay, namePattern } from '../ground/config.ts'
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

/** Thrown by a row's reader, caught where rows are counted. */
class Unusable extends Error {}

function need<T>(value: T | undefined, reason: string): T {
  if (value === undefined) throw new Unusable(reason)
  return value
}

/** A number within bounds. `Number` alone would take '' for 0 and '0x10' for 16; `12.0` is how a table tool writes a column with gaps. */
function number(text: string, name: string, from: number, to: number): number {
  if (unknown(text)) throw new Unusable(`no ${name}`)
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw new Unusable(`${name} "${text}" is no number`)
  const value = Number(text)
  if (!(value >= from && value <= to)) throw new Unusable(`${name} ${text} is outside ${from} to ${to}`)
  return value
}

function whole(text: string, name: string, from: number, to: number): number {
  const value = number(text, name, from, to)
  if (!Number.isInteger(value)) throw new Unusable(`${name} ${text} is no whole number`)
  return value
}

const day = (text: string, name: string): number => whole(text, name, -maxDay, maxDay)
/** Written one way, so that `017` and `17` are one student. */
const identity = (text: string, name: string): string => String(whole(text, name, 0, Number.MAX_SAFE_INTEGER))
const student = (text: string): string => identity(text, 'id_student')

/** Reads the six files. Throws a {@link CohortError} where a file or a column is missing. */
export function readCohort(directory: string): Cohort {
  const skipped: Skipped[] = []
  const table = <T>(file: string, columns: readonly string[], read: (row: Row) => T): T[] => {
    const { rows, skipped: broken } = readTable(directory, file, columns)
    const unusable: Skipped[] = [...broken]
    const kept: T[] = []
    for (const row of rows) {
      try {
        kept.push(read(row))
      } catch (error) {
        if (!(error instanceof Unusable)) throw error
        unusable.push({ file, line: row.line, reason: error.message })
      }
    }
    skipped.push(...unusable.sort((a, b) => a.line - b.line))
    return kept
  }

  const courses = new Map<string, Course>()
  table('courses.csv', ['code_module', 'code_presentation', 'module_presentation_length'], (row) => {
    const id = courseOf(row)
    if (!namePattern.test(id)) throw new Unusable(`course "${id}" has other characters than letters, digits and . : - _`)
    const lengthDays = whole(row.fields['module_presentation_length'] ?? '', 'module_presentation_length', 1, maxDay)
    courses.set(id, { id, lengthDays })
  })
  if (courses.size === 0) throw new CohortError(`${directory}/courses.csv names no course that can be used; expected at least one row with a module, a presentation and a length in days`)
  const course = (row: Row): string => {
    const id = courseOf(row)
    if (!courses.has(id)) throw new Unusable(`unknown course ${id}`)
    return id
  }

  const assessments = new Map<string, Assessment>()
  table('assessments.csv', ['code_module', 'code_presentation', 'id_assessment', 'assessment_type', 'date', 'weight'], (row) => {
    const { id_assessment: text = '', assessment_type: kind = '', weight = '' } = row.fields
    const id = identity(text, 'id_assessment')
    assessments.set(id, { id, course: course(row), kind, weight: number(weight, 'weight', 0, 100) })
  })

  const pages = table('vle.csv', ['id_site', 'code_module', 'code_presentation', 'activity_type'], (row): Page => {
    const { id_site: id = '', activity_type: kind = '' } = row.fields
    return { id: identity(id, 'id_site'), course: course(row), kind }
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
    const { is_banked: banked = '' } = row.fields
    const assessmentId = identity(row.fields['id_assessment'] ?? '', 'id_assessment')
    const assessment = need(assessments.get(assessmentId), `unknown assessment ${assessmentId}`)
    const id = student(row.fields['id_student'] ?? '')
    const stay = stayOf(assessment.course, id)
    const date = day(row.fields['date_submitted'] ?? '', 'date_submitted')
    const isBanked = whole(banked, 'is_banked', 0, 1) === 1
    const score = number(row.fields['score'] ?? '', 'score', 0, 100)
    const carriedOver = isBanked && date < stay.registered
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
    const clicks = whole(row.fields['sum_click'] ?? '', 'sum_click', 0, maxClicks)
    const site = row.fields['id_site'] ?? ''
    // A click on an unknown page is a click all the same.
    const page = unknown(site) ? '' : identity(site, 'id_site')
    events.push({ type: 'clicks', day: date, line: row.line, course: courseId, student: id, page, clicks })
  })

  events.push(...departures)
  // The sort is stable, so within a day and a kind the order of the file stays.
  events.sort((a, b) => a.day - b.day || places[a.type] - places[b.type])
  return { courses, assessments, pages, events, skipped }
}
