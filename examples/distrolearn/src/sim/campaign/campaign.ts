// Promise: the region code that runs in processes runs in a world of bad weather as well, and keeps every promise of this platform there.

import { faultKinds, swarm, type Planner, type SimulateOptions, type World } from '@distrokit/chaos'
import { checkAppendLists, checkSessions } from '@distrokit/chaos/testing'
import { createLearners } from '../../cohort/learner.ts'
import { createReplay } from '../../cohort/replay.ts'
import type { Region } from '../../region/region.ts'
import { createWatch } from '../../report/invariants.ts'
import { regionNames, type DemoEvent } from '../../telemetry/events.ts'
import { createProviders } from '../../world/providers.ts'
import { createSystem, nodeNames, outsideOf, providerAddresses, silent, type Program } from '../system.ts'
import { createCausality } from './causality.ts'
import { cohortOf, COURSE, createDevices, enrol, SCARCE, SCARCE_SEATS } from './learners.ts'
import { must } from './must.ts'

const DAYS = 24
const FOR_MS = 12_000
const CONTENDERS = 7
const SECRET = 'a secret of the simulation'

/** Everything goes wrong everywhere on the way; only regions have clocks to be bent and lives to be lost. */
const weather: Planner = (request) => {
  const calm = new Set(['disk-errors', 'disk-full', 'disk-stall'])
  const kinds = faultKinds.filter((kind) => !calm.has(kind))
  const links = new Set(['cut', 'clog', 'loss', 'duplicate', 'reorder', 'corrupt', 'slow', 'narrow'])
  const between = swarm({ kinds: kinds.filter((kind) => links.has(kind)), perKind: 3 })(request)
  const within = swarm({ kinds: kinds.filter((kind) => !links.has(kind)), perKind: 3, maxDownMs: 2_000 })({ ...request, nodes: request.nodes.filter((name) => (regionNames as readonly string[]).includes(name)) })
  return between && within && { seed: between.seed, plan: [...between.plan, ...within.plan].sort((one, other) => one.atMs - other.atMs) }
}

