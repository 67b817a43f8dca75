// Promise: each line of a region's log says where, in which trace and at which stamp, and never holds a secret.

import { encode, type HybridClock } from '@distrokit/hlc'
import pino, { type Logger } from 'pino'
import type { Tracing } from './tracing.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly region: string
  readonly life: number
  readonly file: string
  readonly hybridClock: HybridClock
  readonly tracing: Pick<Tracing, 'traceId'>
}

const secrets = ['token', 'authorization', 'secret', 'card', 'peerSecret', 'tokenSecret']

/** A logger, and how to end it with everything written. */
export function createLog({ region, life, file, hybridClock, tracing }: LogOptions): { readonly log: Logger; close(): Promise<void> } {
  const destination = pino.destination({ dest: file, sync: false, mkdir: true })
  const log = pino(
    {
      level: 'info',
      base: { region, life },
      redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: '(secret)' },
      mixin: () => ({ stamp: encode(hybridClock.peek()), trace: tracing.traceId() }),
    },
    destination,
  )
  return {
    log,
    close: () =>
      new Promise((resolve) => {
        destination.once('close', resolve)
        destination.end()
      }),
  }
}
