// Promise: one run of the demo from start to report; whatever happens, it closes everything it opened.

import { createRandom } from '@distrokit/chaos'
import type { Cohort } from '../cohort/cohort.ts'
import { issueToken } from '../gateway/auth.ts'
import { every } from '../ground/clock.ts'
import { gossipMs, paymentQuota } from '../ground/config.ts'
import { createReplay, type Replay } from '../cohort/replay.ts'
import { createWatch, type Facts, type Invariant } from '../report/invariants.ts'
import { createTally, makeReport, type Report } from '../report/report.ts'
import { homeRegion, regionNames } from '../ground/regions.ts'
import type { DemoEvent, EventBody } from '../telemetry/events.ts'
import type { Control } from './control.ts'
import { flood } from './flood.ts'
import type { Platform } from './platform.ts'
import { createProviders } from './providers.ts'
import { scenarioOf, type ScenarioName, type Stage } from './scenarios.ts'
import { startSyntheticLearners, syntheticCourse } from './synthetic-learners.ts'
import { createWeather } from './weather.ts'

export interface Run {
  /** Applies a switch of the page, or a scenario. */
  control(message: Control): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: string }>
  /** Resolves when the replay has ended and the regions have settled. */
  replayed(): Promise<Report>
  close(): Promise<void>
}

/** What was asked for on the command line. */
export interface RunSettings {
  readonly seed: string
  /** Course days a second; Infinity for as fast as it goes. */
  readonly speed: number
  readonly chaos: readonly ScenarioName[]
  /** No made-up learners: only the cohort. */
  readonly headless: boolean
}

export interface RunOptions {
  readonly settings: RunSettings
  readonly cohort: Cohort
  readonly platform: Platform
  readonly onEvent: (event: DemoEvent) => void
  readonly signal: AbortSignal
}

const settleTimeoutMs = 60_000
const settlePollMs = 150
const liveCheckMs = 2_000
/** A replay of which nothing has moved for so long is given up, with what was lost. */
const stallMs = 60_000
/** The page watches one learner; the synthetic ones share the name space of nobody. */
const watchedLearner = 'ada'

