import type { Replay } from '../core/replay.ts'
import type { Call } from '../ground/store.ts'
import type { Decision } from '../ground/types.ts'

/** For somebody who may leave before the answer: how the bucket stood, so that what came too late can be given back. */
export interface Grant {
  readonly isGone: () => boolean
  /** The debts before the take; empty until the store has granted it. */
  before: readonly number[]
  /** When the question was sent. */
  sentMs: number
}

interface Take {
  readonly verb: 'take'
  readonly cost: number
  readonly grant?: Grant | undefined
  readonly answer: (decision: Decision) => void
}

interface Peek {
  readonly verb: 'peek'
  readonly cost: number
  readonly ahead: number
  readonly answer: (decision: Decision) => void
}

interface Charge {
  readonly verb: 'charge'
  readonly cost: number
  readonly id: string | undefined
  readonly answer: (decision: Decision) => void
}

interface Give {
  readonly verb: 'give'
  readonly cost: number
  readonly id: string | undefined
  /** Tokens that the store granted and nobody used: they are the store's, and no other bucket's. */
  readonly unused?: true
  readonly answer: (told: boolean) => void
}

interface Command {
  readonly verb: 'block' | 'reset'
  readonly cost: number
  readonly answer: (told: boolean) => void
}

/** Requests that are answered with a decision. */
export type Asking = Take | Peek | Charge

/** One caller's question, until it is answered. */
export type Request = Asking | Give | Command

/** Requests that tell the store something, rather than ask it. */
export const isTelling = (request: Request): request is Give | Command => request.verb === 'give' || request.verb === 'block' || request.verb === 'reset'

/** The calls that a batch of requests makes to the store: takes of one cost in a row are one call, a peek is none. */
export function compose(requests: readonly Request[]): Call[] {
  const calls: Call[] = []
  for (const request of requests) {
    const { verb, cost } = request
    const last = calls.at(-1)
    if (verb === 'peek') continue
    if (verb === 'take' && last?.verb === 'take' && last.cost === cost) calls[calls.length - 1] = { verb, cost, count: last.count + 1 }
    else calls.push({ verb, cost, count: 1, id: 'id' in request ? request.id : undefined })
  }
  return calls
}

/** Answers a batch from the store's reply, in order. True if one was refused. */
export function settle(requests: readonly Request[], replay: Replay, shadow: boolean, sentMs: number): boolean {
  let refused = false
  for (const request of requests) {
    if (request.verb === 'take' || request.verb === 'peek') {
      if (request.verb === 'take' && request.grant !== undefined) Object.assign(request.grant, { before: [...replay.debts], sentMs })
      const decision = request.verb === 'take' ? replay.take(request.cost) : replay.peek(request.cost, request.ahead)
      refused ||= !decision.allowed
      request.answer(decision.allowed || !shadow || request.verb === 'peek' ? decision : { ...decision, allowed: true, reason: 'shadow' })
    } else if (request.verb === 'charge') {
      request.answer(replay.charge(request.cost, request.id))
    } else {
      if (request.verb === 'give') replay.give(request.cost, request.id)
      else if (request.verb === 'reset') replay.reset()
      else replay.blockedMs = request.cost
      request.answer(true)
    }
  }
  return refused
}
