// Promise: the region code that runs in processes runs in a world of bad weather as well, and keeps every promise of this platform there.

import { faultKinds, swarm, type Planner, type SimulateOptions, type World } from '@distrokit/chaos'
import { checkAppendLists, checkSessions } from '@distrokit/chaos/testing'
import { createLearners } from '../../cohort/learner.ts'
import { createReplay } from '../../cohort/replay.ts'
import type { Region } from '../../region/region.ts'
import { priceCents } from '../../ground/config.ts'
import type { Inspection } from '../../region/inspection.ts'
import { createWatch, type Booked } from '../../report/invariants.ts'
import { homeRegion, regionNames } from '../../ground/regions.ts'
import type { DemoEvent } from '../../telemetry/events.ts'
import { createProviders } from '../../world/providers.ts'
import { createSystem, nodeNames, outsideOf, providerAddresses, silent, type Program } from '../system.ts'
import { createCausality } from './causality.ts'
import { cohortOf, COURSE, createDevices, enrol, SCARCE, type Turns } from './learners.ts'
import { must } from './must.ts'

const DAYS = 24
/** Small, so that the few learners of a simulated course can reach it. */
const QUOTA = { limit: 8, perMs: 1_000, burst: 4 } as const
const SECRET = 'a secret of the simulation'

/** What a campaign lets happen beside its faults. */
interface Crowd {
  readonly forMs: number
  /** Learners who want a seat in the scarce course, within how long from the start, and the seats. */
  readonly contenders: number
  readonly withinMs: number
  readonly seats: number
  /** Turns of the learner with two devices. */
  readonly turns: Turns
  /** How often at most, and from when on, the payment provider goes dark. */
  readonly darkTimes: number
  readonly darkWithinMs: number
  /** How often regions gossip and tell how they are. */
  readonly gossipMs: number
  readonly statusMs: number
}

interface Campaign {
  readonly options: SimulateOptions<Program>
  readonly faults: Planner
}

/** A whole course in every kind of weather. */
export const regions = (): Campaign => ({
  faults: weather,
  options: campaign(
    { forMs: 12_000, contenders: 12, withinMs: 12_000, seats: 5, turns: { turns: 14, turnMs: 700 }, darkTimes: 2, darkWithinMs: 10_000, gossipMs: 150, statusMs: 250 },
    [
      'a saga is recovered', 'an enrolment is compensated', 'a breaker opens', 'a breaker refuses', 'a stamp is refused for drift', 'the home region is out of reach',
      'a follower answers', 'somebody finds no seat', 'a dead provider is tried',
    ],
  ),
})

