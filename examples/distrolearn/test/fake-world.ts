// A world made of nothing but its events: for the page's tests and for drawing it. Everything follows from the seed and from the switches.

import type { RegionName } from '../src/ground/regions.ts'
import type { DemoEvent, EventBody, Speaker } from '../src/telemetry/events.ts'
import { linkName, regionNames } from '../src/ground/regions.ts'
import type { Control } from '../src/world/control.ts'
import { fakeBreaker, type FakeBreaker } from './fake-breaker.ts'
import { fakeEnrolment } from './fake-enrolment.ts'
import { randomFrom } from './fake-random.ts'
import { distance, type FakeRegion, freshRegion, promises } from './fake-region.ts'

export interface FakeWorldOptions {
  readonly seed: number
  readonly push: (event: DemoEvent) => void
}

export interface FakeWorld {
  /** Lets that much of the world's time pass. */
  step(ms: number): void
  control(message: Control): { ok: true } | { ok: false; error: string }
  /** Runs in real time until disposed. */
  start(): Disposable
}

const breakMs = 2_600
const epochMs = Date.UTC(2013, 9, 1)

export const createFakeWorld = ({ seed, push }: FakeWorldOptions): FakeWorld => {
  const random = randomFrom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  let now = 0
  let ids = 0
  let done = 0
  let floodUntil: Readonly<Partial<Record<RegionName, number>>> = {}
  const later: { readonly atMs: number; readonly run: () => void }[] = []
  const cuts = new Set<string>()
  const set = { latencyMs: 0, slowMs: 0, paymentDown: false, notificationsDown: false }

  const regions: Record<RegionName, FakeRegion> = { dublin: freshRegion(), virginia: freshRegion(), singapore: freshRegion() }

  const say = (region: Speaker, body: EventBody): void => push({ ...body, region, atMs: epochMs + now })
  const tell = (text: string, region: Speaker = 'world'): void => say(region, { type: 'narration', text })
  const after = (ms: number, run: () => void): void => void later.push({ atMs: now + ms, run })
  const id = (): string => (++ids).toString(16).padStart(8, '0')
  const reachable = (a: RegionName, b: RegionName): boolean => regions[a].up && regions[b].up && !cuts.has(linkName(a, b))
  const roundTrip = (a: RegionName, b: RegionName): number => ((distance[linkName(a, b)] ?? 0) + 2 * set.latencyMs) * (0.9 + 0.2 * random())

  const breaker = (name: string): FakeBreaker =>
    fakeBreaker({
      name,
      openMs: breakMs,
      now: () => now,
      after,
      changed: (from, to, reason) => say('dublin', { type: 'breaker', name, from, to, retryAfterMs: to === 'open' ? breakMs : 0, reason }),
    })
  const payments = breaker('payments')
  const notifications = breaker('notifications')

  const enrol = fakeEnrolment({
    random,
    after,
    say,
    payments: { name: 'payments', breaker: payments, down: () => set.paymentDown },
    notifications: { name: 'notifications', breaker: notifications, down: () => set.notificationsDown },
    slowMs: () => set.slowMs,
  })

  const request = (region: RegionName): void => {
    const own = regions[region]
    if (!own.up) return
    const traceId = id() + id()
    const strong = random() < 0.35
    const route = strong ? 'PUT /progress/28400' : pick(['GET /preferences', 'POST /activity', 'GET /catalog', 'GET /roster'])
    const end = (outcome: 'ok' | 'retried' | 'rate-limited' | 'unavailable' | 'failed', durationMs: number): void => {
      say(region, { type: 'request', route, outcome, durationMs, traceId, learner: '28400' })
      const root = {
        traceId,
        spanId: id(),
        name: route,
        region,
        startMs: epochMs + now - durationMs + own.skewMs,
        durationMs,
        status: outcome === 'failed' || outcome === 'unavailable' ? 'error' : 'ok',
        attributes: { learner: '28400' },
      } as const
      say(region, { type: 'span', span: root })
      const inner = {
        ...root,
        spanId: id(),
        parentSpanId: root.spanId,
        name: strong ? 'progress.put' : 'replica.read',
        region: strong ? ('dublin' as const) : region,
        startMs: root.startMs + durationMs * 0.2,
        durationMs: durationMs * 0.7,
      }
      say(region, { type: 'span', span: inner })
      if (strong)
        say('dublin', {
          type: 'span',
          span: {
            ...inner,
            spanId: id(),
            parentSpanId: inner.spanId,
            name: 'sqlite commit',
            startMs: inner.startMs + inner.durationMs * 0.4,
            durationMs: inner.durationMs * 0.3,
          },
        })
    }
    if (own.tokens < 1) {
      say(region, { type: 'refused', what: 'rateLimited', detail: 'retry after 0.4 s' })
      return end('rate-limited', 0.4)
    }
    own.tokens -= 1
    done += 1
    if (!strong || region === 'dublin') return end('ok', 2 + random() * 6 + (strong ? set.slowMs : 0))
    if (!reachable(region, 'dublin')) {
      say(region, { type: 'call', to: 'dublin', service: 'progress', outcome: 'failed', durationMs: 300, traceId })
      say(region, { type: 'refused', what: 'strongUnavailable', detail: 'progress lives in Dublin, which cannot be reached' })
      return end('unavailable', 300)
    }
    const durationMs = roundTrip(region, 'dublin')
    const retried = random() < 0.06
    say(region, { type: 'call', to: 'dublin', service: 'progress', outcome: retried ? 'retried' : 'ok', durationMs, traceId })
    end(retried ? 'retried' : 'ok', durationMs + 4)
  }

  const gossip = (a: RegionName, b: RegionName): void => {
    if (!reachable(a, b)) return say(a, { type: 'gossip', peer: b, bytes: 0, applied: 0, outcome: 'failed' })
    const [from, to] = [regions[a], regions[b]]
    if (from.skewMs - to.skewMs > 20_000) {
      say(b, { type: 'refused', what: 'drift', detail: `a stamp from ${a} is too far ahead` })
      return say(b, { type: 'gossip', peer: a, bytes: 120, applied: 0, outcome: 'drift' })
    }
    for (const actor of regionNames) to.version[actor] = Math.max(to.version[actor] ?? 0, from.version[actor] ?? 0)
    for (const [key, at] of Object.entries(from.setAt)) {
      if (at <= (to.setAt[key] ?? -1)) continue
      to.setAt[key] = at
      to.values[key] = from.values[key] ?? ''
    }
    say(a, { type: 'gossip', peer: b, bytes: 80 + Math.round(random() * 200), applied: 1, outcome: 'ok', durationMs: roundTrip(a, b) })
  }

  const status = (name: RegionName): void => {
    const own = regions[name]
    if (!own.up) return
    own.count = random() < 0.5 ? own.count + 1 : 0
    const wallMs = epochMs + now + own.skewMs
    const peers = regionNames
      .filter((peer) => peer !== name)
      .map((peer) => ({
        name: `region ${peer}`,
        state: reachable(name, peer) ? ('closed' as const) : ('open' as const),
        retryAfterMs: reachable(name, peer) ? 0 : 400,
      }))
    say(name, {
      type: 'status',
      status: {
        life: own.life,
        wallMs,
        skewMs: own.skewMs,
        stamp: { ms: epochMs + now + Math.max(0, own.skewMs), count: own.count, node: name },
        leadMs: Math.max(0, -own.skewMs),
        replica: { digest: JSON.stringify(own.values), version: { ...own.version }, clicks: 61_980, roster: 383 },
        preferences: { learner: '28400', values: { ...own.values } },
        buckets: [
          { name: 'gateway', remaining: Math.floor(own.tokens), limit: 60 },
          ...(name === 'dublin' ? [{ name: 'payments quota', remaining: 18, limit: 20 }] : []),
        ],
        breakers: name === 'dublin' ? [payments.view(), notifications.view(), ...peers] : peers,
        bounds: { outbox: { size: Math.floor(random() * 20), bound: 512 } },
        counters: { requests: done },
      },
    })
  }

  const every: readonly { readonly ms: number; readonly run: () => void }[] = [
    { ms: 40, run: () => random() < 0.9 && request(pick(regionNames)) },
    { ms: 20, run: () => regionNames.forEach((name) => now < (floodUntil[name] ?? 0) && [1, 2, 3, 4].forEach(() => request(name))) },
    { ms: 100, run: () => Object.values(regions).forEach((own) => (own.tokens = Math.min(60, own.tokens + 4))) },
    { ms: 250, run: () => regionNames.forEach(status) },
    { ms: 330, run: () => ((regions[pick(regionNames)].version[pick(regionNames)] ?? 0) > 0 ? write(pick(regionNames)) : undefined) },
    { ms: 400, run: () => regionNames.forEach((a) => gossip(a, pick(regionNames.filter((b) => b !== a)))) },
    { ms: 900, run: () => enrol(28_000 + ++ids) },
    { ms: 1000, run: () => promises.forEach((name) => say('world', { type: 'invariant', name, holds: true, detail: '' })) },
    {
      ms: 1000,
      run: () =>
        say('world', { type: 'replay', day: Math.floor(now / 2000), lastDay: 268, done: Math.min(9000, done), total: 9000, waiting: 0 }),
    },
  ]
  const write = (name: RegionName): void => {
    if (regions[name].up) regions[name].version[name] = (regions[name].version[name] ?? 0) + 1
  }

  const kill = (name: RegionName): void => {
    const own = regions[name]
    own.up = false
    say(name, { type: 'region', state: 'killed', life: own.life })
    after(1500, () => {
      own.life += 1
      say(name, { type: 'region', state: 'starting', life: own.life })
    })
    after(2300, () => {
      own.up = true
      say(name, { type: 'region', state: 'up', life: own.life })
    })
  }

  const fault = (name: string, on: boolean, target?: string, amount?: number): void =>
    say('world', { type: 'fault', fault: name, on, detail: [target ?? 'everywhere', amount].filter(Boolean).join(' '), target, amount })

  const control: FakeWorld['control'] = (message) => {
    switch (message.action) {
      case 'cut': {
        const link = linkName(message.a, message.b)
        if (message.on) cuts.add(link)
        else cuts.delete(link)
        fault('cut', message.on, link)
        tell(
          message.on
            ? `the link ${link} is cut: its two ends go on, and drift apart`
            : `the link ${link} is whole again: the replicas exchange what they missed`,
        )
        break
      }
      case 'latency':
        set.latencyMs = message.latencyMs
        fault('latency', message.latencyMs > 0, undefined, message.latencyMs)
        break
      case 'loss':
      case 'corrupt':
      case 'reorder':
        fault(message.action, message.share > 0, undefined, message.share)
        break
      case 'slow-database':
        set.slowMs = message.delayMs
        fault('slow-database', message.delayMs > 0, undefined, message.delayMs)
        break
      case 'payment-down':
        set.paymentDown = message.on
        fault('payment-down', message.on)
        break
      case 'notifications-down':
        set.notificationsDown = message.on
        fault('notifications-down', message.on)
        break
      case 'kill':
        kill(message.region)
        break
      case 'skew':
        regions[message.region].skewMs = message.offsetMs
        fault('skew', message.offsetMs !== 0, message.region, message.offsetMs)
        break
      case 'flood':
        floodUntil = { ...floodUntil, [message.region]: now + message.seconds * 1000 }
        break
      case 'preference': {
        const own = regions[message.region]
        if (!own.up) return { ok: false, error: `${message.region} is down and cannot take a preference` }
        own.values[message.key] = message.value
        own.setAt[message.key] = now
        write(message.region)
        break
      }
      case 'scenario':
        return { ok: false, error: 'the fake world knows no scenarios' }
      case 'heal':
        cuts.clear()
        Object.assign(set, { latencyMs: 0, slowMs: 0, paymentDown: false, notificationsDown: false })
        for (const own of Object.values(regions)) own.skewMs = 0
        fault('heal', false)
        tell('everything is healed')
    }
    return { ok: true }
  }

  const step = (ms: number): void => {
    for (const end = now + ms; now < end; now += 10) {
      for (const { ms: period, run } of every) if (now % period === 0) run()
      const due = later.filter(({ atMs }) => atMs <= now)
      for (const one of due) later.splice(later.indexOf(one), 1)
      for (const { run } of due) run()
    }
  }

  for (const name of regionNames) say(name, { type: 'region', state: 'up', life: 1 })
  return {
    step,
    control,
    start() {
      let last = performance.now()
      const timer = setInterval(() => {
        const passed = Math.floor((performance.now() - last) / 10) * 10
        last += passed
        step(Math.min(passed, 500))
      }, 20)
      return { [Symbol.dispose]: () => clearInterval(timer) }
    },
  }
}