export async function startRun({ settings, cohort, platform, onEvent, signal }: RunOptions): Promise<Run> {
  const { outside, trueTime } = platform
  const { clock } = outside
  const random = createRandom(settings.seed)
  const courses = [...cohort.courses.keys()]
  const watch = createWatch(courses)
  const tally = createTally()
  const listeners = new Set<(event: DemoEvent) => void>()
  const stop = new AbortController()
  const whole = AbortSignal.any([signal, stop.signal])

  const publish = (event: DemoEvent): void => {
    watch.push(event)
    tally.push(event)
    onEvent(event)
    for (const listener of listeners) listener(event)
  }
  const emit = (body: EventBody): void => publish({ ...body, region: 'world', atMs: trueTime() })

  const providers = createProviders({ random: random.fork('providers'), clock, trueTime })
  const tokenSecret = platform.secret('tokens')
  const seats = (course: string): number => Math.max(1, cohort.events.filter((event) => event.type === 'registration' && event.course === course).length)
  const supervisor = await platform.serve(providers).then((addresses) =>
    platform.startRegions({
      signal: whole,
      onEvents: (events) => events.forEach(publish),
      shared: {
        peerSecret: platform.secret('peers'),
        tokenSecret,
        providers: addresses,
        // As many seats as students: nobody is turned away, and one seat too many sold would show.
        courses: [...[...cohort.courses.values()].map(({ id, lengthDays }) => ({ id, lengthDays, capacity: seats(id) })), syntheticCourse],
        pages: cohort.pages,
        gossipMs,
        paymentQuota,
        watched: watchedLearner,
      },
    }),
  )
  const weather = createWeather({ supervisor, providers, emit })
  const address = (region: (typeof regionNames)[number]): string => supervisor.addresses[region]

  const stage: Stage = {
    async apply(message) {
      const outcome = await control(message)
      if (!outcome.ok) throw new Error(outcome.error)
    },
    seen: (matches, withinMs) =>
      new Promise((resolve) => {
        const end = (found: boolean): void => {
          timer.cancel()
          listeners.delete(listen)
          resolve(found)
        }
        const listen = (event: DemoEvent): void => {
          if (matches(event)) end(true)
        }
        const timer = clock.after(withinMs, () => end(false))
        listeners.add(listen)
      }),
    wait: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
    ask(region) {
      const token = issueToken(tokenSecret, { subject: watchedLearner, role: 'learner' }, clock.now() + 60_000)
      void outside.fetch(`${address(region)}/progress/${syntheticCourse.id}/${watchedLearner}`, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined)
    },
    narrate: (text) => emit({ type: 'narration', text }),
  }
  const playing = new Map<ScenarioName, Promise<void>>()
  const play = (name: ScenarioName): Promise<void> => {
    const running = playing.get(name)
    if (running !== undefined) return running
    const started = scenarioOf(name)
      .run(stage)
      .catch((error: unknown) => emit({ type: 'narration', text: `The scenario ${name} broke off: ${String(error)}` }))
      .finally(() => playing.delete(name))
    playing.set(name, started)
    return started
  }

  const control: Run['control'] = async (message) => {
    if (whole.aborted) return { ok: false, error: 'the demo is closing' }
    switch (message.action) {
      case 'scenario':
        void play(message.name)
        return { ok: true }
      case 'flood': {
        const page = cohort.pages[0]
        if (page === undefined) return { ok: false, error: 'the cohort has no page to ask for' }
        emit({ type: 'fault', fault: 'flood', on: true, detail: `${message.region}'s gateway, ${message.seconds} s` })
        void flood({ outside, address: address(message.region), tokenSecret, path: `/catalog/${page.course}/${page.id}`, seconds: message.seconds }).then(({ served, refused }) =>
          emit({ type: 'fault', fault: 'flood', on: false, detail: `${served} served, ${refused} refused` }),
        )
        return { ok: true }
      }
      case 'preference':
        supervisor.command(message.region, { type: 'preference', learner: watchedLearner, key: message.key, value: message.value })
        return { ok: true }
      case 'kill':
        if (!supervisor.isUp(message.region)) return { ok: false, error: `${message.region} is down already` }
        await weather.apply(message)
        return { ok: true }
      default:
        await weather.apply(message)
        return { ok: true }
    }
  }

  const struck = new Set<ScenarioName>()
  const replay: Replay = createReplay({
    outside,
    cohort,
    address,
    tokenSecret,
    random: random.fork('learners'),
    speed: settings.speed,
    emit,
    onRegistration(share) {
      for (const name of settings.chaos) {
        if (struck.has(name) || share < scenarioOf(name).at) continue
        struck.add(name)
        void play(name)
      }
    },
  })

  const inspectAll = () => Promise.all(regionNames.map((name) => supervisor.inspect(name, courses)))
  const factsOf = (inspections: Facts['inspections'], atRest: boolean): Facts => ({
    inspections,
    acknowledged: replay.acknowledged,
    staleReads: replay.staleReads,
    reads: replay.reads,
    books: providers.books,
    attempts: providers.attempts,
    atRest,
  })

  let told = ''
  const tell = (invariants: readonly Invariant[]): void => {
    const text = JSON.stringify(invariants)
    if (text === told) return
    told = text
    for (const { name, holds, detail } of invariants) emit({ type: 'invariant', name, holds, detail })
  }
  let checking = false
  const liveCheck = every(clock, liveCheckMs, () => {
    if (checking || !regionNames.every(supervisor.isUp)) return
    checking = true
    inspectAll()
      .then((inspections) => tell(watch.check(factsOf(inspections, false))))
      .catch(() => undefined)
      .finally(() => (checking = false))
  })

  /** All links whole, no saga under way, all replicas equal: or the time is up. */
  const settle = async (): Promise<Facts> => {
    await weather.apply({ action: 'heal' })
    const endMs = clock.monotonic() + settleTimeoutMs
    for (;;) {
      if (regionNames.every(supervisor.isUp)) {
        const inspections = await inspectAll().catch(() => [])
        const home = inspections.find(({ region }) => region === homeRegion)?.strong
        const live = home === undefined ? 1 : home.enrolments.live + home.withdrawals.live
        if (live === 0 && new Set(inspections.map(({ digest }) => digest)).size === 1) return factsOf(inspections, true)
        if (clock.monotonic() > endMs && inspections.length === regionNames.length) return factsOf(inspections, true)
      }
      whole.throwIfAborted()
      await stage.wait(settlePollMs)
    }
  }

  const synthetic = settings.headless ? undefined : startSyntheticLearners({ outside, address, tokenSecret, random: random.fork('synthetic'), watched: watchedLearner, pages: cohort.pages, signal: whole })

  return {
    control,
    async replayed() {
      const started = clock.monotonic()
      const stalled = new AbortController()
      const lost: string[] = []
      let before = -1
      let movedMs = started
      const guard = every(clock, 1_000, () => {
        // A quiet stretch of the course is no stall: only what is under way can be stuck.
        if (replay.share !== before || replay.waiting === 0) {
          before = replay.share
          movedMs = clock.monotonic()
        } else if (clock.monotonic() - movedMs > stallMs) stalled.abort(new Error(`nothing has moved for ${stallMs / 1_000} s`))
      })
      try {
        await replay.run(AbortSignal.any([whole, stalled.signal]))
      } catch (error) {
        whole.throwIfAborted()
        lost.push(`the replay broke off after ${Math.floor(replay.share * 1_000) / 10} % of the rows: ${error instanceof Error ? error.message : String(error)}`)
      } finally {
        guard.cancel()
      }
      await Promise.all(playing.values())
      await synthetic?.pause()
      const facts = await settle()
      synthetic?.resume()
      const invariants = watch.check(facts)
      tell(invariants)
      return makeReport({
        seed: settings.seed, chaos: settings.chaos, mode: platform.mode, cohort, inspections: facts.inspections, invariants, tally, learners: replay.totals(),
        kills: supervisor.kills, lost: [...lost, ...replay.problems], elapsedMs: clock.monotonic() - started,
      })
    },
    async close() {
      stop.abort(new Error('the demo closes'))
      liveCheck.cancel()
      await synthetic?.pause()
      await supervisor.close()
    },
  }
}