/** Everybody wants a seat at once, the payment provider may be dark, and the home region dies at one of its I/O operations and is back at once. */
export const rush = (): Campaign => ({
  faults: ({ seed, index }) => ({ seed: seed + index, plan: [{ kind: 'crash-at-io', atMs: 0, forMs: 1 + ((index * 7) % 50), node: homeRegion, io: 20 + index * 23 }] }),
  options: campaign(
    { forMs: 8_000, contenders: 24, withinMs: 300, seats: 18, turns: { turns: 4, turnMs: 700 }, darkTimes: 1, darkWithinMs: 600, gossipMs: 150, statusMs: 250 },
    ['a saga is recovered', 'an enrolment is compensated', 'a breaker opens', 'somebody finds no seat', 'a dead provider is tried'],
  ),
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Some days of a quiet life with trouble on every one of them: whatever grows without a bound shows. */
export const long = (days: number): Campaign => ({
  faults(request) {
    const plans = Array.from({ length: Math.ceil(days) }, (_, day) => {
      const trouble = weather({ ...request, seed: request.seed * 1_000 + day, forMs: Math.min(HOUR_MS / 3, request.forMs) })
      return (trouble?.plan ?? []).map((fault) => ({ ...fault, atMs: fault.atMs + day * DAY_MS }))
    })
    return { seed: request.seed + request.index, plan: plans.flat() }
  },
  options: {
    ...campaign(
      { forMs: days * DAY_MS, contenders: 12, withinMs: Math.floor(0.9 * days * DAY_MS), seats: 5, turns: { turns: 200, turnMs: 10 * Math.floor((days * DAY_MS) / 1_500) }, darkTimes: 2, darkWithinMs: Math.floor(0.9 * days * DAY_MS), gossipMs: (days * DAY_MS) / 1_000, statusMs: (days * DAY_MS) / 1_000 },
      [],
    ),
    invariantMs: HOUR_MS,
    // Ten rounds of gossip.
    settleMs: (days * DAY_MS) / 100,
    // One long run tells what many short ones cannot; that runs repeat is known from those.
    twice: false,
  },
})

/** Everything goes wrong everywhere on the way; only regions have clocks to be bent and lives to be lost. */
const weather: Planner = (request) => {
  const calm = new Set(['disk-errors', 'disk-full', 'disk-stall'])
  const kinds = faultKinds.filter((kind) => !calm.has(kind))
  const links = new Set(['cut', 'clog', 'loss', 'duplicate', 'reorder', 'corrupt', 'slow', 'narrow'])
  const between = swarm({ kinds: kinds.filter((kind) => links.has(kind)), perKind: 3 })(request)
  const within = swarm({ kinds: kinds.filter((kind) => !links.has(kind)), perKind: 3, maxDownMs: 2_000 })({ ...request, nodes: request.nodes.filter((name) => (regionNames as readonly string[]).includes(name)) })
  return between && within && { seed: between.seed, plan: [...between.plan, ...within.plan].sort((one, other) => one.atMs - other.atMs) }
}

/** Three regions, with learners who follow a small course, fight for seats and carry tokens from device to device. */
function campaign({ forMs, contenders, withinMs, seats, turns, darkTimes, darkWithinMs, gossipMs, statusMs }: Crowd, sometimes: readonly string[]): SimulateOptions<Program> {
  let term: ReturnType<typeof begin>

  function begin(world: World<Program>) {
    const random = world.random.fork('term')
    const trueTime = world.env.clock.now
    const watch = createWatch([COURSE, SCARCE], QUOTA)
    const providers = createProviders({ random: random.fork('providers'), clock: world.env.clock, trueTime })
    const cohort = cohortOf(random.fork('cohort'), DAYS)
    const onEvents = (events: readonly DemoEvent[]): void => {
      for (const event of events) {
        watch.push(event)
        tell(world, event)
      }
    }
    const system = createSystem({
      world,
      providers,
      onEvents,
      log: () => silent,
      statusMs,
      shared: {
        peerSecret: SECRET,
        tokenSecret: SECRET,
        providers: providerAddresses,
        courses: [{ id: COURSE, lengthDays: DAYS, capacity: 50 }, { id: SCARCE, lengthDays: DAYS, capacity: seats }],
        pages: cohort.pages,
        gossipMs,
        paymentQuota: QUOTA,
        watched: '100',
      },
    })
    const outside = outsideOf(world)
    const address = (region: string): string => `http://${region}`
    const learners = createLearners({ outside, address, tokenSecret: SECRET, random: random.fork('learners'), turn: (body) => body() })
    const replay = createReplay({ outside, cohort, address, tokenSecret: SECRET, random: random.fork('replay'), speed: DAYS / (forMs / 1_000), emit: () => {}, onRegistration: () => {} })
    const devices = createDevices(learners, random.fork('devices'))
    const causality = createCausality(regionNames, (run) => void world.after(0, run))
    const { signal } = new AbortController()
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void outside.clock.after(ms, resolve))
    const dice = random.fork('contenders')
    const contend = async (number: number): Promise<string> => {
      await wait(dice.integer(0, withinMs))
      return enrol(learners, { course: SCARCE, student: String(200 + number), region: dice.pick(regionNames) }, signal)
    }
    const state = { done: false, healed: false, ends: [] as string[] }
    const run = async (): Promise<void> => {
      const [, , ends] = await Promise.all([replay.run(signal), devices.run(turns, wait, signal), Promise.all(Array.from({ length: contenders }, (_, number) => contend(number)))])
      state.ends = ends
      state.done = true
    }
    // Dark: connections stand, and nobody answers.
    const dark = random.fork('dark')
    for (let count = dark.integer(0, darkTimes); count > 0; count--) {
      const from = dark.integer(0, darkWithinMs)
      world.after(from, () => providers.setDown('payments', true))
      world.after(from + dark.integer(500, 6_000), () => providers.setDown('payments', false))
    }
    world.after(0, () => void run().catch(world.fail))
    return { system, watch, providers, replay, devices, causality, state }
  }

  const upIn = (world: World<Program>): Region[] => regionNames.map((name) => world.node(name).value).filter((region) => region !== undefined)

  /** What a time server does. */
  function setClocks(world: World<Program>): void {
    for (const name of regionNames) world.node(name).clock.step(world.env.clock.now() - world.node(name).clock.now())
  }

  /** Once the planned faults have ended, the rest is set right as well. */
  function heal(world: World<Program>): void {
    if (term.state.healed) return
    term.state.healed = true
    term.providers.setDown('payments', false)
    setClocks(world)
  }

  return {
    nodes: nodeNames,
    forMs,
    settleMs: 60_000,
    // Tracing reads clocks when a span is made, and is told the world's time all the same.
    ambient: ['Date.now()', 'performance.now()'],
    sometimes,
    workload(world) {
      term = begin(world)
      // A clock that was set wrong does not stay so for days.
      world.every(HOUR_MS, () => setClocks(world))
    },
    build: (env) => term.system.build((regionNames as readonly string[]).includes(env.name) ? term.causality.watch(env) : env),
    invariant() {
      for (const { name, holds, detail } of term.watch.live()) must(holds, () => `${name}, got ${detail}`)
    },
    progress(world) {
      heal(world)
      const up = upIn(world)
      return term.state.done && up.length === regionNames.length && new Set(up.map((region) => region.status().replica.digest)).size === 1
    },
    async check(world) {
      const { watch, providers, replay, devices, causality, state } = term
      const inspections = await Promise.all(upIn(world).map((region) => region.inspect([COURSE, SCARCE])))
      const { acknowledged, staleReads, reads, problems } = replay
      const facts = { inspections, acknowledged, staleReads, reads, books: providers.books, attempts: providers.attempts, atRest: true }
      for (const { name, holds, detail } of watch.check(facts)) must(holds, () => `${name}, got ${detail}`)
      must(causality.compared > 0, () => 'causes and effects to be compared, got none')
      sumsAgree(inspections, replay.acknowledged.clicks)
      paidInFull(inspections, providers.books)
      must(problems.length === 0, () => `every row of the course to be taken, got ${problems[0]}`)
      const sold = state.ends.filter((end) => end === 'completed').length
      must(sold <= seats && !state.ends.includes('stuck'), () => `at most ${seats} of ${state.ends.join(', ')} to be completed, and none to be stuck`)
      for (const verdict of [
        checkSessions(devices.stamps, (later, earlier) => later >= earlier),
        checkSessions(devices.contents, (later, earlier) => earlier.every((one) => later.includes(one)), ['read your writes', 'monotonic reads']),
        checkAppendLists(devices.lists),
      ]) must(verdict.valid, () => verdict.anomalies[0]?.message ?? '')
      if (devices.fromFollowers > 0 || reads.fromFollower > 0) world.sometimes('a follower answers')
      if (state.ends.includes('compensated')) world.sometimes('somebody finds no seat')
      if (providers.attempts.some((attempt) => attempt.dark)) world.sometimes('a dead provider is tried')
    },
  }
}

/** Every row was acknowledged, so every region counts exactly what the learners sent: nothing lost, and nothing twice. */
function sumsAgree(inspections: readonly Inspection[], sent: ReadonlyMap<string, number>): void {
  for (const { region, clicks } of inspections) {
    for (const [student, count] of sent) must(clicks[student] === count, () => `${count} clicks of ${student} in ${region}, got ${clicks[student]}`)
  }
}

/** By the provider's books: who may enter has paid the price once, and who never could has paid nothing. */
function paidInFull(inspections: readonly Inspection[], books: readonly Booked[]): void {
  const access = inspections.find(({ region }) => region === homeRegion)?.strong?.access ?? []
  const paid = new Map<string, number>()
  for (const { course, student, kind, cents } of books) paid.set(`${course}/${student}`, (paid.get(`${course}/${student}`) ?? 0) + (kind === 'charge' ? cents : -cents))
  for (const [key, cents] of paid) {
    const state = access.find(({ course, student }) => `${course}/${student}` === key)?.state
    if (state === 'granted') must(cents === priceCents, () => `${key}, who has access, to have paid ${priceCents} cents, got ${cents}`)
    else must(cents >= 0 && (state === 'closed' ? cents <= priceCents : cents === 0), () => `${key}, who is ${state ?? 'unknown'}, to have paid no more than what was used, got ${cents}`)
  }
}

function tell(world: World<Program>, event: DemoEvent): void {
  if (event.type === 'saga' && event.recovered === true) world.sometimes('a saga is recovered')
  if (event.type === 'saga' && event.state === 'compensated') world.sometimes('an enrolment is compensated')
  if (event.type === 'breaker' && event.to === 'open') world.sometimes('a breaker opens')
  if (event.type === 'ejected') world.sometimes('a peer is ejected')
  if (event.type !== 'refused') return
  if (event.what === 'breakerOpen') world.sometimes('a breaker refuses')
  if (event.what === 'drift') world.sometimes('a stamp is refused for drift')
  if (event.what === 'strongUnavailable') world.sometimes('the home region is out of reach')
}
