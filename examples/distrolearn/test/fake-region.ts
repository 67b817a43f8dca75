// A region of the fake world: what it holds, how far it is from the others, and what is promised about all of them.

export interface FakeRegion {
  life: number
  up: boolean
  skewMs: number
  count: number
  tokens: number
  readonly version: Record<string, number>
  readonly values: Record<string, string>
  /** When each value was set, for the last writer to win. */
  readonly setAt: Record<string, number>
}

export const freshRegion = (): FakeRegion => ({
  life: 1,
  up: true,
  skewMs: 0,
  count: 0,
  tokens: 60,
  version: { dublin: 40, virginia: 31, singapore: 22 },
  values: { theme: 'dark', language: 'en', pace: 'steady', captions: 'on' },
  setAt: {},
})

/** Round trips between healthy regions, ms. */
export const distance: Readonly<Record<string, number>> = { 'dublin-virginia': 78, 'dublin-singapore': 174, 'virginia-singapore': 212 }
export const promises = [
  'quota never exceeded in any window',
  'replicas with the same version are equal',
  'stamps respect cause and effect',
  'every queue and map stays under its bound',
  'no enrolment both charged and absent, none granted and unpaid',
  'progress acknowledged is never lost and never goes back',
  'activity acknowledged is never lost',
  'seats sold never exceed seats',
  'a read with a causality token is never older than the token',
  'the audit chain verifies',
  'attempts on a dead dependency stay within the limit and the retry budget',
] as const
