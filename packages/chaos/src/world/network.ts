import { damageFrom, flipByte } from '../core/damage.ts'
import type { Random } from '../core/random.ts'
import { tailed } from '../core/tail.ts'
import { MAX_QUEUED, NETWORK_JITTER_MS, NETWORK_LATENCY_MS, REORDER_MS } from '../ground/defaults.ts'
import { duration, fields, share } from '../ground/options.ts'

/** Weather between the nodes of a world. */
export interface NetworkWeather {
  /** One-way delay in milliseconds. Default 1. */
  readonly latencyMs: number
  /** Mean of the heavy tail that is added, in milliseconds; messages overtake each other by it. Default 2. */
  readonly jitterMs: number
  /** Share of messages that vanish, 0..1. Default 0. */
  readonly loss: number
  /** Share of messages that arrive twice, 0..1. Default 0. */
  readonly duplicate: number
  /** Share of messages that are held back for up to `reorderMs`, 0..1. Default 0. */
  readonly reorder: number
  /** The longest hold, in milliseconds. Default 100. */
  readonly reorderMs: number
  /** Share of messages in which one byte is flipped, 0..1. Default 0. */
  readonly corrupt: number
  /** Bytes per millisecond on each link. Default Infinity. */
  readonly bytesPerMs: number
  /** Messages under way on one link at once; more are dropped, as by a full router. Default 10 000. */
  readonly maxQueued: number
}

/** How many messages met which fate. */
export interface NetworkCounts {
  sent: number
  delivered: number
  lost: number
  cut: number
  duplicated: number
  held: number
  corrupted: number
  dropped: number
}

/** The links between nodes, each direction with a fate of its own. */
export interface Network {
  readonly current: NetworkWeather
  readonly counts: Readonly<NetworkCounts>
  /** Changes the weather of every link. */
  set(patch: Partial<NetworkWeather>): void
  /** Loses what goes from one node to another, one way, until released. Counts, so that two may overlap. */
  cut(from: string, to: string): () => void
  /** Stops what goes from one node to another, one way, and delivers it in order once released. */
  clog(from: string, to: string): () => void
}

/** What travels: bytes for one of a node's two doors, its message listeners or its HTTP. The door is no part of what can be damaged. */
export interface Packet {
  readonly door: 'net' | 'http'
  readonly bytes: Uint8Array
}

interface Wire {
  readonly random: Random
  cuts: number
  clogs: number
  underWay: number
  /** Stopped by a clog. */
  readonly waiting: Packet[]
  /** Waits for bandwidth; the first is being sent. */
  readonly line: { readonly bytes: number; readonly fly: () => void }[]
  /** Bytes of the first that were still to be sent at `since`. */
  left: number
  since: number
  /** Of the timer that counts; earlier ones were set at another bandwidth. */
  ticket: number
}

/** A network as its world sees it. */
export interface NetworkInside extends Network {
  send(from: string, to: string, packet: Packet): void
}

/** What a network asks of its world. */
export interface NetworkParts {
  readonly random: Random
  readonly now: () => number
  readonly at: (ms: number, to: string, run: () => void) => void
  readonly deliver: (from: string, to: string, packet: Packet) => void
}

const FAIR: NetworkWeather = {
  latencyMs: NETWORK_LATENCY_MS,
  jitterMs: NETWORK_JITTER_MS,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: REORDER_MS,
  corrupt: 0,
  bytesPerMs: Infinity,
  maxQueued: MAX_QUEUED,
}

/** The patch applied, or a TypeError or RangeError that says which field was wrong. */
export function checkedWeather(base: NetworkWeather, patch: Partial<NetworkWeather>): NetworkWeather {
  fields('network', patch, Object.keys(FAIR))
  const next = { ...base, ...patch }
  for (const name of ['latencyMs', 'jitterMs', 'reorderMs'] as const) duration(`network.${name}`, next[name])
  for (const name of ['loss', 'duplicate', 'reorder', 'corrupt'] as const) share(`network.${name}`, next[name])
  if (!(next.bytesPerMs > 0)) throw new RangeError(`Expected network.bytesPerMs to be above 0, got ${next.bytesPerMs}. Cut the link to stop it.`)
  return next
}

