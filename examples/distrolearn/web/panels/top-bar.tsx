// Where the run stands, in one line.

import type { VNode } from 'preact'
import { dayText, paceText } from '../../src/board/pace.ts'
import { about, calm, connection, invariants, replay } from '../store.ts'
import { plural, whole } from '../words.ts'

const Day = (): VNode | null => {
  const now = replay.value
  if (now === undefined) return null
  return (
    <p class="day" title="days of the course, counted from its start; registrations come before it">
      <span>
        day <b class="figure">{dayText(now.day)}</b> of {now.lastDay}
      </span>
      <progress value={now.done} max={Math.max(1, now.total)} aria-label={`replay: ${now.done} of ${now.total} rows`} />
    </p>
  )
}

const Seed = (): VNode | null =>
  about.value === undefined ? null : (
    <p class="seed">
      seed <b class="figure">{about.value.seed}</b> · {paceText(about.value.speed)}
    </p>
  )

const Totals = (): VNode => {
  const { requests, refused } = calm.value.journal
  const answered = Object.values(requests).reduce((sum, count) => sum + count, 0)
  const turnedAway = Object.values(refused).reduce((sum, count) => sum + count, 0)
  return (
    <p class="totals">
      <b class="figure">{whole(answered)}</b> requests · <b class="figure">{whole(turnedAway)}</b> refused
    </p>
  )
}

const Verdict = (): VNode | null => {
  const all = invariants.value
  if (all.length === 0) return null
  const broken = all.filter((one) => !one.holds).length
  return (
    <a class={`verdict ${broken === 0 ? 'good' : 'bad'}`} href="#promises-title">
      {broken === 0 ? `✔ all ${all.length} promises hold` : `✘ ${plural(broken, 'promise')} of ${all.length} broken`}
    </a>
  )
}

const signs = { connecting: '◌ connecting', live: '● live', lost: '○ connection lost, trying again' } as const

export const TopBar = (): VNode => (
  <header class="top">
    <h1>DistroLearn</h1>
    <p class={`pulse ${connection.value}`} role="status">
      {signs[connection.value]}
    </p>
    <Day />
    <Seed />
    <Totals />
    <Verdict />
  </header>
)
