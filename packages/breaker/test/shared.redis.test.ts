// Several real processes, a real Redis, real kills and a real cut in the wire.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:http'
import { connect, createServer as createProxy } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '@distrokit/breaker/shared'
import { verdictStoreChecks } from '@distrokit/breaker/testing'
import { describeWith } from '../../../tools/services/index.ts'

const prefix = `breaker-test-${process.pid}-${Date.now()}`
const listen = (server: Pick<Server, 'listen' | 'address'>): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
async function until(holds: () => boolean, what: string, withinMs = 8000): Promise<void> {
  const end = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await pause(10)
  }
}

describeWith('redis', 'the store in Redis', (url) => {
  let client: Redis
  let names = 0
  beforeAll(() => {
    client = new Redis(url)
  })
  afterAll(async () => {
    const keys = await client.keys(`{${prefix}*`)
    if (keys.length > 0) await client.del(...keys)
    await client.quit()
  })

  describe('keeps what every store must', () => {
    for (const { name, run } of verdictStoreChecks(() => redisStore({ client, prefix: `${prefix}-${++names}` }), pause)) it(name, run)
  })

  it('leaves no key without an end', async () => {
    await redisStore({ client, prefix }).exchange({ name: 'ends', node: 'a', verdict: 'open', waitMs: 10, wantsProbe: true, leaseMs: 1000, ttlMs: 1000 })
    for (const key of await client.keys(`{${prefix}:ends}*`)) expect(await client.pttl(key)).toBeGreaterThan(0)
  })

  it('refuses an answer that is none', async () => {
    const store = redisStore({ client: { eval: async () => ['what'] } })
    await expect(store.exchange({ name: 'b', node: 'a', verdict: 'closed', waitMs: 0, wantsProbe: false, leaseMs: 1, ttlMs: 1 })).rejects.toThrow(/expected five numbers/)
  })
})

describeWith('redis', 'a fleet of four processes on Redis', (url) => {
  interface Said { readonly node: string; readonly state: string; readonly leads: boolean; readonly reached: boolean; readonly nodes: number }
  const workers = new Map<string, ChildProcess>()
  const said = new Map<string, Said>()
  const died: unknown[] = []
  const target = { up: true, calls: [] as string[] }
  const wires = new Set<Socket>()
  let cut = false

  const server = createServer((request, response) => {
    target.calls.push(new URL(request.url ?? '', 'http://target').searchParams.get('node') ?? '')
    response.statusCode = target.up ? 200 : 500
    response.end()
  })
  const proxy = createProxy((wire) => {
    if (cut) return void wire.destroy()
    const { hostname, port } = new URL(url)
    const upstream = connect(Number(port || 6379), hostname)
    for (const [from, to] of [[wire, upstream], [upstream, wire]] as const) {
      wires.add(from)
      from.on('error', () => to.destroy()).on('close', () => (wires.delete(from), to.destroy())).pipe(to)
    }
  })
  const states = () => new Set([...workers.keys()].map((node) => said.get(node)?.state))
  const all = (state: string) => () => states().size === 1 && states().has(state)

  beforeAll(async () => {
    const [port, redisPort] = await Promise.all([listen(server), listen(proxy)])
    for (const node of ['a', 'b', 'c', 'd']) {
      const worker = fork(new URL('fleet/worker.ts', import.meta.url), [node, `http://127.0.0.1:${port}/`, String(redisPort), prefix], { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] })
      worker.on('message', (message) => said.set(node, message as Said))
      worker.on('exit', (code) => code !== null && died.push(code))
      workers.set(node, worker)
    }
    await until(() => [...workers.keys()].every((node) => said.get(node)?.nodes === 4), 'all four have found each other', 15_000)
  }, 30_000)

  afterAll(async () => {
    for (const worker of workers.values()) worker.kill('SIGKILL')
    server.closeAllConnections()
    server.close()
    proxy.close()
    for (const wire of wires) wire.destroy()
    expect(died).toEqual([])
  })

  it('opens as a whole, and one process at a time probes for all', async () => {
    target.up = false
    await until(all('open'), 'all are open')
    target.calls.length = 0
    await pause(1800)
    // 400 ms, then 800, then 1600 between the probes of a single breaker; four on their own would have sent four times as many.
    expect(target.calls.length).toBeGreaterThanOrEqual(1)
    expect(target.calls.length).toBeLessThanOrEqual(4)
  })

  it('loses the process that probes, and another takes its place', async () => {
    await until(() => [...workers.keys()].some((node) => said.get(node)?.leads === true), 'one leads')
    const leader = [...workers.keys()].find((node) => said.get(node)?.leads === true) as string
    workers.get(leader)?.kill('SIGKILL')
    workers.delete(leader)
    target.calls.length = 0
    await until(() => target.calls.some((node) => node !== leader), 'another has probed', 12_000)
  })

  it('closes as a whole when the target is back', async () => {
    target.up = true
    await until(all('closed'), 'all are closed', 12_000)
  })

  it('is cut off from Redis, and each goes on alone', async () => {
    cut = true
    for (const wire of wires) wire.destroy()
    await until(() => [...workers.keys()].every((node) => said.get(node)?.reached === false), 'all have noticed')
    target.up = false
    await until(all('open'), 'each has opened')
    target.calls.length = 0
    await pause(1000)
    expect(new Set(target.calls).size).toBe(workers.size)
    target.up = true
    await until(all('closed'), 'each has closed', 12_000)
  })

  it('finds together when Redis is back', async () => {
    cut = false
    await until(() => [...workers.keys()].every((node) => said.get(node)?.nodes === workers.size), 'all have found each other')
    target.up = false
    await until(all('open'), 'all are open')
    target.up = true
    await until(all('closed'), 'all are closed', 12_000)
  })
})
