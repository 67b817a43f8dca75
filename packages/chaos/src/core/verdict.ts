import { damageFrom } from './damage.ts'
import type { Damage } from './damage.ts'
import { tailed } from './tail.ts'

/** What a link does to its calls; the numbers behind `faults()`. */
export interface LinkWeather {
  /** Delay of each direction in milliseconds, at least 0. Default 0. A call takes twice this. */
  readonly latencyMs: number
  /** Mean of the heavy tail that is added to each direction, in milliseconds, at least 0. Default 0. */
  readonly jitterMs: number
  /** Share of calls that lose their request or their answer, one as likely as the other, 0..1. Default 0. */
  readonly loss: number
  /** Share of calls whose request is delivered twice, 0..1; the first answer wins. Default 0. */
  readonly duplicate: number
  /** Share of calls that are held back until a later one has overtaken them, 0..1. Default 0. */
  readonly reorder: number
  /** The longest time that a held-back call waits to be overtaken, in milliseconds. Default 100. */
  readonly reorderMs: number
  /** True refuses every new call at once, and loses those that are under way. Default false. */
  readonly cut: boolean
  /** Share of calls in whose body, the request's or the answer's, one byte is flipped, 0..1. Default 0. */
  readonly corrupt: number
}

/** The fate of one call, decided before it starts. */
export interface Verdict {
  readonly requestMs: number
  readonly answerMs: number
  readonly lost: 'request' | 'answer' | undefined
  /** Milliseconds after the first delivery at which the same request arrives again. */
  readonly duplicateMs: number | undefined
  readonly held: boolean
  readonly corrupted: 'request' | 'answer' | undefined
  readonly damage: Damage
}

/**
 * Draws a call's fate. Takes ten numbers whatever the weather is: changing one fault leaves every other draw of a
 * seeded run where it was, which is what makes a failure shrink.
 */
export function judge(weather: LinkWeather, random: () => number): Verdict {
  const requestMs = tailed(weather.latencyMs, weather.jitterMs, random())
  const answerMs = tailed(weather.latencyMs, weather.jitterMs, random())
  const lost = random() < weather.loss
  const lostSide = random() < 0.5 ? 'request' : 'answer'
  const duplicated = random() < weather.duplicate
  const duplicateMs = tailed(0, weather.jitterMs, random())
  const held = random() < weather.reorder
  const corrupted = random() < weather.corrupt
  const corruptedSide = random() < 0.5 ? 'request' : 'answer'
  const damage = damageFrom(random())
  return {
    requestMs,
    answerMs,
    lost: lost ? lostSide : undefined,
    duplicateMs: duplicated ? duplicateMs : undefined,
    held,
    corrupted: corrupted ? corruptedSide : undefined,
    damage,
  }
}
