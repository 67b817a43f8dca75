import type { Meter as RealMeter } from '@opentelemetry/api'
import { expect, expectTypeOf, test } from 'vitest'
import { createClock, type Stamp } from '../src/index.ts'
import { createDurableClock } from '../src/adapters/durable.ts'
import { meterClock, type Meter } from '../src/adapters/otel.ts'
import { steppingClock } from '../src/adapters/testing.ts'
import { createDisk } from './model/disk.ts'

/** Keeps every measurement, in the order in which it was taken. */
function recorder() {
  const seen: [name: string, value: number, attributes?: object][] = []
  const gauges = new Set<(result: { observe(value: number): void }) => void>()
  const record = (name: string) => (value: number, attributes?: object) => void seen.push(attributes === undefined ? [name, value] : [name, value, attributes])
  const meter: Meter = {
    createCounter: (name) => ({ add: record(name) }),
    createHistogram: (name) => ({ record: record(name) }),
    createObservableGauge: () => ({ addCallback: (callback) => void gauges.add(callback), removeCallback: (callback) => void gauges.delete(callback) }),
  }
  const collect = (): number[] => {
    const values: number[] = []
    for (const gauge of gauges) gauge({ observe: (value) => values.push(value) })
    return values
  }
  return { meter, seen, collect }
}

const at = (ms: number, node = 'b'): Stamp => ({ ms, count: 0, node })

test('drift, refusals and lead are measured', () => {
  const [wall, { meter, seen, collect }] = [steppingClock(100_000), recorder()]
  const clock = meterClock(createClock({ node: 'a', clock: wall, maxDriftMs: 500 }), { meter, clock: wall })
  clock.receive(at(100_400))
  clock.tryReceive(at(101_000))
  expect(() => clock.receive(at(102_000, 'c'))).toThrow()
  clock.receiveAll([at(90_000), at(100_100), at(99_000)])
  expect(seen).toEqual([
    ['hlc.drift', 400], ['hlc.drift', 1000], ['hlc.refused', 1, { 'hlc.remote': 'b' }], ['hlc.drift', 2000], ['hlc.refused', 1, { 'hlc.remote': 'c' }],
    ['hlc.drift', 100],
  ])
  expect(collect()).toEqual([400])
})

test('events are counted by name', () => {
  const [wall, { meter, seen }] = [steppingClock(100_000), recorder()]
  const clock = meterClock(createClock({ node: 'a', clock: wall }), { meter, clock: wall })
  clock.receive(at(105_000, 'a'))
  expect(seen).toEqual([['hlc.drift', 5000], ['hlc.events', 1, { 'hlc.event': 'conflict' }], ['hlc.events', 1, { 'hlc.event': 'lead' }]])
})

test('names of nodes are bounded, for every name is a series', () => {
  const [wall, { meter, seen }] = [steppingClock(0), recorder()]
  const clock = meterClock(createClock({ node: 'a', clock: wall, maxDriftMs: 0 }), { meter, clock: wall, maxNodes: 2 })
  for (const node of ['x', 'y', 'z', 'x']) clock.tryReceive(at(5, node))
  expect(seen.filter(([name]) => name === 'hlc.refused').map(([, , attributes]) => attributes)).toEqual(['x', 'y', 'other', 'x'].map((node) => ({ 'hlc.remote': node })))
})

test('a metered clock is the clock: same stamps, live lead, and what a durable one has besides', async () => {
  const [wall, { meter, seen, collect }] = [steppingClock(1000), recorder()]
  const durable = await createDurableClock({ node: 'a', clock: wall, store: createDisk() })
  const clock = meterClock(durable, { meter, clock: wall })
  expect([clock.now(), clock.peek(), clock.node, clock.reserve(2).size]).toEqual([at(1000, 'a'), at(1000, 'a'), 'a', 2])
  clock.receive(at(2000))
  expect(clock.leadMs).toBe(1000)
  await clock.close()
  clock[Symbol.dispose]()
  expect(collect()).toEqual([])
  expect(seen.map(([name]) => name)).toEqual(['hlc.drift', 'hlc.events'])
})

test("OpenTelemetry's own meter fits, and a malformed stamp is refused but not measured", () => {
  expectTypeOf<RealMeter>().toExtend<Meter>()
  const { meter, seen } = recorder()
  const clock = meterClock(createClock({ node: 'a' }), { meter })
  expect(() => clock.receive(at(NaN))).toThrow(TypeError)
  expect(seen).toEqual([])
  expect(() => meterClock(clock, { meter, name: 'x' } as never)).toThrow('known option')
})
