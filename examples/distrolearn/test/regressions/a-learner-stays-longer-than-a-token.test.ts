// Found by the campaign `distrolearn/long`: after a day every learner's token had ended, and each request was answered 401.

import { createRandom, manualClock } from '@distrokit/chaos'
import { expect, test } from 'vitest'
import { createLearners } from '../../src/cohort/learner.ts'
import { readToken } from '../../src/gateway/auth.ts'

test('a learner who stays for days always shows a token that holds', async () => {
  const clock = manualClock({ start: Date.UTC(2026, 0, 1) })
  const shown: string[] = []
  const learners = createLearners({
    outside: {
      clock,
      fetch: async (_input, init) => {
        shown.push(new Headers(init?.headers).get('authorization')?.slice('Bearer '.length) ?? '')
        return Response.json({})
      },
    },
    address: () => 'http://gateway', tokenSecret: 'secret', random: createRandom(1), turn: (body) => body(),
  })
  for (let hour = 0; hour < 72; hour += 1) {
    await learners.ask({ region: 'dublin', method: 'GET', path: '/notes', learner: 'ada' }, new AbortController().signal)
    expect(readToken('secret', shown.at(-1) ?? '', clock.now())).toEqual({ subject: 'ada', role: 'learner' })
    clock.advance(3_600_000)
  }
  // Renewed now and then, not at every step.
  expect(new Set(shown).size).toBeLessThan(10)
})
