// Promise: the demo's ground on a real machine: a process a region, real sockets on loopback, the machine's own time.

import { serve } from '@hono/node-server'
import { createHmac, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { machineClock, machineTime } from '../ground/clock.ts'
import type { Platform } from './platform.ts'
import { providerNames, type ProviderName } from './providers.ts'
import { startProcesses } from './supervise-processes.ts'

export interface ProcessesOptions {
  /** Where the regions' folders go. */
  readonly directory: string
  readonly seed: string
}

export function processes({ directory, seed }: ProcessesOptions): Platform {
  const key = randomBytes(32)
  const servers: Server[] = []
  return {
    mode: 'processes',
    outside: { clock: machineClock, fetch: (input, init) => fetch(input, init) },
    trueTime: machineTime,
    secret: (name) => createHmac('sha256', key).update(name).digest('hex'),
    async serve(providers) {
      const addresses: Partial<Record<ProviderName, string>> = {}
      for (const name of providerNames) {
        const server = await new Promise<Server>((resolve) => {
          const started = serve({ fetch: (request) => providers.answer(name, request), hostname: '127.0.0.1', port: 0 }, () => resolve(started as Server))
        })
        servers.push(server)
        addresses[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      }
      return addresses as Record<ProviderName, string>
    },
    startRegions: (options) => startProcesses({ ...options, directory, seed }),
    async close() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}
