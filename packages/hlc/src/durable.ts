import { abortable } from './abort.ts'
import { systemClock } from './ground/clock.ts'
import { AHEAD_MS, MAX_AHEAD_MS, OPEN_TIMEOUT_MS } from './ground/defaults.ts'
import { StoreError } from './ground/errors.ts'
import type { ClockEvent } from './ground/events.ts'
import { checkFunction, checkWhole } from './ground/check.ts'
import type { ClockOptions } from './ground/options.ts'
import type { FullClock, PhysicalClock } from './ground/physical.ts'
import { hybridClock, localCell, type Cell, type HybridClock } from './hybrid.ts'
import { createListeners } from './listeners.ts'
import { readSettings } from './settings.ts'
import { createWindow, loadMark, type MarkStore, type Waiting, type Window } from './window.ts'

export interface DurableClockOptions extends Omit<ClockOptions, 'clock'> {
  /** Where the mark is kept. One store, one clock: never share it between processes that run at once. */
  readonly store: MarkStore
  /** Where physical time and the timer of the renewals come from. Default: the process's own. */
  readonly clock?: (PhysicalClock & Pick<FullClock, 'now' | 'after'>) | undefined
  /**
   * How far ahead time is reserved, in whole milliseconds, 1 to 3 600 000. Longer outlasts a slower store; shorter leaves less lead after a crash,
   * which must stay below the `maxDriftMs` of the peers. Default 10 000.
   */
  readonly aheadMs?: number | undefined
  /** How long opening waits for the store, in milliseconds. Default 10 000. */
  readonly openTimeoutMs?: number | undefined
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A clock that stays strictly rising through restarts. No call waits: a window of time is saved before the first stamp leaves, and
 * renewed in the background at half. Past a window that could not be renewed every stamp is a `StoreError`; nothing is lost by it.
 */
export interface DurableClock extends HybridClock, AsyncDisposable {
  /** Resolves once a stamp may leave; at once unless the store is behind. Rejects when the clock is closed or its store is another's. */
  ready(options?: Waiting): Promise<void>
  /** Saves where the clock is and stops it. The next life begins there, without a lead. */
  close(options?: Waiting): Promise<void>
}

/**
 * Opens a clock where its store left off.
 *
 * @throws StoreError when the store fails, or does not answer within `openTimeoutMs`; MalformedError when what it holds is no mark
 */
export async function createDurableClock(options: DurableClockOptions): Promise<DurableClock> {
  const { store, aheadMs = AHEAD_MS, openTimeoutMs = OPEN_TIMEOUT_MS, signal, clock = systemClock, ...rest } = options
  const settings = readSettings({ ...rest, clock })
  checkWhole('aheadMs', aheadMs, 1, MAX_AHEAD_MS)
  checkWhole('openTimeoutMs', openTimeoutMs, 0, Infinity)
  checkFunction('clock.after', clock.after)
  checkFunction('store.load', store?.load)
  checkFunction('store.save', store.save)
  signal?.throwIfAborted()

  const listeners = createListeners<ClockEvent>()
  const opening = Promise.withResolvers<never>()
  const timer = clock.after(openTimeoutMs, () => opening.reject(new StoreError('load', `no answer within ${openTimeoutMs} ms`)))
  const cell = localCell(settings.start)
  let window: Window | undefined
  try {
    const markMs = await abortable(Promise.race([loadMark(store), opening.promise]), signal)
    if (markMs > cell.read().ms) cell.move({ ms: markMs, count: 0 })
    window = createWindow(store, clock, aheadMs, () => cell.read().ms, (event) => {
      listeners.emit(event)
      if (event.type === 'save-failed') opening.reject(new StoreError('save', 'the first mark could not be saved', event.error))
    })
    await Promise.race([window.ready({ signal }), opening.promise])
  } catch (error) {
    window?.end()
    throw error
  } finally {
    timer.cancel()
  }
  const { admit, ready, close } = window
  const windowed: Cell = {
    ...cell,
    move(next) {
      admit(next.ms)
      return cell.move(next)
    },
  }
  return Object.assign(hybridClock(settings, windowed, listeners), {
    ready,
    close,
    [Symbol.asyncDispose]: close,
  })
}
