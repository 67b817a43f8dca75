// Promise: each line of a region's log says where, in which trace and at which stamp, and never holds a secret.

import { encode, type HybridClock } from '@distrokit/hlc'
import pino, { type Logger } from 'pino'
import type { Clock } from '../ground/clock.ts'
import type { Tracing } from './tracing.ts'

export type { Logger } from 'pino'

/** Where the lines go. */
export interface LogSink {
  write(line: string): void
  /** Resolves when everything is written. */
  close(): Promise<void>
}

export interface LogOptions {
  readonly region: string
  readonly life: number
  readonly sink: LogSink
  readonly hybridClock: HybridClock
  readonly clock: Pick<Clock, 'now'>
  readonly tracing: Pick<Tracing, 'traceId'>
}

const secrets = ['token', 'authorization', 'secret', 'card', 'peerSecret', 'tokenSecret']

/** A log in a file, written behind: a line never waits for the disk. */
export function logFile(path: string): LogSink {
  const destination = pino.destination({ dest: path, sync: false, mkdir: true })
  return {
    write: (line) => void destination.write(line),
    close: () =>
      new Promise((resolve) => {
        destination.once('close', resolve)
        destination.end()
      }),
  }
}

export function createLog({ region, life, sink, hybridClock, clock, tracing }: LogOptions): Logger {
  return pino(
    {
      level: 'info',
      base: { region, life },
      timestamp: () => `,"time":${clock.now()}`,
      redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: '(secret)' },
      mixin: () => ({ stamp: encode(hybridClock.peek()), trace: tracing.traceId() }),
    },
    sink,
  )
}
