import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBalancer, NoHostError } from '@distrokit/breaker/balance'
import type { BalancerEvent, BalancerOptions } from '@distrokit/breaker/balance'
import { manualClock } from '@distrokit/breaker/testing'
import { outlierThreshold } from '../src/core/outliers.ts'
import { peakEwma } from '../src/core/peak-ewma.ts'
import { createRandom } from './random.ts'
import { pending } from './world.ts'

afterEach(() => vi.restoreAllMocks())

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `host-${index}`)

function setUp(options: Partial<BalancerOptions<string>> = {}) {
  const clock = manualClock()
  const balancer = createBalancer({ hosts: names(10), clock, random: createRandom(1), ...options })
  const events: BalancerEvent[] = []
  balancer.onEvent((event) => events.push(event))
  return { clock, balancer, events }
}

/** Offers `perSecond` calls for `seconds` and tells how long each took, or that it failed. `takes` is the latency, or an error. */
async function offer({ clock, balancer }: ReturnType<typeof setUp>, perSecond: number, seconds: number, takes: (host: string) => number | Error) {
  const calls: { readonly at: number; readonly host: string; readonly ms: number; readonly failed: boolean }[] = []
  const running: Promise<unknown>[] = []
  for (let i = 0; i < perSecond * seconds; i++) {
    const at = clock.monotonic()
    let on = 'none'
    const work = balancer.run(async (host) => {
      on = host
      const ms = takes(host)
      await new Promise<void>((resolve) => clock.after(typeof ms === 'number' ? ms : 1, resolve))
      if (typeof ms !== 'number') throw ms
    })
    running.push(work.then(() => false, () => true).then((failed) => calls.push({ at, host: on, ms: clock.monotonic() - at, failed })))
    await clock.advance(1000 / perSecond)
  }
  await clock.advance(60_000)
  await Promise.all(running)
  return calls
}
const p99 = (calls: readonly { readonly ms: number }[]): number => calls.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(calls.length * 0.99)] as number
/** Between 5 and 15 ms, and now and then up to 40. */
const healthy = (random: () => number) => (): number => (random() < 0.02 ? 15 + 25 * random() : 5 + 10 * random())

describe('balancing', () => {
  // [calls a second, seconds, seed]; the figures are shown by `--reporter=verbose`.
  const loads: readonly (readonly [number, number, number])[] = [[30, 60, 1], [300, 20, 1], [300, 20, 2], [1000, 8, 3]]

  it.for(loads)('with one of ten hosts ten times slower keeps the 99th percentile within 1.2 times that of nine healthy hosts (%i/s for %i s, seed %i)', async ([perSecond, seconds, seed], { annotate }) => {
    const latency = healthy(createRandom(seed + 6))
    const nine = p99(await offer(setUp({ hosts: names(9), random: createRandom(seed) }), perSecond, seconds, latency))
    const ten = p99(await offer(setUp({ random: createRandom(seed) }), perSecond, seconds, (host) => latency() * (host === 'host-3' ? 10 : 1)))
    await annotate(`p99 ${ten.toFixed(1)} ms, of nine healthy ones ${nine.toFixed(1)} ms: ${(ten / nine).toFixed(3)} times`)
    expect(ten / nine).toBeLessThanOrEqual(1.2)
  })

  it.for(loads)('with one of ten hosts dead fails under half a percent of the calls after two seconds (%i/s for %i s, seed %i)', async ([perSecond, seconds, seed], { annotate }) => {
    const latency = healthy(createRandom(seed + 6))
    const calls = await offer(setUp({ random: createRandom(seed) }), perSecond, seconds, (host) => (host === 'host-3' ? new Error('refused') : latency()))
    const late = calls.filter(({ at }) => at >= 2000)
    const share = late.filter(({ failed }) => failed).length / late.length
    await annotate(`${(100 * share).toFixed(3)} % of ${late.length} calls failed`)
    expect(share).toBeLessThan(0.005)
    expect(calls.some(({ failed }) => failed)).toBe(true)
  })

  it('spreads calls evenly over hosts that are alike', async () => {
    const latency = healthy(createRandom(7))
    const calls = await offer(setUp(), 300, 10, latency)
    for (const name of names(10)) {
      const share = calls.filter(({ host }) => host === name).length / calls.length
      expect(share).toBeGreaterThan(0.05)
      expect(share).toBeLessThan(0.2)
    }
  })

  it('prefers the host with fewer calls running', async () => {
    const { balancer } = setUp({ hosts: ['busy', 'idle'] })
    const first = pending()
    const hosts: string[] = []
    void balancer.run((host) => (hosts.push(host), first.call()))
    for (let i = 0; i < 5; i++) await balancer.run((host) => void hosts.push(host))
    const others = new Set(hosts.slice(1))
    expect(others.size).toBe(1)
    expect(others.has(hosts[0] as string)).toBe(false)
  })
})

