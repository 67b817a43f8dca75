import type { Decision, Key, Policy } from '../ground/types.ts'

/** The part of a limiter that a middleware uses: any limiter, with a store or without. */
export interface Taker {
  readonly policies: readonly Policy[]
  take(key: Key, cost?: number): Decision | Promise<Decision>
}

/** What every middleware asks for. */
export interface Gate<Request> {
  readonly limiter: Taker
  /** Who is asking. There is no default: a wrong guess would put strangers into one bucket, or one client into many. */
  readonly key: (request: Request) => Key | Promise<Key>
  /** What the request costs in tokens. Default: 1. */
  readonly cost?: ((request: Request) => number | Promise<number>) | undefined
  /** Sends the older `X-RateLimit-*` headers too. Default false. */
  readonly legacy?: boolean | undefined
}
