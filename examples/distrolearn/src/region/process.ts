// Promise: this process is one region and nothing else; whatever it did not put on disk dies with it.

import { serve } from '@hono/node-server'
import { createRandom } from '@distrokit/chaos'
import type { DemoEvent, EventBody } from '../telemetry/events.ts'
import type { FromRegion, ToRegion } from './messages.ts'
import { createRegion, type Region } from './region.ts'

const statusMs = 250
const flushMs = 40
/** Events of the busiest kinds that leave in one flush; the counters tell of the rest. */
const busyKinds = { request: 8, call: 8, span: 60, 'saga-step': 80 } as const
/** Events kept for one flush. Beyond it the oldest of them go: a supervisor that does not read must not fill our memory. */
const maxEvents = 5_000

const say = (message: FromRegion): void => {
  // The supervisor may be gone already; then nobody is left to tell.
  if (process.connected) process.send?.(message, () => undefined)
}

let region: Region | undefined
let skewMs = 0
let pending: DemoEvent[] = []
let spent: Partial<Record<EventBody['type'], number>> = {}
const trueTime = (): number => performance.timeOrigin + performance.now()

async function start(message: Extract<ToRegion, { type: 'start' }>): Promise<void> {
  const { config } = message
  skewMs = config.skewMs
  const emit = (body: EventBody): void => {
    const limit = (busyKinds as Partial<Record<EventBody['type'], number>>)[body.type]
    if (limit !== undefined) {
      const used = (spent[body.type] = (spent[body.type] ?? 0) + 1)
      if (used > limit) return
    }
    pending.push({ ...body, region: config.name, atMs: trueTime() })
    if (pending.length > maxEvents) pending = pending.slice(-maxEvents)
  }
  const flush = (): void => {
    if (pending.length > 0) say({ type: 'events', events: pending })
    pending = []
    spent = {}
  }
  const created = (region = await createRegion(config, {
    clock: {
      now: () => Date.now() + skewMs,
      monotonic: () => performance.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return { cancel: () => clearTimeout(timer) }
      },
    },
    random: createRandom(`${config.seed}/${config.name}/${config.life}`),
    fetch: (input, init) => fetch(input, init),
    emit,
    trueTime,
  }))
  const server = serve({ fetch: created.fetch, hostname: '127.0.0.1', port: config.port }, ({ port }) => say({ type: 'ready', port }))
  setInterval(() => {
    emit({ type: 'status', status: created.status() })
  }, statusMs).unref()
  setInterval(flush, flushMs).unref()
  closeServer = () => {
    flush()
    server.close()
  }
}

let closeServer = (): void => undefined

process.on('message', (message: ToRegion) => {
  switch (message.type) {
    case 'start':
      void start(message)
      return
    case 'command':
      return region?.command(message.command)
    case 'skew':
      skewMs = message.offsetMs
      return
    case 'inspect':
      void region?.inspect(message.courses).then((inspection) => say({ type: 'inspected', ask: message.ask, inspection }))
      return
    case 'close':
      void region?.close().finally(() => {
        closeServer()
        process.exit(0)
      })
      return
  }
})
/** The supervisor is gone: a region without it would be an orphan that nobody can stop. */
process.on('disconnect', () => process.exit(0))
/** Ctrl-C reaches the whole group; the supervisor closes us in good order. */
process.on('SIGINT', () => undefined)
process.on('uncaughtException', (error) => {
  say({ type: 'broken', message: error.stack ?? error.message })
  setTimeout(() => process.exit(1), 20)
})
process.on('unhandledRejection', (error) => {
  throw error
})
