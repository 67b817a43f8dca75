/** Hands the outbox's messages on: at least once, in order for each saga, by one engine at a time. */
import { asError } from './core/failure.ts'
import type { Emitter } from './events.ts'
import type { Emitted, Store } from './ground/store.ts'
import type { Clock, Codec, Maybe, Timer } from './ground/types.ts'

export interface Message {
  readonly topic: string
  readonly value: unknown
  /** The same at every delivery. */
  readonly key: string
  readonly saga: string
}

export type Relay = (message: Message) => Maybe<unknown>

export interface RelayEnv {
  readonly store: Store
  readonly clock: Clock
  readonly owner: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly codec: Codec
  readonly events: Emitter
  readonly relay: Relay
}

const BATCH = 100

export function createRelay({ store, clock, owner, leaseMs, pollMs, codec, events, relay }: RelayEnv): { hint(): void; stop(): Promise<void> } {
  let timer: Timer | undefined
  let turning: Promise<void> | undefined
  let hinted = false
  let stopped = false

  /** One saga's messages, in order. The first that cannot be handed on keeps the others back until its lease ends. */
  async function handOn(messages: readonly Emitted[]): Promise<void> {
    for (const { number, saga, key, topic, value } of messages) {
      await relay({ topic, key, saga, value: codec.decode(value) })
      await store.sent?.([number])
    }
  }

  async function turn(): Promise<void> {
    try {
      for (;;) {
        hinted = false
        const batch = (await store.outbox?.({ owner, leaseMs, limit: BATCH })) ?? []
        const settled = await Promise.allSettled(Array.from(Map.groupBy(batch, (each) => each.saga).values(), handOn))
        for (const each of settled) if (each.status === 'rejected') events.emit({ type: 'relay-failed', error: asError(each.reason) })
        if (stopped || (batch.length < BATCH && !hinted)) return
      }
    } catch (error) {
      events.emit({ type: 'store-failed', error: asError(error) })
    }
  }

  function go(): void {
    timer?.cancel()
    turning ??= turn().finally(() => {
      turning = undefined
      if (!stopped) timer = clock.after(pollMs, go)
    })
  }

  timer = clock.after(0, go)
  return {
    hint() {
      hinted = true
      if (!stopped) go()
    },
    async stop() {
      stopped = true
      timer?.cancel()
      await turning
    },
  }
}