/** DistroLearn's own region code, three regions of it, with learners who follow a small course, fight for seats and carry tokens from device to device. */
export function regions(): { readonly options: SimulateOptions<Program>; readonly faults: Planner } {
  let term: ReturnType<typeof begin>

  function begin(world: World<Program>) {
    const random = world.random.fork('term')
    const trueTime = world.env.clock.now
    const watch = createWatch([COURSE, SCARCE])
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
      shared: {
        peerSecret: SECRET,
        tokenSecret: SECRET,
        providers: providerAddresses,
        courses: [{ id: COURSE, lengthDays: DAYS, capacity: 50 }, { id: SCARCE, lengthDays: DAYS, capacity: SCARCE_SEATS }],
        pages: cohort.pages,
        watched: '100',
      },
    })
    const outside = outsideOf(world)
    const address = (region: string): string => `http://${region}`
    const learners = createLearners({ outside, address, tokenSecret: SECRET, random: random.fork('learners'), turn: (body) => body() })
    const replay = createReplay({ outside, cohort, address, tokenSecret: SECRET, random: random.fork('replay'), speed: DAYS / (FOR_MS / 1_000), emit: () => {}, onRegistration: () => {} })
    const devices = createDevices(learners, random.fork('devices'))
    const causality = createCausality(regionNames, (run) => void world.after(0, run))
    const { signal } = new AbortController()
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void outside.clock.after(ms, resolve))
    const contenders = random.fork('contenders')
    const contend = async (number: number): Promise<string> => {
      await wait(contenders.integer(0, FOR_MS))
      return enrol(learners, { course: SCARCE, student: String(200 + number), region: contenders.pick(regionNames) }, signal)
    }
    const state = { done: false, steady: false, seats: [] as string[] }
    const run = async (): Promise<void> => {
      const [, , seats] = await Promise.all([replay.run(signal), devices.run(14, wait, signal), Promise.all(Array.from({ length: CONTENDERS }, (_, number) => contend(number)))])
      state.seats = seats
      state.done = true
    }
    // Dark: connections stand, and nobody answers.
    const dark = random.fork('dark')
    for (let count = dark.integer(0, 2); count > 0; count--) {
      const from = dark.integer(0, FOR_MS * 0.8)
      world.after(from, () => providers.setDown('payments', true))
      world.after(from + dark.integer(500, 3_000), () => providers.setDown('payments', false))
    }
    world.after(0, () => void run().catch(world.fail))
    return { system, watch, providers, replay, devices, causality, state }
  }

  const upIn = (world: World<Program>): Region[] => regionNames.map((name) => world.node(name).value).filter((region) => region !== undefined)

  /** Once faults have ended somebody sets the clocks right, as a time server would. */
  function setClocks(world: World<Program>): void {
    if (term.state.steady) return
    term.state.steady = true
    term.providers.setDown('payments', false)
    for (const name of regionNames) world.node(name).clock.step(world.env.clock.now() - world.node(name).clock.now())
  }

  return {
    faults: weather,
    options: {
      nodes: nodeNames,
      forMs: FOR_MS,
      settleMs: 60_000,
      // Tracing reads clocks when a span is made, and is told the world's time all the same.
      ambient: ['Date.now()', 'performance.now()'],
      sometimes: [
        'a saga is recovered', 'an enrolment is compensated', 'a breaker opens', 'a breaker refuses', 'a stamp is refused for drift', 'the home region is out of reach',
        'a follower answers', 'somebody finds no seat', 'a quota refuses', 'a dead provider is tried',
      ],
      workload(world) {
        term = begin(world)
      },
      build: (env) => term.system.build((regionNames as readonly string[]).includes(env.name) ? term.causality.watch(env) : env),
      invariant() {
        for (const { name, holds, detail } of term.watch.live()) must(holds, () => `${name}, got ${detail}`)
      },
      progress(world) {
        setClocks(world)
        const up = upIn(world)
        return term.state.done && up.length === regionNames.length && new Set(up.map((region) => region.status().replica.digest)).size === 1
      },
      async check(world) {
        const { watch, providers, replay, devices, state } = term
        const inspections = await Promise.all(upIn(world).map((region) => region.inspect([COURSE, SCARCE])))
        const { acknowledged, staleReads, reads, problems } = replay
        const facts = { inspections, acknowledged, staleReads, reads, books: providers.books, attempts: providers.attempts, atRest: true }
        for (const { name, holds, detail } of watch.check(facts)) must(holds, () => `${name}, got ${detail}`)
        must(problems.length === 0, () => `every row of the course to be taken, got ${problems[0]}`)
        const sold = state.seats.filter((end) => end === 'completed').length
        must(sold <= SCARCE_SEATS && !state.seats.includes('stuck'), () => `at most ${SCARCE_SEATS} of ${state.seats.join(', ')} to be completed, and none to be stuck`)
        for (const verdict of [
          checkSessions(devices.stamps, (later, earlier) => later >= earlier),
          checkSessions(devices.contents, (later, earlier) => earlier.every((one) => later.includes(one)), ['read your writes', 'monotonic reads']),
          checkAppendLists(devices.lists),
        ]) must(verdict.valid, () => verdict.anomalies[0]?.message ?? '')
        if (devices.fromFollowers > 0 || reads.fromFollower > 0) world.sometimes('a follower answers')
        if (state.seats.includes('compensated')) world.sometimes('somebody finds no seat')
        if (providers.attempts.some((attempt) => attempt.dark)) world.sometimes('a dead provider is tried')
      },
    },
  }
}

function tell(world: World<Program>, event: DemoEvent): void {
  if (event.type === 'saga' && event.recovered === true) world.sometimes('a saga is recovered')
  if (event.type === 'saga' && event.state === 'compensated') world.sometimes('an enrolment is compensated')
  if (event.type === 'breaker' && event.to === 'open') world.sometimes('a breaker opens')
  if (event.type !== 'refused') return
  if (event.what === 'breakerOpen') world.sometimes('a breaker refuses')
  if (event.what === 'drift') world.sometimes('a stamp is refused for drift')
  if (event.what === 'strongUnavailable') world.sometimes('the home region is out of reach')
  if (event.what === 'rateLimited') world.sometimes('a quota refuses')
}
