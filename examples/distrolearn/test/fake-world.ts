// A world made of nothing but its events: for the page's tests and for drawing it. Everything follows from the seed and from the switches.

import type { DemoEvent, EventBody, RegionName, Speaker } from '../src/telemetry/events.ts'
import { linkName, regionNames } from '../src/telemetry/events.ts'
import type { Control } from '../src/world/control.ts'
import { fakeBreaker, type FakeBreaker } from './fake-breaker.ts'

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

interface FakeRegion {
  life: number
  up: boolean
  skewMs: number
  count: number
  tokens: number
  readonly version: Record<string, number>
  readonly values: Record<string, string>
  /** When each value was set, for the last writer to win. */
  readonly setAt: Record<string, number>
}

/** mulberry32: small, and good enough to make up traffic. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const epochMs = Date.UTC(2013, 9, 1)
const enrolment = ['reserve seat', 'charge card', 'grant access', 'put on the roster', 'notify'] as const
const distance: Readonly<Record<string, number>> = { 'dublin-virginia': 78, 'dublin-singapore': 174, 'virginia-singapore': 212 }
const promises = [
  'quota never exceeded in any window',
  'replicas with the same version are equal',
  'stamps respect cause and effect',
  'every queue and map stays under its bound',
  'no enrolment both charged and absent, none granted and unpaid',
  'progress acknowledged is never lost and never goes back',
  'activity acknowledged is never lost',
  'seats sold never exceed seats',
  'a read with a causality token is never older than the token',
  'the audit chain verifies',
  'attempts on a dead dependency stay within the limit and the retry budget',
] as const

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

  const fresh = (): FakeRegion => ({ life: 1, up: true, skewMs: 0, count: 0, tokens: 60, version: { dublin: 40, virginia: 31, singapore: 22 }, values: { theme: 'dark', language: 'en', pace: 'steady', captions: 'on' }, setAt: {} })
  const regions: Record<RegionName, FakeRegion> = { dublin: fresh(), virginia: fresh(), singapore: fresh() }

  const say = (region: Speaker, body: EventBody): void => push({ ...body, region, atMs: epochMs + now })
  const tell = (text: string, region: Speaker = 'world'): void => say(region, { type: 'narration', text })
  const after = (ms: number, run: () => void): void => void later.push({ atMs: now + ms, run })
  const id = (): string => (++ids).toString(16).padStart(8, '0')
  const reachable = (a: RegionName, b: RegionName): boolean => regions[a].up && regions[b].up && !cuts.has(linkName(a, b))
  const roundTrip = (a: RegionName, b: RegionName): number => ((distance[linkName(a, b)] ?? 0) + 2 * set.latencyMs) * (0.9 + 0.2 * random())

  const breaker = (name: string): FakeBreaker =>
    fakeBreaker({
      name,
      openMs: 2600,
      now: () => now,
      after,
      changed: (from, to, reason) => {
        say('dublin', { type: 'breaker', name, from, to, retryAfterMs: to === 'open' ? 2600 : 0, reason })
      },
    })
  const payments = breaker('payments')
  const notifications = breaker('notifications')

  const call = (to: 'payments' | 'notifications', down: boolean, settle: (ok: boolean) => void): void => {
    const guard = to === 'payments' ? payments : notifications
    if (!guard.admit()) {
      say('dublin', { type: 'refused', what: 'breakerOpen', detail: `${to} is not asked while its breaker is open` })
      say('dublin', { type: 'call', to, service: to, outcome: 'refused', durationMs: 0 })
      settle(false)
      return
    }
    const durationMs = down ? 400 : 60 + random() * 80
    after(durationMs, () => {
      say('dublin', { type: 'call', to, service: to, outcome: down ? 'failed' : 'ok', durationMs })
      guard.record(!down)
      settle(!down)
    })
  }

  const enrol = (): void => {
    const saga = { id: `enrol/AAA-2013J/${28_000 + ++ids}/1`, name: 'enrol' }
    const declined = random() < 1 / 9
    say('dublin', { type: 'saga', ...saga, state: 'running' })
    const step = (name: string, state: 'running' | 'done' | 'failed' | 'undoing' | 'undone', error?: string): void =>
      say('dublin', { type: 'saga-step', ...saga, step: name, state, ...(error === undefined ? {} : { error }) })
    const undo = (from: number): void => {
      const name = enrolment[from]
      if (name === undefined) return say('dublin', { type: 'saga', ...saga, state: 'compensated' })
      step(name, 'undoing')
      after(500, () => {
        step(name, 'undone')
        undo(from - 1)
      })
    }
    const fail = (index: number, error: string): void => {
      step(enrolment[index] ?? '', 'failed', error)
      say('dublin', { type: 'saga', ...saga, state: 'compensating' })
      after(400, () => undo(index - 1))
    }
    const go = (index: number): void => {
      const name = enrolment[index]
      if (name === undefined) return say('dublin', { type: 'saga', ...saga, state: 'completed' })
      step(name, 'running')
      const next = (): void => {
        step(name, 'done')
        go(index + 1)
      }
      if (name === 'charge card') call('payments', set.paymentDown, (ok) => after(250, () => (!ok ? fail(index, 'payments did not answer') : declined ? fail(index, 'the card was declined') : next())))
      else if (name === 'notify') call('notifications', set.notificationsDown, () => after(250, next))
      else after(300 + set.slowMs, next)
    }
    go(0)
  }

  const request = (region: RegionName): void => {
    const own = regions[region]
    if (!own.up) return
    const traceId = id() + id()
    const strong = random() < 0.35
    const route = strong ? 'PUT /progress/28400' : pick(['GET /preferences', 'POST /activity', 'GET /catalog', 'GET /roster'])
    const end = (outcome: 'ok' | 'retried' | 'rate-limited' | 'unavailable' | 'failed', durationMs: number): void => {
      say(region, { type: 'request', route, outcome, durationMs, traceId, learner: '28400' })
      const root = { traceId, spanId: id(), name: route, region, startMs: epochMs + now - durationMs + own.skewMs, durationMs, status: outcome === 'failed' || outcome === 'unavailable' ? 'error' : 'ok', attributes: { learner: '28400' } } as const
      say(region, { type: 'span', span: root })
      const inner = { ...root, spanId: id(), parentSpanId: root.spanId, name: strong ? 'progress.put' : 'replica.read', region: strong ? ('dublin' as const) : region, startMs: root.startMs + durationMs * 0.2, durationMs: durationMs * 0.7 }
      say(region, { type: 'span', span: inner })
      if (strong) say('dublin', { type: 'span', span: { ...inner, spanId: id(), parentSpanId: inner.spanId, name: 'sqlite commit', startMs: inner.startMs + inner.durationMs * 0.4, durationMs: inner.durationMs * 0.3 } })
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
    const peers = regionNames.filter((peer) => peer !== name).map((peer) => ({ name: `region ${peer}`, state: reachable(name, peer) ? ('closed' as const) : ('open' as const), retryAfterMs: reachable(name, peer) ? 0 : 400 }))
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
        buckets: [{ name: 'gateway', remaining: Math.floor(own.tokens), limit: 60 }, ...(name === 'dublin' ? [{ name: 'payments quota', remaining: 18, limit: 20 }] : [])],
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
    { ms: 900, run: enrol },
    { ms: 1000, run: () => promises.forEach((name) => say('world', { type: 'invariant', name, holds: true, detail: '' })) },
    { ms: 1000, run: () => say('world', { type: 'replay', day: Math.floor(now / 2000), lastDay: 268, done: Math.min(9000, done), total: 9000, waiting: 0 }) },
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
        tell(message.on ? `the link ${link} is cut: its two ends go on, and drift apart` : `the link ${link} is whole again: the replicas exchange what they missed`)
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