describe('ejection', () => {
  it('leaves a host out after five failures in a row, and takes it back through one probe', async () => {
    const { clock, balancer, events } = setUp({ hosts: ['ill', 'well'], ejectMs: 1000, maxEjectMs: 5000, slowStartMs: 0 })
    let ill = true
    const call = () => balancer.run((host) => (host === 'ill' && ill ? Promise.reject(new Error('down')) : host)).catch(() => 'failed')
    for (let i = 0; i < 40; i++) await call()
    expect(balancer.hosts.find(({ id }) => id === 'ill')).toMatchObject({ state: 'open' })
    expect(events).toMatchObject([{ type: 'hosts' }, { type: 'ejected', host: 'ill', reason: '5 failures in a row' }].slice(1))
    for (let i = 0; i < 40; i++) expect(await call()).toBe('well')
    ill = false
    await clock.advance(1300)
    expect(await call()).toBe('ill')
    expect(events.at(-1)).toEqual({ type: 'restored', host: 'ill' })
  })

  it('gives a host that is back its full part only after a while', async () => {
    const { clock, balancer } = setUp({ hosts: ['ill', 'well'], ejectMs: 1000, slowStartMs: 10_000 })
    let ill = true
    const call = () => balancer.run((host) => (host === 'ill' && ill ? Promise.reject(new Error('down')) : host)).catch(() => 'failed')
    for (let i = 0; i < 40; i++) await call()
    ill = false
    await clock.advance(1300)
    expect(await call()).toBe('ill')
    const share = async (): Promise<number> => {
      let on = 0
      for (let i = 0; i < 200; i++) if ((await call()) === 'ill') on++
      return on / 200
    }
    expect(await share()).toBeLessThan(0.2)
    await clock.advance(10_000)
    expect(await share()).toBeGreaterThan(0.3)
  })

  it('stays out longer each time, up to a bound', async () => {
    const { clock, balancer, events } = setUp({ hosts: ['ill', 'well'], ejectMs: 1000, maxEjectMs: 2500 })
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 20; i++) await balancer.run((host) => (host === 'ill' ? Promise.reject(new Error('down')) : host)).catch(() => {})
      await clock.advance(500)
    }
    const waits = events.flatMap((event) => (event.type === 'ejected' ? [event.forMs] : []))
    for (const [index, least] of [1000, 2000, 2500, 2500].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least)
      expect(waits[index]).toBeLessThanOrEqual(least * 1.2)
    }
  })

  it('never ejects more than its share of the hosts, and at least may eject one', async () => {
    for (const [hosts, most] of [[20, 2], [10, 1], [3, 1], [1, 1]] as const) {
      const { balancer } = setUp({ hosts: names(hosts) })
      for (let i = 0; i < hosts * 30; i++) await balancer.run(() => Promise.reject(new Error('down'))).catch(() => {})
      expect(balancer.hosts.filter(({ state }) => state === 'open')).toHaveLength(most)
    }
  })

  it('ignores ejections when too few hosts are left, rather than turning everything away', async () => {
    const { balancer } = setUp({ hosts: names(4), maxEjected: 1, failures: 1 })
    for (let i = 0; i < 20; i++) await balancer.run(() => Promise.reject(new Error('down'))).catch(() => {})
    expect(balancer.hosts.filter(({ state }) => state === 'open').length).toBeGreaterThanOrEqual(3)
    const used = new Set<string>()
    for (let i = 0; i < 50; i++) await balancer.run((host) => used.add(host))
    expect(used.size).toBe(4)
  })

  it('finds the host whose success rate is far below that of its peers', async () => {
    const setup = setUp({ failures: 1000, minCalls: 5, intervalMs: 5000 })
    const random = createRandom(3)
    await offer(setup, 300, 12, (host) => (random() < (host === 'host-3' ? 0.4 : 0.01) ? new Error('sometimes') : 10))
    expect(setup.events).toContainEqual(expect.objectContaining({ type: 'ejected', host: 'host-3', reason: 'its success rate was far below that of its peers' }))
  })
})

