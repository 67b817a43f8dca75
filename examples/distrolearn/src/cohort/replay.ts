// Promise: every usable row becomes a request, each student's in order, and is asked again until it is acknowledged; what was acknowledged is remembered.

import type { Random } from '@distrokit/chaos'
import { decliningCard } from '../ground/config.ts'
import { every, pause } from '../ground/clock.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import type { EventBody } from '../telemetry/events.ts'
import type { Cohort, CohortEvent } from './cohort.ts'
import { createLearners, type LearnerTotals, type Outside } from './learner.ts'
import { createTurns } from './turns.ts'

/** What the learners were told: the yardstick for what may not be lost. */
export interface Acknowledged {
  readonly enrolments: Set<string>
  readonly withdrawals: Set<string>
  /** `course/student/assessment` → score. */
  readonly submissions: Map<string, number>
  /** Student → clicks. */
  readonly clicks: Map<string, number>
}

export interface Replay {
  readonly acknowledged: Acknowledged
  /** Plain refusals of what should have been taken. Bounded; the first ones are kept. */
  readonly problems: readonly string[]
  /** Reads that were older than their token. Bounded likewise. */
  readonly staleReads: readonly string[]
  readonly reads: { readonly total: number; readonly fromFollower: number }
  totals(): LearnerTotals
  /** Share of the rows that are done, 0..1. */
  readonly share: number
  /** Rows under way. */
  readonly waiting: number
  run(signal: AbortSignal): Promise<void>
}

export interface ReplayOptions {
  readonly outside: Outside
  readonly cohort: Cohort
  readonly address: (region: RegionName) => string
  readonly tokenSecret: string
  readonly random: Random
  /** Course days a second. */
  readonly speed: number
  readonly emit: (body: EventBody) => void
  /** Told before each registration which share of them, 0..1, it completes. */
  readonly onRegistration: (share: number) => void
}

const maxConcurrent = 48
/** Rows that wait for an earlier row of the same student; beyond it the replay waits with them. */
const maxWaiting = 4_000
const maxProblems = 50
const notesEvery = 25
const progressMs = 250
const pollMs = 500

export const regionOf = (student: string): RegionName => regionNames[Number(BigInt(student) % 3n)] ?? 'dublin'
/** One card in seventeen is declined at the first try. */
const declines = (student: string): boolean => Number(student) % 17 === 0

