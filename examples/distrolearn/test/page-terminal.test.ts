import { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyBoard } from '../src/board/board.ts'
import { createTerminal, type TerminalStream } from '../src/cli/terminal.ts'
import { render } from '../src/cli/terminal-view.ts'
import { createEventFeed, type EventFeed } from '../src/world/event-feed.ts'
import { createFakeWorld } from './fake-world.ts'

const url = 'http://127.0.0.1:4600/'

describe('a frame of the terminal', () => {
  const feed = (() => {
    let now = 0
    const made = createEventFeed({ capacity: 10_000, clock: { monotonic: () => now } })
    const world = createFakeWorld({ seed: 7, push: (event) => void made.push(event) })
    const pass = (ms: number): void => {
      for (let left = ms; left > 0; left -= 10) {
        now += 10
        world.step(10)
      }
    }
    pass(3000)
    world.control({ action: 'payment-down', on: true })
    pass(6000)
    world.control({ action: 'kill', region: 'virginia' })
    world.control({ action: 'skew', region: 'singapore', offsetMs: -5000 })
    pass(300)
    return made
  })()
  const frame = (columns: number): readonly string[] =>
    render(feed.snapshot(), columns, { url, seed: '7', speed: '20 days/s', nowMs: feed.nowMs })

  it('shows regions, breakers with their countdown, buckets, versions, clocks, sagas, promises and faults', () => {
    expect(frame(100).slice(0, 19)).toEqual([
      'DistroLearn  seed 7 · day 4 of 268 · 20 days/s',
      'http://127.0.0.1:4600/',
      '',
      '          dublin                        virginia                      singapore',
      'process   ● up                          ✕ killed                      ● up',
      'breakers  ● notifications                                             ● region dublin',
      '          ○ payments open 2.1s                                        ○ region virginia open 0.4s',
      '          ● region singapore',
      '          ○ region virginia open 0.4s',
      'buckets   ▮▮▮▮▮▮ 59/60 gateway          ▮▮▮▮▮▮ 59/60 gateway          ▮▮▮▮▮▮ 60/60 gateway',
      '          ▮▮▮▮▮▯ 18/20 payments quota',
      'has seen  dub 43 sin 33 vir 44          dub 41 sin 33 vir 44          dub 43 sin 33 vir 44',
      'clock     on time                       on time                       5.0 s behind',
      '',
      'requests  211 answered · 3 refused',
      'sagas     11 started · 3 completed · 6 compensated · 0 recovered · 0 stuck',
      'promises  ✔ all 11 hold',
      'faults    payment-down, skew singapore',
      '',
    ])
    expect(frame(100).slice(19)).toHaveLength(6)
    expect(frame(100)[19]).toMatch(/^· /)
  })

  it.each([40, 61, 80, 100, 200])('fits %i columns', (columns) => {
    for (const line of frame(columns)) expect([...line].length, line).toBeLessThanOrEqual(columns)
  })

  it('says which promise is broken, and why', () => {
    const broken = { name: 'seats sold never exceed seats', holds: false, detail: '101 of 100', sinceMs: 0 }
    const board = { ...emptyBoard, journal: { ...emptyBoard.journal, invariants: [broken, { ...broken, name: 'x', holds: true }] } }
    expect(render(board, 80, { url, seed: '7', speed: 'max', nowMs: 0 })).toContain(
      'promises  ✘ 1 of 2 broken: seats sold never exceed seats, 101 of 100',
    )
  })

  it('has something to say before anything has happened', () => {
    expect(render(emptyBoard, 80, { url, seed: '7', speed: 'max', nowMs: 0 })).toContain('promises  not checked yet')
  })

  it('colours by state, and pads before it colours so that columns stay', () => {
    const painted = render(feed.snapshot(), 100, {
      url,
      seed: '7',
      speed: '1',
      nowMs: feed.nowMs,
      paint: (style, text) => `<${style}>${text}</${style}>`,
    })
    expect(painted.some((line) => line.includes(`<red>${'✕ killed'.padEnd(29)}</red>`))).toBe(true)
  })
})

