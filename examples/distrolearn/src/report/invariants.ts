// Promise: each invariant is checked by code of its own, from what was seen outside, never by asking the package whether it was right.

import { homeRegion, regionNames, type RegionName } from '../ground/regions.ts'
import type { DemoEvent, Gauge } from '../telemetry/events.ts'
import { paymentQuota, providerBreaker, providerTimeoutMs, type Quota } from '../ground/config.ts'
import type { Inspection } from '../region/inspection.ts'
import type { Acknowledged } from '../cohort/replay.ts'

export interface Invariant {
  readonly name: string
  readonly holds: boolean
  readonly detail: string
}

/** One line of the payment provider's own books. */
export interface Booked {
  readonly kind: 'charge' | 'refund'
  readonly course: string
  readonly student: string
  readonly cents: number
}

/** All that is known at one moment of rest. */
export interface Facts {
  readonly inspections: readonly Inspection[]
  readonly acknowledged: Acknowledged
  readonly staleReads: readonly string[]
  readonly reads: { readonly total: number; readonly fromFollower: number }
  readonly books: readonly Booked[]
  readonly attempts: readonly { readonly atMs: number; readonly dark: boolean }[]
  /** No saga is under way and all links are whole. */
  readonly atRest: boolean
}

export interface Watch {
  push(event: DemoEvent): void
  /** What can be told at any time. */
  live(): readonly Invariant[]
  /** With the facts, everything. */
  check(facts: Facts): readonly Invariant[]
}

/** A limiter that counts whole milliseconds may let one more through than real numbers would. */
const roundingTokens = 1
/** Until a breaker has seen enough failures, calls may go out at the full quota for so long: the time-out of a call, and a little for the way. */
const blindMs = providerTimeoutMs + 200

interface Bucket {
  level: number
  atMs: number
  worst: number
  readonly burst: number
  admitted: number
}

/** `quota` is what the regions were told of the payment provider. */
export function createWatch(courses: readonly string[], quota: Quota = paymentQuota): Watch {
  const buckets = new Map<string, Bucket>()
  const gauges = new Map<string, Gauge>()
  const violations = new Map<RegionName, number>()
  const equal = new Map<string, string>()
  let compared = 0
  let unequal: string | undefined
  let homeStarts = 0

  /** A leaky bucket in plain floating point, fed with the times at which calls were let out. */
  const admit = (event: Extract<DemoEvent, { type: 'admitted' }>): void => {
    const bucket = buckets.get(event.quota) ?? { level: 0, atMs: event.atMs, worst: 0, burst: event.burst, admitted: 0 }
    buckets.set(event.quota, bucket)
    bucket.level = Math.max(0, bucket.level - ((event.atMs - bucket.atMs) * event.limit) / event.perMs) + 1
    bucket.atMs = event.atMs
    bucket.worst = Math.max(bucket.worst, bucket.level)
    bucket.admitted += 1
  }

  const live = (): Invariant[] => {
    const over = [...buckets].filter(([, { worst, burst }]) => worst > burst + roundingTokens)
    const admitted = [...buckets.values()].reduce((sum, bucket) => sum + bucket.admitted, 0)
    const overfull = [...gauges].filter(([, { size, bound }]) => size > bound)
    const wrong = [...violations.values()].reduce((sum, count) => sum + count, 0)
    return [
      { name: 'quota never exceeded in any window', holds: over.length === 0, detail: over.length === 0 ? `${admitted} calls let out` : over.map(([name, { worst, burst }]) => `${name}: ${worst.toFixed(1)} of ${burst}`).join('; ') },
      { name: 'replicas with the same version are equal', holds: unequal === undefined, detail: unequal ?? `${compared} times the same` },
      { name: 'stamps respect cause and effect', holds: wrong === 0, detail: wrong === 0 ? 'no answer was stamped before its question' : `${wrong} stamps did not come after what they answered` },
      { name: 'every queue and map stays under its bound', holds: overfull.length === 0, detail: overfull.length === 0 ? `${gauges.size} gauges` : overfull.map(([name, { size, bound }]) => `${name}: ${size} of ${bound}`).join('; ') },
    ]
  }

  return {
    push(event) {
      if (event.type === 'admitted') admit(event)
      if (event.type === 'region' && event.region === homeRegion && event.state === 'up') homeStarts += 1
      if (event.type !== 'status' || event.region === 'world') return
      const { status } = event
      for (const [name, gauge] of Object.entries(status.bounds)) gauges.set(`${event.region} ${name}`, gauge)
      violations.set(event.region, status.counters['distrolearn_causality_violations_total'] ?? 0)
      const version = JSON.stringify(Object.entries(status.replica.version).sort())
      const digest = equal.get(version)
      if (digest === undefined) equal.set(version, status.replica.digest)
      else {
        compared += 1
        if (digest !== status.replica.digest) unequal = `${event.region} differs at version ${version}`
      }
      // Only the newest versions can still be met again.
      const oldest = equal.keys().next()
      if (equal.size > 500 && !oldest.done) equal.delete(oldest.value)
    },
    live,
    check(facts) {
      const home = facts.inspections.find(({ region }) => region === homeRegion)?.strong
      if (home === undefined) return live()
      const digests = new Set(facts.inspections.map(({ digest }) => digest))
      const rosterOf = new Set(facts.inspections.find(({ region }) => region === homeRegion)?.roster)
      return [
        ...live(),
        {
          name: 'all replicas are equal once links heal',
          holds: !facts.atRest || digests.size === 1,
          detail: digests.size === 1 ? `${facts.inspections.length} replicas, digest ${[...digests][0] ?? ''}` : `${digests.size} different digests among ${regionNames.length} regions`,
        },
        chargedOrAbsent(home, rosterOf, facts, courses),
        progressKept(home, facts),
        clicksKept(facts),
        {
          name: 'seats sold never exceed seats',
          holds: home.seats.every(({ capacity, sold, held }) => sold <= capacity && sold === held),
          detail: home.seats.filter(({ course }) => courses.includes(course)).map(({ course, capacity, sold }) => `${course}: ${sold} of ${capacity}`).join('; '),
        },
        {
          name: 'a read with a causality token is never older than the token',
          holds: facts.staleReads.length === 0,
          detail: facts.staleReads[0] ?? `${facts.reads.total} reads, ${facts.reads.fromFollower} of them by followers`,
        },
        { name: 'the audit chain verifies', holds: home.audit.holds, detail: home.audit.holds ? `${home.audit.entries} entries` : `entry ${home.audit.sequence}: ${home.audit.reason}` },
        attemptsOnTheDead(facts.attempts, Math.max(homeStarts, 1), quota),
      ]
    },
  }
}

