// Small but complete: every order in which three calls may come, end well, badly or not at all, and time may pass, up to nine steps,
// beside the slow model. What random histories only sample is enumerated here.
import { expect, it } from 'vitest'
import { consecutive, createBreaker } from '@distrokit/breaker'
import type { Permit } from '@distrokit/breaker'
import { BreakerModel, opens } from './model/breaker-model.ts'

const OPEN_MS = 10
const PROBE_MS = 15
const CALLS = 3

type Move = 'tick' | 'enter' | readonly [call: number, verdict: 'ok' | 'fail' | 'ignore']

interface World {
  now: number
  readonly breaker: ReturnType<typeof createBreaker>
  readonly model: BreakerModel
  readonly passes: { readonly real: Permit; readonly model: Exclude<ReturnType<BreakerModel['enter']>, 'refused'>; settled: boolean }[]
  entered: number
  told: string[]
}

function build(probes: number, tolerate: number): World {
  const breaker = createBreaker({
    trip: consecutive(1), openMs: OPEN_MS, probeMs: PROBE_MS, jitter: 0, probes, tolerate, clock: { now: () => 0, monotonic: () => world.now },
  })
  const model = new BreakerModel({ openMs: OPEN_MS, probeMs: PROBE_MS, probes, tolerated: Math.min(probes - 1, Math.floor(tolerate * probes)), opens: opens.consecutive(1) })
  const world: World = { now: 0, breaker, model, passes: [], entered: 0, told: [] }
  breaker.onEvent((event) => {
    if (event.type === 'transition') world.told.push(`${event.from} → ${event.to}`)
  })
  return world
}

function play(world: World, move: Move): void {
  if (move === 'tick') world.now += OPEN_MS
  else if (move === 'enter') {
    world.entered++
    const expected = world.model.enter(world.now)
    let real: Permit | undefined
    try {
      real = world.breaker.enter()
    } catch {
      // Refused; compared below.
    }
    if ((real === undefined) !== (expected === 'refused')) expect.unreachable(`${real === undefined ? 'refused' : 'admitted'} what the model did not`)
    if (real !== undefined && expected !== 'refused') world.passes.push({ real, model: expected, settled: false })
  } else {
    const pass = world.passes[move[0]] as (typeof world.passes)[number]
    pass.settled = true
    world.model.settle(pass.model, move[1], world.now)
    pass.real[move[1]]()
  }
}

const describeBreaker = ({ breaker, told }: World): string => `${breaker.state} ${breaker.retryAfterMs} ${told.join(', ')}`
const describeModel = ({ model, now }: World): string => `${model.state} ${model.retryAfterMs(now)} ${model.history.join(', ')}`

function moves(world: World): Move[] {
  const settles = world.passes.flatMap(({ settled }, call): Move[] => (settled ? [] : [[call, 'ok'], [call, 'fail'], [call, 'ignore']]))
  return [...(world.now < 4 * OPEN_MS ? ['tick' as const] : []), ...(world.entered < CALLS ? ['enter' as const] : []), ...settles]
}

it.each([[1, 0], [2, 0], [2, 0.5], [3, 0.4]])('no order of three calls leads %i probes with tolerance %d into an illegal state', (probes, tolerate) => {
  let histories = 0
  const states = new Set<string>()
  const explore = (path: readonly Move[]): void => {
    const world = build(probes, tolerate)
    for (const move of path) play(world, move)
    // Every earlier step was compared when its own path ended there.
    if (describeBreaker(world) !== describeModel(world)) expect({ path, is: describeBreaker(world) }).toEqual({ path, is: describeModel(world) })
    states.add(world.breaker.state)
    const next = path.length < 9 ? moves(world) : []
    if (next.length === 0) histories++
    for (const move of next) explore([...path, move])
  }
  explore([])
  expect([...states].sort()).toEqual(['closed', 'half-open', 'open'])
  expect(histories).toBeGreaterThan(1000)
}, 60_000)
