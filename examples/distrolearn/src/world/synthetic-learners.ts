// Promise: somebody is always there: a few made-up learners who read, write, enrol in a course of their own and leave it, gently.

import type { Random } from '@distrokit/chaos'
import { decliningCard, type CoursePage } from '../ground/config.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import { createLearners, type Outside } from '../cohort/learner.ts'
import { every } from '../ground/clock.ts'
import { createTurns } from '../cohort/turns.ts'

/** Not part of any cohort, so that a report's totals are those of the files alone. */
export const syntheticCourse = { id: 'DEMO-0000', lengthDays: 30, capacity: 1_000_000 } as const

export interface SyntheticLearners {
  /** Resolves when none of their requests is under way. */
  pause(): Promise<void>
  resume(): void
}

export interface SyntheticLearnersOptions {
  readonly outside: Outside
  readonly address: (region: RegionName) => string
  readonly tokenSecret: string
  readonly random: Random
  readonly watched: string
  readonly pages: readonly CoursePage[]
  readonly signal: AbortSignal
}

const beatMs = 120
const maxConcurrent = 12
const maxWaiting = 40
/** Guests who took the course and have not left it yet. */
const maxGuests = 20
const preferences: Readonly<Record<string, readonly string[]>> = {
  theme: ['light', 'dark', 'sepia'],
  captions: ['on', 'off'],
  pace: ['slow', 'steady', 'fast'],
}

export function startSyntheticLearners({ outside, address, tokenSecret, random, watched, pages, signal }: SyntheticLearnersOptions): SyntheticLearners {
  const turns = createTurns(maxConcurrent)
  const learners = createLearners({ outside, address, tokenSecret, random, turn: turns.take })
  const guests: string[] = []
  const under = new Set<Promise<void>>()
  let number = 0
  let paused = false

  const course = syntheticCourse.id
  const follow = async (region: RegionName, learner: string, saga: string): Promise<string> => {
    for (;;) {
      const { body } = await learners.ask({ region, method: 'GET', path: `/sagas/${saga}?waitMs=600`, learner, longPoll: true }, signal)
      const { state } = body as { readonly state: string }
      if (state !== 'running' && state !== 'waiting' && state !== 'compensating') return state
    }
  }

  const enrol = async (region: RegionName): Promise<void> => {
    const learner = `guest-${number}`
    const card = random() < 0.15 ? `${decliningCard}-card` : 'good-card'
    await learners.ask({ region, method: 'POST', path: '/enrolments', learner, body: { course, student: learner, card, attempt: 1 } }, signal)
    if ((await follow(region, learner, `enrol/${course}/${learner}/1`)) === 'completed') guests.push(learner)
  }
  const leave = async (region: RegionName): Promise<void> => {
    const learner = guests.shift()
    if (learner === undefined) return
    await learners.ask({ region, method: 'POST', path: '/withdrawals', learner, body: { course, student: learner, day: random.integer(0, 30) } }, signal)
    await follow(region, learner, `withdraw/${course}/${learner}/1`)
  }
  const prefer = async (region: RegionName): Promise<void> => {
    const key = random.pick(Object.keys(preferences))
    const body = { key, value: random.pick(preferences[key] ?? ['']) }
    await learners.ask({ region, method: 'PUT', path: `/preferences/${watched}`, learner: watched, body, key: `preference:${number}` }, signal)
  }
  const read = async (region: RegionName): Promise<void> => {
    const page = pages.length === 0 ? undefined : random.pick(pages)
    if (page !== undefined) await learners.ask({ region, method: 'GET', path: `/catalog/${page.course}/${page.id}`, learner: watched }, signal)
  }
  const click = async (region: RegionName): Promise<void> => {
    await learners.ask({ region, method: 'POST', path: `/activity/${course}/${watched}`, learner: watched, body: { clicks: random.integer(1, 5) }, key: `synthetic:${number}` }, signal)
  }

  const beat = every(outside.clock, beatMs, () => {
    if (paused || signal.aborted || under.size >= maxWaiting) return
    number += 1
    const region = random.pick(regionNames)
    const luck = random()
    const deed = luck < 0.25 ? enrol(region) : luck < 0.35 || guests.length > maxGuests ? leave(region) : luck < 0.45 ? prefer(region) : luck < 0.75 ? read(region) : click(region)
    const running: Promise<void> = deed.catch(() => undefined).finally(() => under.delete(running))
    under.add(running)
  })
  signal.addEventListener('abort', () => beat.cancel(), { once: true })

  return {
    async pause() {
      paused = true
      await Promise.all(under)
    },
    resume() {
      paused = false
    },
  }
}
