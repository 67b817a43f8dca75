// What the page knows: the board as folded so far, and what the reader has picked.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Board, emptyBoard } from '../src/board/board.ts'
import type { BreakerView } from '../src/board/breakers.ts'
import type { FedEvent } from '../src/board/fed-event.ts'
import type { Trace } from '../src/board/traces.ts'
import type { BreakerState } from '../src/telemetry/events.ts'
import { every, pageMs } from './clock.ts'
import { nextShown, type Shown } from './draw/linger.ts'

export const board: Signal<Board> = signal(emptyBoard)
export const connection: Signal<'connecting' | 'live' | 'lost'> = signal('connecting')
export const about: Signal<{ readonly seed: string; readonly speed: string } | undefined> = signal(undefined)

// A slice keeps its identity until one of its own events comes, so a panel that reads one slice is drawn only for it.
const slice = <T>(read: (whole: Board) => T): ReadonlySignal<T> => computed(() => read(board.value))
export const regions = slice((whole) => whole.regions)
export const links = slice((whole) => whole.links)
export const breakers = slice((whole) => whole.breakers)
export const faults = slice((whole) => whole.faults)
export const sagas = slice((whole) => whole.sagas)
export const lines = slice((whole) => whole.journal.lines)
export const invariants = slice((whole) => whole.journal.invariants)
export const replay = slice((whole) => whole.journal.replay)

/** The board as it was at the last quarter of a second: for figures that somebody should be able to read. */
export const calm: Signal<Board> = signal(emptyBoard)

/** The feed's time, ten times a second. */
export const nowMs: Signal<number> = signal(0)

const ringKey = ({ region, name }: Pick<BreakerView, 'region' | 'name'>): string => `${region}/${name}`
const shownTurns: Signal<ReadonlyMap<string, Shown>> = signal(new Map())
/** The state that a breaker's ring shows: the true one, or one that passed too quickly to be seen. */
export const shownState = (breaker: BreakerView): BreakerState => shownTurns.value.get(ringKey(breaker))?.turn.state ?? breaker.state

effect(() => {
  const now = nowMs.value
  const before = shownTurns.peek()
  const entries = breakers.value.flatMap((breaker) => {
    const shown = nextShown(before.get(ringKey(breaker)), breaker.turns, now)
    return shown === undefined ? [] : [[ringKey(breaker), shown] as const]
  })
  if (entries.length !== before.size || entries.some(([key, shown]) => before.get(key) !== shown)) shownTurns.value = new Map(entries)
})

let feedAheadMs = 0
/** The feed's time right now. */
export const feedMs = (): number => pageMs() + feedAheadMs
export const setFeedTime = (feedNowMs: number): void => {
  feedAheadMs = feedNowMs - pageMs()
}

export const startTicking = (): void => {
  every(100, () => {
    nowMs.value = feedMs()
  })
  every(250, () => {
    calm.value = board.value
  })
}

type Watcher = (events: readonly FedEvent[]) => void
const watchers = new Set<Watcher>()
/** For the dots: every event once, as it comes. */
export const watchEvents = (watcher: Watcher): Disposable => {
  watchers.add(watcher)
  return { [Symbol.dispose]: () => void watchers.delete(watcher) }
}
export const tellWatchers = (events: readonly FedEvent[]): void => {
  for (const watcher of watchers) watcher(events)
}

export type InspectorTab = 'sagas' | 'trace'
export const inspectorTab: Signal<InspectorTab> = signal('sagas')

const openTraceId: Signal<string | undefined> = signal(undefined)
/** The opened trace; it stays open when the board has forgotten it. */
export const openTrace: Signal<Trace | undefined> = signal(undefined)
effect(() => {
  const id = openTraceId.value
  const known = id === undefined ? undefined : board.value.traces.find((trace) => trace.traceId === id)
  if (known !== undefined) openTrace.value = known
})

/** Whether there is anything to show of it: most requests are not recorded. */
export const isTraced = (traceId: string): boolean =>
  board.peek().traces.some((trace) => trace.traceId === traceId && trace.spans.length > 0)

export const showTrace = (traceId: string | undefined): void =>
  batch(() => {
    openTrace.value = undefined
    openTraceId.value = traceId
    inspectorTab.value = 'trace'
  })
