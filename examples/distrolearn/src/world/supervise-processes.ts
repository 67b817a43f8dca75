// Promise: three real processes, started, watched, killed for real and started again on the same files and the same port.

import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { machineTime } from '../ground/clock.ts'
import type { Inspection } from '../region/inspection.ts'
import type { FromRegion, ToRegion } from '../region/messages.ts'
import { regionNames, type RegionName } from '../ground/regions.ts'
import { createStanding, type Standing } from './standing.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'

const entry = fileURLToPath(new URL('../region/process.ts', import.meta.url))
const readyTimeoutMs = 20_000
const inspectTimeoutMs = 10_000
const closeTimeoutMs = 5_000
const restartMs = 250
/** A region that dies so often in a row is not restarted again. */
const maxCrashes = 5

export interface ProcessSupervisorOptions extends SupervisorOptions {
  readonly directory: string
  readonly seed: string
}

interface Member {
  readonly name: RegionName
  life: number
  port: number
  skewMs: number
  up: boolean
  crashes: number
  child: ChildProcess | undefined
  readonly standing: Standing
}

export async function startProcesses({ directory, seed, shared, onEvents, signal }: ProcessSupervisorOptions): Promise<Supervisor> {
  const members = new Map<RegionName, Member>(
    regionNames.map((name) => [name, { name, life: 0, port: 0, skewMs: 0, up: false, crashes: 0, child: undefined, standing: createStanding() }]),
  )
  const member = (name: RegionName): Member => {
    const found = members.get(name)
    if (found === undefined) throw new TypeError(`no region ${name}`)
    return found
  }
  const asks = new Map<number, (inspection: Inspection) => void>()
  let lastAsk = 0
  let closing = false
  let kills = 0

  const tell = (one: Member, state: 'starting' | 'up' | 'killed' | 'down'): void => onEvents([{ type: 'region', state, life: one.life, region: one.name, atMs: machineTime() }])
  const send = (one: Member, message: ToRegion): void => {
    if (one.child?.connected === true) one.child.send(message, () => undefined)
  }
  /** Of those that have told their port. */
  const addresses = (): Partial<Record<RegionName, string>> =>
    Object.fromEntries([...members.values()].filter(({ port }) => port > 0).map(({ name, port }) => [name, `http://127.0.0.1:${port}`]))

  const start = (one: Member): Promise<void> =>
    new Promise((resolve, reject) => {
      one.life += 1
      const home = `${directory}/${one.name}`
      mkdirSync(home, { recursive: true })
      tell(one, 'starting')
      const child = fork(entry, [], { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      one.child = child
      const late = setTimeout(() => reject(new Error(`region ${one.name} was not up after ${readyTimeoutMs} ms; see ${home}/region.log`)), readyTimeoutMs)
      child.on('message', (message: FromRegion) => {
        if (message.type === 'events') onEvents(message.events)
        else if (message.type === 'inspected') {
          asks.get(message.ask)?.(message.inspection)
          asks.delete(message.ask)
        } else if (message.type === 'broken') process.stderr.write(`region ${one.name} broke: ${message.message}\n`)
        else {
          clearTimeout(late)
          one.port = message.port
          one.up = true
          for (const command of one.standing.commands) send(one, { type: 'command', command })
          // A restarted region kept its port, so only it has anything to learn; at the first start all learn of each other once all are up.
          send(one, { type: 'command', command: { type: 'addresses', addresses: addresses() } })
          tell(one, 'up')
          resolve()
        }
      })
      child.once('exit', () => {
        clearTimeout(late)
        if (one.child !== child) return
        one.up = false
        one.child = undefined
        if (closing) return
        tell(one, 'down')
        one.crashes += 1
        if (one.crashes > maxCrashes) return reject(new Error(`region ${one.name} died ${one.crashes} times; see ${home}/region.log`))
        setTimeout(() => void start(one).then(resolve, reject), restartMs)
      })
      send(one, { type: 'start', config: { ...shared, name: one.name, life: one.life }, place: { directory: home, seed, port: one.port, skewMs: one.skewMs } })
    })

  const giveUp = Promise.withResolvers<never>()
  const stop = (): void => giveUp.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([Promise.all([...members.values()].map(start)), giveUp.promise])
  } catch (error) {
    closing = true
    for (const { child } of members.values()) child?.kill('SIGKILL')
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  for (const one of members.values()) send(one, { type: 'command', command: { type: 'addresses', addresses: addresses() } })

  return {
    addresses: addresses() as Record<RegionName, string>,
    async kill(name) {
      const one = member(name)
      if (one.child === undefined) return
      kills += 1
      one.crashes = 0
      const gone = new Promise((resolve) => one.child?.once('exit', resolve))
      one.child.kill('SIGKILL')
      tell(one, 'killed')
      await gone
      while (!one.up && !closing) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    command(name, command) {
      const one = member(name)
      one.standing.push(command)
      send(one, { type: 'command', command })
    },
    skew(name, offsetMs) {
      const one = member(name)
      one.skewMs = offsetMs
      send(one, { type: 'skew', offsetMs })
    },
    inspect: (name, courses) =>
      new Promise((resolve, reject) => {
        const ask = (lastAsk += 1)
        const late = setTimeout(() => {
          asks.delete(ask)
          reject(new Error(`region ${name} did not answer within ${inspectTimeoutMs} ms`))
        }, inspectTimeoutMs)
        asks.set(ask, (inspection) => {
          clearTimeout(late)
          resolve(inspection)
        })
        send(member(name), { type: 'inspect', ask, courses })
      }),
    isUp: (name) => member(name).up,
    get kills() {
      return kills
    },
    async close() {
      closing = true
      await Promise.all(
        [...members.values()].map(
          ({ child }) =>
            new Promise<void>((resolve) => {
              if (child === undefined || child.exitCode !== null) return resolve()
              const late = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs)
              child.once('exit', () => {
                clearTimeout(late)
                resolve()
              })
              if (child.connected) child.send({ type: 'close' } satisfies ToRegion, () => undefined)
            }),
        ),
      )
    },
  }
}
