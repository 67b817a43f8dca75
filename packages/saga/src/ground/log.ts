/** What a saga's log may say. The log is the truth; everything else about a saga is a fold over it. */
import type { Failure } from './types.ts'

/** What kind of thing a name in the saga's function stands for. */
export type Kind = 'step' | 'tx' | 'sleep' | 'signal' | 'child' | 'lock'

export type Entry =
  /** Written before the effect may begin, so that an unknown outcome is known to be one. No `type` means a step. `until` is the store's time in ms. */
  | { readonly kind: 'intent'; readonly ord: number; readonly name: string; readonly type?: Kind; readonly undo?: true; readonly pivot?: true; readonly until?: number }
  | { readonly kind: 'done'; readonly ord: number; readonly value: string }
  /** `nothing`: the step says that it had no effect. `unknown`: it ran out of time and may still succeed. */
  | { readonly kind: 'failed'; readonly ord: number; readonly error: Failure; readonly nothing?: true; readonly unknown?: true }
  /** An attempt failed and the next is too far away to be waited for in memory. */
  | { readonly kind: 'later'; readonly ord: number; readonly attempt: number; readonly until: number; readonly error: Failure }
  /** A step succeeded after the saga had been told that it ran out of time. */
  | { readonly kind: 'late'; readonly ord: number; readonly value: string }
  /** Turning back was asked for; it follows at once, unless a pivot is under way. */
  | { readonly kind: 'cancel'; readonly cause: Failure }
  | { readonly kind: 'back'; readonly cause: Failure }
  | { readonly kind: 'undo-intent'; readonly ord: number }
  /** `note`: a person settled it. */
  | { readonly kind: 'undone'; readonly ord: number; readonly note?: string }
  /** The saga waits for a person. Without `ord` it is no single step's fault. */
  | { readonly kind: 'stuck'; readonly ord?: number; readonly error: Failure }
  | { readonly kind: 'retry' }
  | { readonly kind: 'signal'; readonly name: string; readonly value: string }
  | { readonly kind: 'emit'; readonly topic: string; readonly nth: number }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'end'; readonly state: 'completed' | 'compensated' }

/** One commit's worth of a log. `at` is the store's time in ms. */
export interface LogRecord {
  readonly seq: number
  readonly at: number
  readonly entries: readonly Entry[]
}

/** Something said to a saga from outside. Numbered per saga from 1. */
export type Letter =
  | { readonly kind: 'signal'; readonly name: string; readonly value: string }
  | { readonly kind: 'cancel'; readonly reason: string }
  | { readonly kind: 'resolve'; readonly step: string; readonly note: string }
  | { readonly kind: 'retry' }
  | { readonly kind: 'undo'; readonly reason: string }
  | { readonly kind: 'child'; readonly ord: number; readonly state: 'completed' | 'compensated' | 'stuck'; readonly value?: string; readonly error?: Failure }
  | { readonly kind: 'lock'; readonly name: string }

export interface Mail {
  readonly saga: string
  readonly number: number
  readonly letter: Letter
}
