// Promise: small crowds with a purpose: a course as a seed draws it, learners with two devices, and too many for too few seats.

import type { Random } from '@distrokit/chaos'
import { createHistory, type ListStep, type SessionOp } from '@distrokit/chaos/testing'
import type { Cohort, CohortEvent } from '../../cohort/cohort.ts'
import type { Ask, Learners } from '../../cohort/learner.ts'
import { regionNames, type RegionName } from '../../ground/regions.ts'

/** The course that everybody may take. */
export const COURSE = 'SIM-2026A'
/** A course with fewer seats than learners who want one. */
export const SCARCE = 'RARE-2026A'

const STUDENTS = ['3', '4', '5', '16', '17', '20', '33', '34']
const PAGES = [{ id: '1', course: COURSE, kind: 'quiz' }, { id: '2', course: COURSE, kind: 'page' }]

/** A small course as a seed draws it: who registers when, hands in what, looks at which page, and gives up. */
export function cohortOf(random: Random, days: number): Cohort {
  const events: CohortEvent[] = []
  let line = 2
  for (const student of STUDENTS) {
    const first = random.integer(0, days / 2)
    const at = (from: number): number => random.integer(from, days)
    events.push({ type: 'registration', day: first, line: line++, course: COURSE, student })
    const last = random.chance(0.3) ? at(first) : undefined
    for (let count = random.integer(0, 3); count > 0; count--) {
      const day = random.integer(first, last ?? days)
      events.push({ type: 'submission', day, line: line++, course: COURSE, student, assessment: `A${count}`, score: random.integer(0, 100) })
    }
    for (let count = random.integer(0, 4); count > 0; count--) {
      events.push({ type: 'clicks', day: at(0), line: line++, course: COURSE, student, page: random.pick(PAGES).id, clicks: random.integer(1, 9) })
    }
    if (last !== undefined) events.push({ type: 'withdrawal', day: last, line: line++, course: COURSE, student })
  }
  const kinds = ['registration', 'submission', 'clicks', 'withdrawal']
  events.sort((one, other) => one.day - other.day || kinds.indexOf(one.type) - kinds.indexOf(other.type) || one.line - other.line)
  return { courses: new Map([[COURSE, { id: COURSE, lengthDays: days }]]), assessments: new Map(), pages: PAGES, events, skipped: [] }
}

interface Row {
  readonly assessment: string
  readonly stamp: string
}

export interface Turns {
  readonly turns: number
  /** The longest pause between two of them. */
  readonly turnMs: number
}

/** One learner on two devices in two regions: writes and reads progress, each device with the newest token that it was given. */
export function createDevices(learners: Learners, random: Random) {
  /** Versions are stamps: what was written, and as of when was read. */
  const stamps = createHistory<SessionOp, string>()
  /** Versions are what the list held. */
  const contents = createHistory<SessionOp, readonly string[]>()
  const lists = createHistory<readonly ListStep[], readonly ListStep[]>()
  const student = '100'
  const path = `/progress/${COURSE}/${student}`
  let fromFollowers = 0

  const device = async (name: string, region: RegionName, { turns, turnMs }: Turns, wait: (ms: number) => Promise<void>, signal: AbortSignal): Promise<void> => {
    let token: string | undefined
    const ask = (more: Pick<Ask, 'method' | 'path' | 'body'>) => learners.ask({ region, learner: student, ...more, ...(token === undefined || more.method !== 'GET' ? {} : { token }) }, signal)
    for (let turn = 1; turn <= turns; turn++) {
      await wait(random.integer(turnMs / 10, turnMs))
      if (random.chance(0.4)) {
        const assessment = `${name}${turn}`
        const [stamped, held, listed] = [stamps.invoke(name, { type: 'write' }), contents.invoke(name, { type: 'write' }), lists.invoke(name, [{ append: student, value: assessment }])]
        const { status, body } = await ask({ method: 'PUT', path: `${path}/${assessment}`, body: { score: turn % 101, day: 1 } })
        if (status !== 200) throw new Error(`Expected ${assessment} to be taken, got ${status}: ${JSON.stringify(body)}`)
        const written = (body as { readonly token: string }).token
        stamped.ok(written)
        held.ok([assessment])
        listed.ok([{ append: student, value: assessment }])
        token = token === undefined || written > token ? written : token
      } else {
        const [stamped, held, listed] = [stamps.invoke(name, { type: 'read' }), contents.invoke(name, { type: 'read' }), lists.invoke(name, [{ read: student }])]
        const { status, body } = await ask({ method: 'GET', path })
        if (status !== 200) throw new Error(`Expected the progress of ${student}, got ${status}: ${JSON.stringify(body)}`)
        const { rows, asOf, from } = body as { readonly rows: readonly Row[]; readonly asOf: string; readonly from: string }
        if (from === 'follower') fromFollowers++
        const list = [...rows].sort((one, other) => (one.stamp < other.stamp ? -1 : 1)).map((row) => row.assessment)
        stamped.ok(asOf)
        held.ok(list)
        listed.ok([{ read: student, list }])
        token = token === undefined || asOf > token ? asOf : token
      }
    }
  }

  return {
    stamps: stamps.operations,
    contents: contents.operations,
    lists: lists.operations,
    get fromFollowers() {
      return fromFollowers
    },
    /** Enrols the learner and lets both devices go. */
    async run(turns: Turns, wait: (ms: number) => Promise<void>, signal: AbortSignal): Promise<void> {
      const ended = await enrol(learners, { course: COURSE, student, region: 'virginia' }, signal)
      if (ended !== 'completed') return
      const [one, other] = random.shuffle(regionNames)
      await Promise.all([device('x', one as RegionName, turns, wait, signal), device('y', other as RegionName, turns, wait, signal)])
    },
  }
}

/** Enrols and waits for the end of the saga: its state. */
export async function enrol(learners: Learners, { course, student, region }: { course: string; student: string; region: RegionName }, signal: AbortSignal): Promise<string> {
  const { status, body } = await learners.ask({ region, method: 'POST', path: '/enrolments', learner: student, body: { course, student, card: 'good-card', attempt: 1 } }, signal)
  if (status !== 202) throw new Error(`Expected the enrolment of ${student} to be taken, got ${status}: ${JSON.stringify(body)}`)
  for (;;) {
    const answer = await learners.ask({ region, method: 'GET', path: `/sagas/enrol/${course}/${student}/1?waitMs=500`, learner: student, longPoll: true }, signal)
    const { state } = answer.body as { readonly state: string }
    if (['completed', 'compensated', 'stuck'].includes(state)) return state
  }
}
