// Promise: whoever has no browser open still sees the world live; a log file gets plain sentences instead.

import { styleText } from 'node:util'
import type { FedEvent } from '../board/fed-event.ts'
import { dayText, paceText } from '../board/pace.ts'
import { tellingOf } from '../board/telling.ts'
import type { EventFeed } from '../world/event-feed.ts'
import { render } from './terminal-view.ts'

/** `process.stdout`, or a stream like it. */
export interface TerminalStream extends NodeJS.WritableStream {
  readonly columns?: number
  readonly rows?: number
  readonly writableNeedDrain?: boolean
}

export interface TerminalOptions {
  readonly feed: EventFeed
  readonly stream: TerminalStream
  readonly url: string
  readonly seed: string
  readonly speed: string
  /** False: plain lines, one per thing worth telling. */
  readonly isTTY: boolean
  /** Width where the stream does not know its own. */
  readonly columns: number
}

export interface Terminal {
  start(): void
  /** Leaves the last picture (or line) standing and gives the cursor back. Calling it again does nothing. */
  stop(): void
}

const redrawMs = 100
const defaultRows = 40
const progressEveryDays = 10

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
/** Terminals that know synchronized updates show the frame at once; others ignore these. */
const beginFrame = '\u001b[?2026h'
const endFrame = '\u001b[?2026l'
const eraseRest = '\u001b[K'
const eraseBelow = '\u001b[J'
const up = (lines: number): string => (lines > 0 ? `\r\u001b[${lines}A` : '\r')

export const createTerminal = (options: TerminalOptions): Terminal => (options.isTTY ? livePicture(options) : plainLines(options))

const livePicture = ({ feed, stream, url, seed, speed, columns }: TerminalOptions): Terminal => {
  let timer: ReturnType<typeof setInterval> | undefined
  let height = 0

  const draw = (): void => {
    // A terminal that cannot keep up misses frames instead of getting them late.
    if (stream.writableNeedDrain === true) return
    const paint = (style: Parameters<typeof styleText>[0], text: string): string => styleText(style, text, { stream })
    const view = render(feed.snapshot(), stream.columns ?? columns, { url, seed, speed, nowMs: feed.nowMs, paint })
    // More lines than the window has could not be drawn over: the cursor stops at its top.
    const lines = view.slice(0, Math.max(1, (stream.rows ?? defaultRows) - 1))
    stream.write(`${beginFrame}${up(height)}${lines.map((line) => `${line}${eraseRest}\n`).join('')}${eraseBelow}${endFrame}`)
    height = lines.length
  }

  return {
    start() {
      if (timer !== undefined) return
      stream.write(hideCursor)
      draw()
      timer = setInterval(draw, redrawMs)
      timer.unref()
    },
    stop() {
      if (timer === undefined) return
      clearInterval(timer)
      timer = undefined
      draw()
      stream.write(showCursor)
    },
  }
}

const plainLines = ({ feed, stream, url, seed, speed }: TerminalOptions): Terminal => {
  let subscription: Disposable | undefined
  let toldDay = Number.NEGATIVE_INFINITY
  const broken = new Set<string>()

  /** Sentences about what happens. What only repeats an earlier line is not said again. */
  const news = (event: FedEvent): string | undefined => {
    if (tellingOf(event) === undefined) return undefined
    const [newest] = feed.snapshot().journal.lines
    return newest?.sequence === event.sequence ? newest.text : undefined
  }

  /** Sentences about what stands rather than happens: told when it changes. */
  const standing = (event: FedEvent): string | undefined => {
    if (event.type === 'replay' && (event.day >= toldDay + progressEveryDays || event.day < toldDay)) {
      toldDay = event.day
      return `day ${dayText(event.day)} of ${event.lastDay}, ${event.done} of ${event.total} rows`
    }
    if (event.type !== 'invariant' || event.holds !== broken.has(event.name)) return undefined
    if (event.holds) broken.delete(event.name)
    else broken.add(event.name)
    return `${event.holds ? '✔' : '✘'} ${event.name}${event.detail === '' ? '' : `: ${event.detail}`}`
  }

  return {
    start() {
      if (subscription !== undefined) return
      stream.write(`DistroLearn, seed ${seed}, ${paceText(speed)}: ${url}\n`)
      subscription = feed.subscribe((event) => {
        const text = news(event) ?? standing(event)
        if (text !== undefined)
          stream.write(
            `${(event.arrivedMs / 1000).toFixed(1).padStart(7)} s  ${event.region === 'world' ? '' : `${event.region}: `}${text}\n`,
          )
      })
    },
    stop() {
      subscription?.[Symbol.dispose]()
      subscription = undefined
    },
  }
}