describe('hosts that come and go', () => {
  it('keep what is known of them, and new ones take their full part only after a while', async () => {
    const setup = setUp({ hosts: names(3), slowStartMs: 10_000 })
    const { balancer, events } = setup
    await offer(setup, 100, 1, () => 10)
    balancer.update([...names(3).slice(1), 'new'])
    expect(events.at(-1)).toEqual({ type: 'hosts', added: ['new'], removed: ['host-0'] })
    const soon = await offer({ ...setup }, 200, 2, () => 10)
    expect(soon.some(({ host }) => host === 'host-0')).toBe(false)
    const share = soon.filter(({ host }) => host === 'new').length / soon.length
    expect(share).toBeLessThan(0.2)
    const late = await offer(setup, 200, 2, () => 10)
    expect(late.filter(({ host }) => host === 'new').length / late.length).toBeGreaterThan(0.25)
  })

  it('come from a discovery, whose mistakes change nothing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    let tell: (hosts: readonly string[]) => void = () => {}
    let watching = true
    const { balancer } = setUp({ hosts: { watch: (listener) => ((tell = listener), { [Symbol.dispose]: () => void (watching = false) }) } })
    await expect(balancer.run((host) => host)).rejects.toBeInstanceOf(NoHostError)
    await expect(balancer.run((host) => host)).rejects.toMatchObject({ code: 'no-host' })
    tell(['a'])
    expect(await balancer.run((host) => host)).toBe('a')
    tell(['b', 'b'])
    expect(await balancer.run((host) => host)).toBe('a')
    expect(log).toHaveBeenCalledOnce()
    balancer[Symbol.dispose]()
    expect(watching).toBe(false)
  })

  it('must be at least one, and no two the same', () => {
    expect(() => createBalancer({ hosts: [] })).toThrow(/at least one host/)
    expect(() => createBalancer({} as never)).toThrow(RangeError)
    expect(() => createBalancer({ hosts: {} as never })).toThrow(/a discovery with a watch method/)
    expect(() => createBalancer({ hosts: ['a', 'a'] })).toThrow(/two hosts are called "a"/)
    expect(() => createBalancer({ hosts: ['a'], maxEjected: 10 })).toThrow(/maxEjected must be a number from 0 to 1; got 10/)
  })
})

describe('the parts', () => {
  it('peak EWMA believes what is worse at once, and what is better with time', () => {
    expect(peakEwma(10, 50, 1, 1000)).toBe(50)
    expect(peakEwma(50, 10, 0, 1000)).toBe(50)
    expect(peakEwma(50, 10, 1000, 1000)).toBeCloseTo(10 + 40 / Math.E)
    expect(peakEwma(50, 10, 1e9, 1000)).toBeCloseTo(10)
  })

  it('the threshold for outliers is never above the mean, and 0 without enough peers', () => {
    fc.assert(fc.property(fc.array(fc.record({ calls: fc.integer({ min: 1, max: 1000 }), bad: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 20, size: 'max' }), (hosts) => {
      const tallies = hosts.map(({ calls, bad }) => ({ calls, failures: Math.floor(calls * bad) }))
      const threshold = outlierThreshold(tallies, 5, 100)
      const peers = tallies.filter(({ calls }) => calls >= 100)
      if (peers.length < 5) expect(threshold).toBe(0)
      else expect(threshold).toBeLessThanOrEqual(peers.reduce((sum, { calls, failures }) => sum + (calls - failures) / calls, 0) / peers.length + 1e-9)
    }))
  })
})
