import type { Bandwidth } from '../core/bandwidth.ts'
import { Replay } from '../core/replay.ts'
import type { Backend, Call, Reply } from '../ground/store.ts'
import type { Clock } from '../ground/types.ts'
import { compose, type Request } from './request.ts'

/** The requests about one key. Invariant: at most one batch is with the store, so that answers keep the order of the questions. */
interface Lane {
  readonly key: string
  pending: Request[]
  flying: readonly Request[]
  /** When the batch that is out is given up. */
  deadlineMs: number
}

export interface LanesOptions {
  readonly backend: Backend
  readonly clock: Required<Clock>
  readonly timeoutMs: number
  readonly maxAsking: number
  bandwidths(): readonly Bandwidth[]
  /** Calls to add to a batch: the next lease. */
  extra(key: string, requests: readonly Request[], nowMs: number): Call | undefined
  answered(key: string, requests: readonly Request[], replay: Replay, extra: Call | undefined, sentMs: number, receivedMs: number): void
  failed(key: string, requests: readonly Request[], error: unknown): void
}

/** Coalescing: what is asked about a key in one tick, or while its last question is out, goes to the store as one batch. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that were opened in this tick. */
  #fresh: Lane[] = []
  #asking = 0
  #watch: { cancel(): void } | undefined

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
    const fresh: Lane = { key, pending: [request], flying: [], deadlineMs: Infinity }
    this.#lanes.set(key, fresh)
    if (this.#fresh.push(fresh) === 1) queueMicrotask(this.#flush)
  }

  readonly #flush = (): void => {
    const lanes = this.#fresh
    this.#fresh = []
    const nowMs = this.#options.clock.monotonic()
    for (const lane of lanes) this.#send(lane, nowMs)
  }

  #send(lane: Lane, sentMs: number): void {
    const { key } = lane
    if (lane.pending.length === 0) return void this.#lanes.delete(key)
    const { backend, timeoutMs, bandwidths, extra } = this.#options
    const requests = lane.pending
    lane.pending = []
    lane.flying = requests
    const measures = bandwidths()
    lane.deadlineMs = sentMs + timeoutMs
    if (this.#watch === undefined) this.#arm(timeoutMs)
    const more = extra(key, requests, sentMs)
    const calls = compose(requests)
    if (more !== undefined) calls.push(more)
    try {
      backend.run(key, measures, calls).then(
        (reply) => this.#arrive(lane, requests, measures, calls, reply, more, sentMs),
        (error: unknown) => this.#fail(lane, requests, error),
      )
    } catch (error) {
      this.#fail(lane, requests, error)
    }
  }

  #arrive(lane: Lane, requests: readonly Request[], measures: readonly Bandwidth[], calls: readonly Call[], reply: Reply, more: Call | undefined, sentMs: number): void {
    if (lane.flying !== requests) return
    if (!isReply(reply, measures.length, calls)) return this.#fail(lane, requests, new Error('The store answered with something that is no reply.'))
    lane.flying = []
    lane.deadlineMs = Infinity
    this.#asking -= requests.length
    if (this.#asking === 0) this.#rest()
    const nowMs = this.#options.clock.monotonic()
    this.#options.answered(lane.key, requests, new Replay(measures, reply), more, sentMs, nowMs)
    this.#send(lane, nowMs)
  }

  /** One timer for all that is out: it goes off at the earliest deadline there was when it was set, and is set again for the next. */
  #arm(ms: number): void {
    this.#watch = this.#options.clock.after(ms, () => {
      this.#watch = undefined
      const nowMs = this.#options.clock.monotonic()
      let next = Infinity
      for (const lane of this.#lanes.values()) {
        if (lane.deadlineMs <= nowMs) this.#fail(lane, lane.flying, new Error(`The store gave no answer within ${this.#options.timeoutMs} ms.`))
        else next = Math.min(next, lane.deadlineMs)
      }
      if (next < Infinity && this.#watch === undefined) this.#arm(next - nowMs)
    })
  }

  #rest(): void {
    this.#watch?.cancel()
    this.#watch = undefined
  }

  /** A batch that failed takes those behind it along: they have waited as long, and the store is not asked again at once. */
  #fail(lane: Lane, requests: readonly Request[], error: unknown): void {
    if (lane.flying !== requests) return
    const all = [...requests, ...lane.pending]
    lane.flying = []
    lane.pending = []
    lane.deadlineMs = Infinity
    this.#lanes.delete(lane.key)
    this.#asking -= all.length
    if (this.#asking === 0) this.#rest()
    this.#options.failed(lane.key, all, error)
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** A reply is checked whole before anything is believed. */
function isReply(reply: unknown, limits: number, calls: readonly Call[]): reply is Reply {
  if (typeof reply !== 'object' || reply === null) return false
  const { debts, blockedMs, fresh } = reply as Partial<Reply>
  let named = 0
  for (const { id } of calls) if (id !== undefined) named += 1
  return Array.isArray(debts) && debts.length === limits && debts.every(isCount) && isCount(blockedMs) && Array.isArray(fresh) && fresh.length === named
}
