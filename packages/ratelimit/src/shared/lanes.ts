import type { Bandwidth } from '../core/bandwidth.ts'
import { Replay } from '../core/replay.ts'
import type { Backend, Call, Reply } from '../ground/store.ts'
import type { Clock } from '../ground/types.ts'
import { compose, type Request } from './request.ts'

/** The requests about one key. Invariant: at most one batch is with the store, so that answers keep the order of the questions. */
interface Lane {
  pending: Request[]
  flying: readonly Request[]
}

export interface LanesOptions {
  readonly backend: Backend
  readonly clock: Required<Clock>
  readonly timeoutMs: number
  readonly maxAsking: number
  bandwidths(): readonly Bandwidth[]
  /** Calls to add to a batch: the next lease. */
  extra(key: string, requests: readonly Request[], nowMs: number): Call | undefined
  answered(key: string, requests: readonly Request[], replay: Replay, extra: Call | undefined, sentMs: number): void
  failed(key: string, requests: readonly Request[], error: unknown): void
}

/** Coalescing: what is asked about a key in one tick, or while its last question is out, goes to the store as one batch. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  #asking = 0

  constructor(options: LanesOptions) {
    this.#options = options
  }

  get asking(): number {
    return this.#asking
  }

  get full(): boolean {
    return this.#asking >= this.#options.maxAsking
  }

  /** Whether something about the key is on its way: then what was known about it may be about to change. */
  busy(key: string): boolean {
    return this.#asking > 0 && this.#lanes.has(key)
  }

  push(key: string, request: Request): void {
    this.#asking += 1
    const lane = this.#lanes.get(key)
    if (lane !== undefined) return void lane.pending.push(request)
    this.#lanes.set(key, { pending: [request], flying: [] })
    queueMicrotask(() => this.#send(key))
  }

  #send(key: string): void {
    const lane = this.#lanes.get(key)
    if (lane === undefined) return
    if (lane.pending.length === 0) return void this.#lanes.delete(key)
    const { backend, clock, timeoutMs, bandwidths, extra, answered } = this.#options
    const requests = lane.pending
    lane.pending = []
    lane.flying = requests
    const measures = bandwidths()
    const sentMs = clock.monotonic()
    const more = extra(key, requests, sentMs)
    const calls = compose(requests)
    if (more !== undefined) calls.push(more)
    const timer = clock.after(timeoutMs, () => this.#fail(key, lane, requests, new Error(`The store gave no answer within ${timeoutMs} ms.`)))
    const arrive = (reply: Reply): void => {
      if (lane.flying !== requests) return
      timer.cancel()
      if (!isReply(reply, measures.length, calls)) return this.#fail(key, lane, requests, new Error('The store answered with something that is no reply.'))
      lane.flying = []
      this.#asking -= requests.length
      answered(key, requests, new Replay(measures, reply), more, sentMs)
      this.#send(key)
    }
    const break_ = (error: unknown): void => {
      timer.cancel()
      this.#fail(key, lane, requests, error)
    }
    try {
      backend.run(key, measures, calls).then(arrive, break_)
    } catch (error) {
      break_(error)
    }
  }

  /** A batch that failed takes those behind it along: they have waited as long, and the store is not asked again at once. */
  #fail(key: string, lane: Lane, requests: readonly Request[], error: unknown): void {
    if (lane.flying !== requests) return
    const all = [...requests, ...lane.pending]
    lane.flying = []
    lane.pending = []
    this.#lanes.delete(key)
    this.#asking -= all.length
    this.#options.failed(key, all, error)
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** A reply is checked whole before anything is believed. */
function isReply(reply: unknown, limits: number, calls: readonly Call[]): reply is Reply {
  if (typeof reply !== 'object' || reply === null) return false
  const { debts, blockedMs, fresh } = reply as Partial<Reply>
  const named = calls.filter(({ id }) => id !== undefined).length
  return Array.isArray(debts) && debts.length === limits && debts.every(isCount) && isCount(blockedMs) && Array.isArray(fresh) && fresh.length === named
}
