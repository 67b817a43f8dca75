// Promise: this process is one region and nothing else; whatever it did not put on disk dies with it.

import { serve } from '@hono/node-server'
import { createRandom } from '@distrokit/chaos'
import { every, machineClock, machineTime } from '../ground/clock.ts'
import { storesIn } from '../stores/files.ts'
import { logFile } from '../telemetry/log.ts'
import { createOutbox } from '../telemetry/outbox.ts'
import type { FromRegion, ToRegion } from './messages.ts'
import { createRegion, statusMs, type Region } from './region.ts'

const say = (message: FromRegion): void => {
  // The supervisor may be gone already; then nobody is left to tell.
  if (process.connected) process.send?.(message, () => undefined)
}

let region: Region | undefined
let skewMs = 0
let closeServer = (): void => undefined

async function start({ config, place }: Extract<ToRegion, { type: 'start' }>): Promise<void> {
  skewMs = place.skewMs
  const outbox = createOutbox({ region: config.name, clock: machineClock, trueTime: machineTime, deliver: (events) => say({ type: 'events', events }) })
  const created = (region = await createRegion(config, {
    clock: { ...machineClock, now: () => machineClock.now() + skewMs },
    random: createRandom(`${place.seed}/${config.name}/${config.life}`),
    fetch: (input, init) => fetch(input, init),
    emit: outbox.emit,
    trueTime: machineTime,
    stores: storesIn(place.directory),
    log: logFile(`${place.directory}/region.log`),
  }))
  const server = serve({ fetch: created.fetch, hostname: '127.0.0.1', port: place.port }, ({ port }) => say({ type: 'ready', port }))
  const beat = every(machineClock, statusMs, () => outbox.emit({ type: 'status', status: created.status() }))
  closeServer = () => {
    beat.cancel()
    outbox.flush()
    server.close()
  }
}

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
