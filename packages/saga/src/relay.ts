/** Hands the outbox's messages on: at least once, in order for each saga, by one engine at a time. */
import { asError } from './core/failure.ts'
import type { Emitted } from './ground/store.ts'
import type { Maybe } from './ground/types.ts'
import type { House } from './house.ts'
import { createLoop, type Loop } from './loop.ts'

export interface Message {
  readonly topic: string
  readonly value: unknown
  /** The same at every delivery. */
  readonly key: string
  readonly saga: string
}

export type Relay = (message: Message) => Maybe<unknown>

const BATCH = 100

export function createRelay({ store, clock, owner, leaseMs, pollMs, codec, events }: House, relay: Relay): Loop {
  /** One saga's messages, in order. The first that cannot be handed on keeps the others back until its lease ends. */
  async function handOn(messages: readonly Emitted[]): Promise<void> {
    for (const { number, saga, key, topic, value } of messages) {
      await relay({ topic, key, saga, value: codec.decode(value) })
      await store.sent?.([number])
    }
  }

  const loop = createLoop(clock, async () => {
    try {
      const batch = (await store.outbox?.({ owner, leaseMs, limit: BATCH })) ?? []
      const settled = await Promise.allSettled(Array.from(Map.groupBy(batch, (each) => each.saga).values(), handOn))
      for (const each of settled) if (each.status === 'rejected') events.emit({ type: 'relay-failed', error: asError(each.reason) })
      if (batch.length === BATCH) loop.hint()
    } catch (error) {
      events.storeFailed(error)
    }
    return pollMs
  })
  loop.hint()
  return loop
}