export function createNetwork({ random, now, at, deliver }: NetworkParts, initial: Partial<NetworkWeather>): NetworkInside {
  let weather = checkedWeather(FAIR, initial)
  const wires = new Map<string, Map<string, Wire>>()
  const counts: NetworkCounts = { sent: 0, delivered: 0, lost: 0, cut: 0, duplicated: 0, held: 0, corrupted: 0, dropped: 0 }

  function wire(from: string, to: string): Wire {
    let outgoing = wires.get(from)
    if (outgoing === undefined) wires.set(from, (outgoing = new Map()))
    let found = outgoing.get(to)
    if (found === undefined) {
      outgoing.set(to, (found = { random: random.fork(`${from}>${to}`), cuts: 0, clogs: 0, underWay: 0, waiting: [], line: [], left: 0, since: 0, ticket: 0 }))
    }
    return found
  }

  function transmit(link: Wire, from: string, to: string, packet: Packet, delayMs: number): void {
    if (link.underWay >= weather.maxQueued) return void counts.dropped++
    link.underWay++
    const arrive = (): void => {
      link.underWay--
      if (link.cuts > 0) return void counts.cut++
      if (link.clogs > 0 && link.waiting.length < weather.maxQueued) return void link.waiting.push(packet)
      counts.delivered++
      deliver(from, to, packet)
    }
    const fly = (): void => at(now() + delayMs, to, arrive)
    if (weather.bytesPerMs === Infinity && link.line.length === 0) return fly()
    link.line.push({ bytes: packet.bytes.length, fly })
    if (link.line.length === 1) sendFirst(link, packet.bytes.length)
  }

  /** Sends the first in line at the present bandwidth, then the next. */
  function sendFirst(link: Wire, bytes: number): void {
    link.left = bytes
    link.since = now()
    const ticket = ++link.ticket
    at(now() + bytes / weather.bytesPerMs, 'world', () => {
      if (ticket !== link.ticket) return
      link.line.shift()?.fly()
      const next = link.line[0]
      if (next !== undefined) sendFirst(link, next.bytes)
    })
  }

  function send(from: string, to: string, { door, bytes }: Packet): void {
    const link = wire(from, to)
    counts.sent++
    // Eight draws whatever the weather is: turning one fault on leaves all others where they were.
    const draw = link.random
    const [first, second] = [tailed(weather.latencyMs, weather.jitterMs, draw()), tailed(weather.latencyMs, weather.jitterMs, draw())]
    const [lost, twice, held, holdMs, corrupted, damage] = [draw(), draw(), draw(), draw() * weather.reorderMs, draw(), draw()]
    if (link.cuts > 0) return void counts.cut++
    if (lost < weather.loss) return void counts.lost++
    let sent = bytes.slice()
    if (corrupted < weather.corrupt) {
      counts.corrupted++
      sent = flipByte(bytes, damageFrom(damage))
    }
    if (held < weather.reorder) counts.held++
    transmit(link, from, to, { door, bytes: sent }, first + (held < weather.reorder ? holdMs : 0))
    if (twice >= weather.duplicate) return
    counts.duplicated++
    transmit(link, from, to, { door, bytes: sent.slice() }, second)
  }

  const counted = (link: Wire, kind: 'cuts' | 'clogs', released: () => void): (() => void) => {
    link[kind]++
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--link[kind] === 0) released()
    }
  }

  return {
    get current() {
      return weather
    },
    counts,
    set(patch) {
      const { bytesPerMs } = weather
      weather = checkedWeather(weather, patch)
      if (weather.bytesPerMs === bytesPerMs) return
      for (const outgoing of wires.values()) {
        for (const link of outgoing.values()) {
          const forMs = now() - link.since
          if (link.line.length > 0) sendFirst(link, forMs === 0 ? link.left : Math.max(0, link.left - forMs * bytesPerMs))
        }
      }
    },
    cut: (from, to) => counted(wire(from, to), 'cuts', () => {}),
    clog(from, to) {
      const link = wire(from, to)
      return counted(link, 'clogs', () => {
        for (const packet of link.waiting.splice(0)) transmit(link, from, to, packet, 0)
      })
    },
    send,
  }
}
