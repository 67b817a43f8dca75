import { abortable } from './abort.ts'
import { nextSpan, presentMs, type Span } from './core/window.ts'
import { checkWhole } from './ground/check.ts'
import { MAX_MS, RETRY_END_MS, RETRY_MS } from './ground/defaults.ts'
import { ConflictError, StoreError } from './ground/errors.ts'
import type { ClockEvent } from './ground/events.ts'
import type { FullClock } from './ground/physical.ts'

/**
 * Where a durable clock keeps its mark: one number of milliseconds. Every stamp that ever left lies below it.
 * `/durable/file` and `/durable/sqlite` are ready; anything with these two will do.
 */
export interface MarkStore {
  /** The last mark saved, or undefined when there is none. */
  load(): PromiseLike<number | undefined> | number | undefined
  /**
   * Done when the mark would survive a crash. Saves come one at a time; the next begins when this one has ended.
   * @param knownMs the highest mark this clock has tried to save: a stored mark above it is another clock's (throw `ConflictError`)
   */
  save(markMs: number, knownMs: number): PromiseLike<void> | void
}

/** A wait that may be given up. */
export interface Waiting { readonly signal?: AbortSignal | undefined }

/** The time below which a clock may issue, kept ahead of it in a store. */
export interface Window {
  /** Throws `StoreError` if a stamp of that millisecond may not leave yet; asks for more time when little is left. */
  admit(ms: number): void
  /** Resolves once the window is open at the present time. */
  ready(options?: Waiting): Promise<void>
  /** Ends the renewals; what is open stays open until its end. */
  end(): void
  /** Ends and shuts, and writes down where the clock really is, so that the next life begins without a lead. */
  close(options?: Waiting): Promise<void>
}

/** The stored mark, 0 if there is none, checked: a file that somebody has edited must not become a time. */
export async function loadMark(store: MarkStore): Promise<number> {
  let markMs: number | undefined
  try {
    markMs = await store.load()
  } catch (error) {
    throw new StoreError('load', 'the mark could not be loaded', error)
  }
  if (markMs === undefined) return 0
  checkWhole('the stored mark', markMs, 0, MAX_MS)
  return markMs
}

/** @param stateMs where the clock is: it has issued nothing later */
export function createWindow(
  store: MarkStore, clock: Pick<FullClock, 'now' | 'after'>, aheadMs: number, stateMs: () => number, emit: (event: ClockEvent) => void,
): Window {
  let span: Span = { markMs: 0, renewMs: 0 }
  let knownMs = stateMs()
  /** The latest stamp that had to wait for the window. */
  let wantedMs = 0
  /** The save under way. */
  let saving: Promise<void> | undefined
  let timer: { cancel(): void } | undefined
  let settled = Promise.withResolvers<void>()
  let failures = 0
  let failure: unknown
  let ended = false

  const save = async (): Promise<void> => {
    timer?.cancel()
    const next = nextSpan(Math.max(stateMs(), wantedMs), clock.now(), aheadMs, knownMs)
    const beforeMs = knownMs
    knownMs = next.markMs
    let pauseMs = aheadMs / 2
    try {
      await store.save(next.markMs, beforeMs)
      span = next
      failures = 0
      failure = undefined
    } catch (error) {
      failure = error
      pauseMs = error instanceof ConflictError ? Infinity : Math.min(RETRY_MS * 2 ** failures++, RETRY_END_MS)
      emit({ type: 'save-failed', error, retryMs: pauseMs })
    }
    saving = undefined
    if (!ended && pauseMs < Infinity) timer = clock.after(pauseMs, renew)
    settled.resolve()
    settled = Promise.withResolvers()
  }
  /** One save at a time: an older mark that landed after a newer one would let a restart repeat what lies between. */
  const renew = (): void => {
    saving ??= save()
  }
  const refusal = (ms: number): StoreError => {
    const why = ended ? 'the clock is closed' : failure === undefined ? 'a save is under way' : 'the last save failed'
    return new StoreError('save', `a stamp at ${ms} ms must wait for the mark, now at ${span.markMs}: ${why}`, failure)
  }
  const end = (): void => {
    ended = true
    timer?.cancel()
  }
  return {
    admit(ms) {
      // The stamp about to leave, not the state before it: a receive or a carry can cross the whole window in one step.
      if (ms < span.renewMs) return
      const open = ms < span.markMs
      if (!open) wantedMs = Math.max(wantedMs, ms)
      // After a failure the timer sets the pace.
      if (failure === undefined && !ended) renew()
      if (!open) throw refusal(ms)
    },
    async ready({ signal } = {}) {
      signal?.throwIfAborted()
      for (;;) {
        const ms = presentMs(Math.max(stateMs(), wantedMs), clock.now())
        if (ms < span.markMs) return
        if (ended || failure instanceof ConflictError) throw refusal(ms)
        if (failure === undefined) renew()
        await abortable(settled.promise, signal)
      }
    },
    end,
    async close({ signal } = {}) {
      if (ended) return
      end()
      if (saving !== undefined) await abortable(saving, signal)
      span = { markMs: 0, renewMs: 0 }
      if (failure instanceof ConflictError) return
      try {
        await abortable(store.save(stateMs() + 1, knownMs), signal)
      } catch (error) {
        signal?.throwIfAborted()
        // The older mark is higher, so the next life is merely ahead of the wall for a while.
        emit({ type: 'save-failed', error, retryMs: Infinity })
      }
    },
  }
}
