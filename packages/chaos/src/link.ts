import type { Damage } from './core/damage.ts'
import { judge } from './core/verdict.ts'
import type { LinkWeather, Verdict } from './core/verdict.ts'
import { LinkError } from './ground/errors.ts'
import type { Clock } from './ground/types.ts'
import { unlessAborted, wait } from './wait.ts'

/** What `set` may change while calls are under way. */
export interface FaultOptions extends LinkWeather {
  /**
   * What the caller of a lost call sees: `'error'`, a network error when the message would have arrived (a reset connection),
   * or `'silence'`, nothing until its own `signal` aborts (a black hole). Default 'error'.
   */
  readonly whenLost: 'error' | 'silence'
  /** How long a silence lasts before it becomes a network error after all, in milliseconds. Default 60 000. */
  readonly silenceMs: number
}

/** A fault struck a call. */
export type Strike =
  | { readonly type: 'cut' | 'duplicated' | 'reordered' | 'full' }
  | { readonly type: 'lost' | 'corrupted'; readonly side: 'request' | 'answer' }

/** One call, whatever carries it. */
export interface Passage<T> {
  /** Makes the call. Called twice for a duplicated request; `damage` says which byte of the request to flip, if any. */
  deliver(damage: Damage | undefined): T | PromiseLike<T>
  /** The same answer with one byte flipped. Without it answers are never corrupted. */
  spoil?(answer: T, damage: Damage): T
  /** Frees an answer that nobody will read. */
  discard?(answer: T): void
  /** Ends every wait of this call with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** The way of a call through weather, and back. */
export interface Link {
  readonly current: FaultOptions
  readonly inFlight: number
  carry<T>(passage: Passage<T>): Promise<T>
}

/** What a link asks for. `weather` is read again at every turn of a call, so that a cut loses what is under way. */
export interface LinkParts {
  readonly weather: () => FaultOptions
  readonly random: () => number
  readonly clock: Pick<Clock, 'after'>
  readonly maxInFlight: number
  readonly closing: AbortSignal
  readonly note: (strike: Strike) => void
}

type Signals = readonly (AbortSignal | undefined)[]

export function createLink({ weather, random, clock, maxInFlight, closing, note }: LinkParts): Link {
  let inFlight = 0
  /** Calls that are held back; each departure lets them go. */
  const held = new Set<() => void>()

  function cut(code: 'ECONNREFUSED' | 'ECONNRESET'): LinkError {
    note({ type: 'cut' })
    return new LinkError(code, 'cut', 'The link is cut')
  }

  async function holdBack(signals: Signals): Promise<void> {
    note({ type: 'reordered' })
    let overtaken: (() => void) | undefined
    try {
      await wait(clock, weather().reorderMs, signals, (release) => held.add((overtaken = release)))
    } finally {
      if (overtaken !== undefined) held.delete(overtaken)
    }
  }

  /** One direction: the delay, then the cut and the loss that may have struck meanwhile. */
  async function travel(side: 'request' | 'answer', verdict: Verdict, signals: Signals): Promise<void> {
    await wait(clock, side === 'request' ? verdict.requestMs : verdict.answerMs, signals)
    if (side === 'request' && verdict.held) await holdBack(signals)
    const { cut: isCut, whenLost, silenceMs } = weather()
    if (isCut) throw cut('ECONNRESET')
    if (verdict.lost !== side) return
    note({ type: 'lost', side })
    if (whenLost === 'error') throw new LinkError('ECONNRESET', 'loss', `The ${side} was lost on the way`)
    await wait(clock, silenceMs, signals)
    throw new LinkError('ETIMEDOUT', 'loss', `The ${side} was lost, and nothing was heard for ${silenceMs} ms`)
  }

  /** The second delivery outlives its caller, as a packet does; only the link's end stops it. */
  function deliverTwice<T>(passage: Passage<T>, damage: Damage | undefined, delayMs: number): Promise<T> {
    note({ type: 'duplicated' })
    inFlight++
    let answered = false
    const deliver = async (): Promise<T> => {
      const answer = await passage.deliver(damage)
      if (answered) passage.discard?.(answer)
      answered = true
      return answer
    }
    const first = deliver()
    const second = wait(clock, delayMs, [closing]).then(deliver).finally(() => inFlight--)
    return Promise.any([first, second]).catch(() => first)
  }

  async function throughWeather<T>(passage: Passage<T>, verdict: Verdict, signals: Signals): Promise<T> {
    await travel('request', verdict, signals)
    const damage = verdict.corrupted === 'request' ? verdict.damage : undefined
    if (damage !== undefined) note({ type: 'corrupted', side: 'request' })
    for (const overtake of held) overtake()
    const delivery = verdict.duplicateMs === undefined
      ? Promise.resolve(passage.deliver(damage))
      : deliverTwice(passage, damage, verdict.duplicateMs)
    const answer = await unlessAborted(delivery, signals, (late) => passage.discard?.(late))
    try {
      await travel('answer', verdict, signals)
    } catch (error) {
      passage.discard?.(answer)
      throw error
    }
    if (verdict.corrupted !== 'answer' || passage.spoil === undefined) return answer
    note({ type: 'corrupted', side: 'answer' })
    return passage.spoil(answer, verdict.damage)
  }

  return {
    get current() {
      return weather()
    },
    get inFlight() {
      return inFlight
    },
    async carry(passage) {
      const signals = [passage.signal, closing]
      for (const signal of signals) signal?.throwIfAborted()
      if (inFlight >= maxInFlight) {
        note({ type: 'full' })
        throw new LinkError('EMFILE', 'full', `Expected at most ${maxInFlight} calls inside the link, got one more. Raise maxInFlight or call less`)
      }
      const verdict = judge(weather(), random)
      if (weather().cut) throw cut('ECONNREFUSED')
      inFlight++
      try {
        return await throughWeather(passage, verdict, signals)
      } finally {
        inFlight--
      }
    },
  }
}
