import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyBoard, reduce } from '../src/board/board.ts'
import type { FedEvent } from '../src/board/fed-event.ts'
import type { DemoEvent } from '../src/telemetry/events.ts'
import { createEventFeed } from '../src/world/event-feed.ts'
import { anyStream } from './board-events.ts'

const narration = (text: string): DemoEvent => ({ type: 'narration', text, region: 'world', atMs: 0 })
const still = { monotonic: () => 0 }

describe('the feed', () => {
  it('numbers events from one, and tells its own time rather than theirs', () => {
    let now = 100
    const feed = createEventFeed({ capacity: 4, clock: { monotonic: () => now } })
    now = 130
    const first = feed.push(narration('a'))
    now = 170
    const second = feed.push(narration('b'))
    expect([first.sequence, first.arrivedMs, second.sequence, second.arrivedMs]).toEqual([1, 30, 2, 70])
  })

  it('gives what came after a number, or nothing at all when some of it is gone: like a list of everything would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(60),
        fc.integer({ min: -2, max: 70 }),
        fc.integer({ min: 1, max: 30 }),
        (capacity, pushes, from, limit) => {
          const feed = createEventFeed({ capacity, clock: still })
          const all = Array.from({ length: pushes }, (_, index) => feed.push(narration(String(index))))
          const known = from <= pushes && from >= 0 && pushes - from <= capacity
          expect(feed.since(from, limit)).toEqual(known ? all.slice(from, from + limit) : undefined)
        },
      ),
    )
  })

  it('holds the fold of everything that was pushed, also of what the ring has forgotten', () => {
    fc.assert(
      fc.property(anyStream(600), (events) => {
        let now = 0
        const feed = createEventFeed({ capacity: 8, clock: { monotonic: () => now } })
        for (const event of events) {
          now = event.arrivedMs
          feed.push(event)
        }
        expect(feed.snapshot()).toEqual(reduce(emptyBoard, events))
      }),
      { numRuns: 30 },
    )
  })

  it('goes on when a listener throws, and forgets a listener that was disposed of', () => {
    const feed = createEventFeed({ capacity: 4, clock: still })
    const heard: number[] = []
    const listener = (event: FedEvent): void => void heard.push(event.sequence)
    feed.subscribe(() => {
      throw new Error('mine alone')
    })
    const one = feed.subscribe(listener)
    const other = feed.subscribe(listener)
    feed.push(narration('a'))
    one[Symbol.dispose]()
    feed.push(narration('b'))
    other[Symbol.dispose]()
    feed.push(narration('c'))
    expect(heard).toEqual([1, 1, 2])
  })

  it('refuses a capacity that holds nothing', () => {
    expect(() => createEventFeed({ capacity: 0, clock: still })).toThrow(/capacity must be a whole number from 1, got 0/)
    expect(() => createEventFeed({ capacity: Number.NaN, clock: still })).toThrow(RangeError)
  })
})