describe('the terminal', () => {
  let feed: EventFeed
  let written: string[]
  let stream: TerminalStream
  /** A window of so many rows; one that is stuck takes a first write and then no more. */
  const open = (rows: number, stuck = false): TerminalStream =>
    Object.assign(
      new Writable({
        decodeStrings: false,
        highWaterMark: stuck ? 1 : 1e6,
        write: (text, _, done) => (written.push(String(text)), stuck ? undefined : done()),
      }),
      { isTTY: true, columns: 80, rows, getColorDepth: WriteStream.prototype.getColorDepth },
    )
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubEnv('NO_COLOR', '1')
    vi.stubEnv('FORCE_COLOR', undefined)
    vi.stubEnv('TERM', 'xterm-256color')
    feed = createEventFeed({ capacity: 100, clock: { monotonic: () => performance.now() } })
    written = []
    stream = open(50)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
  })
  const create = (isTTY: boolean) => createTerminal({ feed, stream, url, seed: '7', speed: '5', isTTY, columns: 80 })
  const tell = (text: string): void => void feed.push({ type: 'narration', text, region: 'world', atMs: 0 })

  it('draws at most ten frames a second, each in one write over the one before', () => {
    const terminal = create(true)
    terminal.start()
    const before = written.length
    vi.advanceTimersByTime(1000)
    expect(written.length - before).toBe(10)
    const height = (written[1] ?? '').split('\n').length - 1
    expect(written[2]).toContain(`\u001b[${height}A`)
    expect(written[2]).not.toContain('\u001b[2J')
    terminal.stop()
  })

  it('hides the cursor while it draws, gives it back once, and then is silent', () => {
    const terminal = create(true)
    terminal.start()
    terminal.stop()
    terminal.stop()
    expect(written[0]).toBe('\u001b[?25l')
    expect(written.filter((text) => text === '\u001b[?25h')).toHaveLength(1)
    const after = written.length
    vi.advanceTimersByTime(1000)
    expect(written.length).toBe(after)
  })

  it('never draws more lines than the window has', () => {
    stream = open(8)
    const terminal = create(true)
    terminal.start()
    expect((written[1] ?? '').split('\n').length - 1).toBe(7)
    terminal.stop()
  })

  it('leaves frames out while the stream is full', () => {
    stream = open(50, true)
    const terminal = create(true)
    terminal.start()
    vi.advanceTimersByTime(1000)
    expect(stream.writableNeedDrain).toBe(true)
    expect(written).toEqual(['\u001b[?25l'])
    terminal.stop()
  })

  it.each([
    ['colours where the stream can show them', undefined, true],
    ['leaves colours out when NO_COLOR asks for that', '1', false],
  ])('%s', (_, noColor, coloured) => {
    vi.stubEnv('NO_COLOR', noColor)
    // Node shows fewer colours to a build server that it does not know.
    vi.stubEnv('CI', undefined)
    const terminal = create(true)
    feed.push({ type: 'region', state: 'up', life: 1, region: 'dublin', atMs: 0 })
    terminal.start()
    // Colours are SGR sequences, which end in m; cursor movements do not.
    expect(written.join('').includes('\u001b[32m')).toBe(coloured)
    expect(/\[\d+m/.test(written.join(''))).toBe(coloured)
    terminal.stop()
  })

  it('writes plain lines where nobody watches: what happens once, what repeats itself not again', () => {
    const terminal = create(false)
    terminal.start()
    tell('the cable is cut')
    for (const detail of ['a', 'b', 'c']) feed.push({ type: 'refused', what: 'rateLimited', detail, region: 'virginia', atMs: 0 })
    feed.push({ type: 'invariant', name: 'seats', holds: true, detail: '', region: 'world', atMs: 0 })
    feed.push({ type: 'invariant', name: 'seats', holds: false, detail: '2 of 1', region: 'world', atMs: 0 })
    feed.push({ type: 'invariant', name: 'seats', holds: false, detail: '3 of 1', region: 'world', atMs: 0 })
    feed.push({ type: 'invariant', name: 'seats', holds: true, detail: '', region: 'world', atMs: 0 })
    terminal.stop()
    tell('unheard')
    expect(written).toEqual([
      'DistroLearn, seed 7, 5 days/s: http://127.0.0.1:4600/\n',
      '    0.0 s  the cable is cut\n',
      '    0.0 s  virginia: over the limit, and told when to come back (a)\n',
      '    0.0 s  ✘ seats: 2 of 1\n',
      '    0.0 s  ✔ seats\n',
    ])
  })
})