export function createReplay({ outside, cohort, address, tokenSecret, random, speed, emit, onRegistration }: ReplayOptions): Replay {
  const turns = createTurns(maxConcurrent)
  const learners = createLearners({ outside, address, tokenSecret, random, turn: turns.take })
  const acknowledged: Acknowledged = { enrolments: new Set(), withdrawals: new Set(), submissions: new Map(), clicks: new Map() }
  const problems: string[] = []
  const staleReads: string[] = []
  const chains = new Map<string, Promise<void>>()
  const visited = new Set<string>()
  const registrations = cohort.events.filter(({ type }) => type === 'registration').length
  let registered = 0
  let done = 0
  let waiting = 0
  let submissions = 0
  let reads = 0
  let fromFollower = 0
  let day = cohort.events[0]?.day ?? 0
  const lastDay = cohort.events.at(-1)?.day ?? 0

  const problem = (text: string): void => {
    if (problems.length < maxProblems) problems.push(text)
  }
  const expectOk = (what: string, { status, body }: { readonly status: number; readonly body: unknown }): boolean => {
    if (status < 300) return true
    problem(`${what} was answered ${status}: ${JSON.stringify(body)}`)
    return false
  }

  /** Follows a saga until it has ended. */
  const outcome = async (region: RegionName, learner: string, saga: string, signal: AbortSignal): Promise<{ readonly state: string; readonly reason?: string } | undefined> => {
    for (;;) {
      const { status, body } = await learners.ask({ region, method: 'GET', path: `/sagas/${saga}?waitMs=${pollMs}`, learner, longPoll: true }, signal)
      if (!expectOk(`saga ${saga}`, { status, body })) return undefined
      const answer = body as { readonly state: string; readonly reason?: string }
      if (answer.state === 'completed' || answer.state === 'compensated' || answer.state === 'stuck') return answer
    }
  }

  const enrol = async ({ course, student }: CohortEvent, signal: AbortSignal): Promise<void> => {
    const region = regionOf(student)
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const card = attempt === 1 && declines(student) ? `${decliningCard}-card` : 'good-card'
      const started = await learners.ask({ region, method: 'POST', path: '/enrolments', learner: student, body: { course, student, card, attempt } }, signal)
      if (!expectOk(`enrolment of ${student}`, started)) return
      const ended = await outcome(region, student, `enrol/${course}/${student}/${attempt}`, signal)
      if (ended === undefined) return
      if (ended.state === 'completed') {
        acknowledged.enrolments.add(`${course}/${student}`)
        await learners.ask({ region, method: 'PUT', path: `/preferences/${student}`, learner: student, body: { key: 'theme', value: attempt === 1 ? 'light' : 'dark' }, key: `theme:${course}:${student}` }, signal)
        return
      }
      if (ended.state === 'stuck') return problem(`enrolment of ${student} is stuck: ${ended.reason ?? ''}`)
    }
    problem(`enrolment of ${student} was compensated three times`)
  }

  const submit = async (event: Extract<CohortEvent, { type: 'submission' }>, signal: AbortSignal): Promise<void> => {
    const { course, student, assessment, score, day: onDay } = event
    const region = regionOf(student)
    const path = `/progress/${course}/${student}`
    const answer = await learners.ask({ region, method: 'PUT', path: `${path}/${assessment}`, learner: student, body: { score, day: onDay } }, signal)
    if (!expectOk(`submission of ${student}`, answer)) return
    acknowledged.submissions.set(`${course}/${student}/${assessment}`, score)
    // Read your own write: nothing older than the token may come back, wherever the answer comes from.
    const { token } = answer.body as { readonly token: string }
    const read = await learners.ask({ region, method: 'GET', path, learner: student, token }, signal)
    if (!expectOk(`progress of ${student}`, read)) return
    const { rows, asOf, from } = read.body as { readonly rows: readonly { readonly assessment: string; readonly score: number }[]; readonly asOf: string; readonly from: string }
    reads += 1
    if (from === 'follower') fromFollower += 1
    const old = asOf < token || !rows.some((row) => row.assessment === assessment && row.score === score)
    if (old && staleReads.length < maxProblems) staleReads.push(`a read of ${student} as of ${asOf} is older than its token ${token}`)
    submissions += 1
    if (submissions % notesEvery === 0) {
      await learners.ask({ region, method: 'POST', path: '/notes', learner: student, body: { line: `day ${onDay}: ${student} handed in ${assessment}` }, key: `note:${event.line}` }, signal)
    }
  }

  const click = async (event: Extract<CohortEvent, { type: 'clicks' }>, signal: AbortSignal): Promise<void> => {
    const { course, student, clicks, page, line, day: onDay } = event
    const region = regionOf(student)
    const visit = `${student} ${onDay}`
    if (!visited.has(visit) && /^\w+$/.test(page)) {
      visited.add(visit)
      await learners.ask({ region, method: 'GET', path: `/catalog/${course}/${page}`, learner: student }, signal)
    }
    const answer = await learners.ask({ region, method: 'POST', path: `/activity/${course}/${student}`, learner: student, body: { clicks }, key: `clicks:${line}` }, signal)
    if (expectOk(`clicks of ${student}`, answer)) acknowledged.clicks.set(student, (acknowledged.clicks.get(student) ?? 0) + clicks)
  }

  const withdraw = async ({ course, student, day: onDay }: CohortEvent, signal: AbortSignal): Promise<void> => {
    const region = regionOf(student)
    const answer = await learners.ask({ region, method: 'POST', path: '/withdrawals', learner: student, body: { course, student, day: onDay } }, signal)
    if (!expectOk(`withdrawal of ${student}`, answer)) return
    const ended = await outcome(region, student, `withdraw/${course}/${student}/1`, signal)
    if (ended?.state === 'completed') acknowledged.withdrawals.add(`${course}/${student}`)
    else if (ended !== undefined) problem(`withdrawal of ${student} ended ${ended.state}`)
  }

  /** Strong rows of one student run one after the other; clicks, being eventual, wait for nobody. */
  const schedule = (event: CohortEvent, signal: AbortSignal): Promise<void> => {
    const work = (): Promise<void> =>
      event.type === 'registration' ? enrol(event, signal) : event.type === 'submission' ? submit(event, signal) : event.type === 'clicks' ? click(event, signal) : withdraw(event, signal)
    if (event.type === 'clicks') return work()
    const chain = `${event.course} ${event.student}`
    const before = chains.get(chain) ?? Promise.resolve()
    const after = before.then(work)
    chains.set(chain, after)
    return after
  }

  return {
    acknowledged,
    problems,
    staleReads,
    get waiting() {
      return waiting
    },
    get reads() {
      return { total: reads, fromFollower }
    },
    totals: learners.totals,
    get share() {
      return cohort.events.length === 0 ? 1 : done / cohort.events.length
    },
    async run(signal) {
      const report = (): void => emit({ type: 'replay', day, lastDay, done, total: cohort.events.length, waiting })
      const { clock } = outside
      const ticker = every(clock, progressMs, report)
      const failed = new AbortController()
      const all = AbortSignal.any([signal, failed.signal])
      const pending = new Set<Promise<void>>()
      const started = clock.monotonic()
      const firstDay = day
      try {
        for (const event of cohort.events) {
          all.throwIfAborted()
          if (event.day !== day) {
            day = event.day
            const dueMs = started + ((day - firstDay) / speed) * 1_000
            if (speed !== Infinity && dueMs > clock.monotonic()) await pause(clock, dueMs - clock.monotonic(), all)
          }
          if (event.type === 'registration') {
            registered += 1
            onRegistration(registered / registrations)
          }
          while (waiting >= maxWaiting) await Promise.race(pending)
          await turns.quiet()
          waiting += 1
          const running: Promise<void> = schedule(event, all)
            .catch((error: unknown) => {
              if (!all.aborted) failed.abort(error)
            })
            .finally(() => {
              waiting -= 1
              done += 1
              pending.delete(running)
            })
          pending.add(running)
        }
        await Promise.all(pending)
        if (failed.signal.aborted) throw failed.signal.reason
        signal.throwIfAborted()
      } finally {
        ticker.cancel()
        report()
      }
    },
  }
}