type Strong = NonNullable<Inspection['strong']>

function chargedOrAbsent(home: Strong, roster: ReadonlySet<string>, { books: all, atRest }: Facts, courses: readonly string[]): Invariant {
  const name = 'no enrolment both charged and absent, none granted and unpaid'
  if (!atRest) return { name, holds: true, detail: 'sagas are under way; checked when they rest' }
  // The provider's own books, not ours: what really moved.
  const books = all.filter(({ course }) => courses.includes(course))
  const paid = new Map<string, number>()
  for (const { course, student, kind, cents } of books) {
    const key = `${course}/${student}`
    paid.set(key, (paid.get(key) ?? 0) + (kind === 'charge' ? cents : -cents))
  }
  const wrong: string[] = []
  const granted = new Set(home.access.filter(({ state }) => state === 'granted').map(({ course, student }) => `${course}/${student}`))
  const known = new Set(home.access.map(({ course, student }) => `${course}/${student}`))
  for (const key of granted) if ((paid.get(key) ?? 0) <= 0) wrong.push(`${key} has access and paid nothing`)
  for (const key of granted) if (!roster.has(key)) wrong.push(`${key} has access and is not on the roster`)
  for (const [key, cents] of paid) if (cents > 0 && !known.has(key)) wrong.push(`${key} paid ${cents} and never had access`)
  for (const [key, cents] of paid) if (cents < 0) wrong.push(`${key} got back more than was paid`)
  for (const row of home.paid) {
    const key = `${row.course}/${row.student}`
    if (row.cents !== (paid.get(key) ?? 0)) wrong.push(`${key}: our ledger says ${row.cents}, the provider's books ${paid.get(key) ?? 0}`)
  }
  return { name, holds: wrong.length === 0, detail: wrong[0] ?? `${granted.size} with access, ${books.length} transactions agree` }
}

function progressKept(home: Strong, { acknowledged }: Facts): Invariant {
  const scores = new Map(home.progress.map(({ course, student, assessment, score }) => [`${course}/${student}/${assessment}`, score]))
  const lost = [...acknowledged.submissions].filter(([key, score]) => !((scores.get(key) ?? -1) >= score))
  return { name: 'progress acknowledged is never lost and never goes back', holds: lost.length === 0, detail: lost.length === 0 ? `${acknowledged.submissions.size} acknowledged` : `${lost.length} lost, first ${lost[0]?.[0] ?? ''}` }
}

function clicksKept({ acknowledged, inspections, atRest }: Facts): Invariant {
  const name = 'activity acknowledged is never lost'
  const sums = inspections.map(({ region, clicks }) => ({ region, lost: [...acknowledged.clicks].filter(([student, sum]) => (clicks[student] ?? 0) < sum).length }))
  const worst = sums.find(({ lost }) => lost > 0)
  return { name, holds: !atRest || worst === undefined, detail: worst === undefined ? `${acknowledged.clicks.size} students in ${sums.length} regions` : `${worst.region} lacks clicks of ${worst.lost} students` }
}

function attemptsOnTheDead(attempts: Facts['attempts'], lives: number, quota: Quota): Invariant {
  const name = 'attempts on a dead dependency stay within the limit and the retry budget'
  /** Stretches of darkness; an attempt that was answered ends one. */
  const stretches: { readonly fromMs: number; toMs: number; count: number }[] = []
  let wasDark = false
  for (const { atMs, dark } of attempts) {
    const current = stretches.at(-1)
    if (dark && wasDark && current !== undefined) {
      current.toMs = atMs
      current.count += 1
    } else if (dark) stretches.push({ fromMs: atMs, toMs: atMs, count: 1 })
    wasDark = dark
  }
  if (stretches.length === 0) return { name, holds: true, detail: 'no dependency was dead' }
  const made = stretches.reduce((sum, { count }) => sum + count, 0)
  const darkMs = stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  // What is under way when the lights go out, once a stretch and once more for each new life; then a probe or two each time the breaker dares.
  const blind = quota.burst + (blindMs * quota.limit) / quota.perMs + providerBreaker.failures
  const allowed = Math.ceil(blind * (stretches.length + lives - 1) + providerBreaker.probes * (stretches.length + darkMs / providerBreaker.openMs(1)))
  return { name, holds: made <= allowed, detail: `${made} attempts in ${Math.round(darkMs)} ms of darkness; at most ${allowed} allowed` }
}
