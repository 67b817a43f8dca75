// Promise: all that a region is told from outside stands here, as plain data that can be sent to a process.

import type { RegionName } from '../ground/regions.ts'

export interface CoursePage {
  readonly id: string
  readonly course: string
  readonly kind: string
}

export interface Quota {
  readonly limit: number
  readonly perMs: number
  readonly burst: number
}

export interface RegionConfig {
  readonly name: RegionName
  /** 1 for the first start; a restarted region is a new life. */
  readonly life: number
  /** Shared by the regions: signs what they say to each other. */
  readonly peerSecret: string
  /** Signs learners' tokens at the gateways. */
  readonly tokenSecret: string
  readonly providers: { readonly payments: string; readonly notifications: string }
  readonly courses: readonly { readonly id: string; readonly lengthDays: number; readonly capacity: number }[]
  readonly pages: readonly CoursePage[]
  /** How long a region waits between two rounds with its peers, milliseconds. */
  readonly gossipMs: number
  /** Our side of the payment provider's quota: calls in so many milliseconds, and how many of them at once. */
  readonly paymentQuota: Quota
  /** The learner whose preferences the page shows. */
  readonly watched: string
}

/** A stamp from another region may be so far ahead of our wall clock; beyond it the message is refused. */
export const maxDriftMs = 2_000
/** Time that a region's clock reserves on disk; a new life starts so far ahead at most, and that must be less than its peers accept. */
export const clockAheadMs = 1_500
/** Days of a course, either side of its start, that anybody may name. */
export const maxDay = 100_000
/** Clicks that one row may hold. */
export const maxClicks = 1_000_000_000
/** Names of courses, students, assessments, pages, cards and keys, wherever they come from. */
export const namePattern = /^[\w.:-]{1,80}$/
/** A card whose name starts so is declined, always. */
export const decliningCard = 'declined'
/** What the course costs, in cents. */
export const priceCents = 24_000

export const gossipMs = 150
/** What the payment provider grants us. */
export const paymentQuota: Quota = { limit: 120, perMs: 1_000, burst: 30 }
/** How the breakers before the outside providers behave. The wait doubles with each opening in a row. */
export const providerBreaker = { failures: 5, openMs: (openings: number): number => Math.min(800 * 2 ** (openings - 1), 2_000), probes: 2 } as const

/** How long an outside provider may take to answer. */
export const providerTimeoutMs = 1_000

/** What a learner may ask of a gateway. */
export const learnerQuota = { limit: 60, perMs: 1_000, burst: 120 } as const
/** What all learners together may ask of one gateway. */
export const gatewayQuota = { limit: 1_500, perMs: 1_000, burst: 1_500 } as const

export const bounds = {
  /** Requests from learners in flight at one gateway. */
  inFlight: 1_000,
  bodyBytes: 16 * 1024,
  gossipBytes: 4 * 1024 * 1024,
} as const
