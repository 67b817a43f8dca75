/**
 * What a saga's function has asked for, by name, and the giving back of what the log already has.
 * Recorded outcomes are given in the order of the log, one at a time, so that a race between two promises has the same winner in every life.
 */
import { toError } from './core/failure.ts'
import type { State, Step } from './core/state.ts'
import { GATHER_HOPS } from './ground/defaults.ts'
import { StepNameError } from './ground/errors.ts'
import type { Kind } from './ground/log.ts'
import type { Codec, RetryOptions } from './ground/types.ts'
import type { Do, SagaDefinition, Undo } from './saga.ts'

/** A step's options, checked and filled. */
export interface Checked {
  readonly do: Do<unknown>
  readonly undo: Undo<unknown, unknown> | undefined
  readonly retry?: Required<RetryOptions> | undefined
  readonly undoRetry?: Required<RetryOptions> | undefined
  readonly timeoutMs?: number | undefined
  readonly undoTimeoutMs?: number | undefined
}

/** What the function wants done under a name. */
export interface Want {
  readonly type: Kind
  readonly name: string
  readonly options?: Checked
  readonly pivot?: boolean
  /** A sleep's length or a wait's bound. */
  readonly ms?: number | undefined
  readonly otherwise?: { readonly value: unknown }
  readonly child?: { readonly definition: SagaDefinition; readonly input: unknown }
  /** A lock that is refused rather than waited for. */
  readonly refuse?: boolean
}

const ignore = (): void => {}

/** A want, and the promise of what comes of it. */
export class Ask {
  readonly want: Want
  readonly promise: Promise<unknown>
  resolve: (value: unknown) => void = ignore
  #reject: (error: Error) => void = ignore
  constructor(want: Want) {
    this.want = want
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.#reject = reject
    })
  }

  reject(error: Error): void {
    // A sibling's failure may leave this promise unwatched; the saga's end says what has to be said.
    this.promise.catch(ignore)
    this.#reject(error)
  }
}

/** Who hears how the replay goes. */
export interface Hearer {
  /** What was asked for is something else in the log. */
  mismatch(ask: Ask): void
  /** The log has been caught up with. */
  caughtUp(): void
}

export class Asks {
  /** Every recorded name has been asked for and every recorded outcome has been given. */
  caughtUp: boolean
  readonly #asked = new Map<string, Ask>()
  readonly #recorded: ReadonlyMap<string, Step>
  readonly #outcomes: Step[]
  #unasked: number
  #given = 0
  #giving = false
  readonly #codec: Codec
  readonly #hearer: Hearer

  constructor(state: State, codec: Codec, hearer: Hearer) {
    const { steps } = state
    this.#recorded = steps.length === 0 ? NOTHING : new Map(steps.map((step) => [step.name, step]))
    this.#outcomes = steps.length === 0 ? [] : steps.filter((step) => step.settledAt !== undefined).sort((a, b) => (a.settledAt as number) - (b.settledAt as number))
    this.#unasked = this.#recorded.size
    this.caughtUp = this.#unasked === 0
    this.#codec = codec
    this.#hearer = hearer
  }

  names(): readonly string[] {
    return [...this.#asked.keys()]
  }

  /** Recorded names that nobody has asked for. */
  missing(): readonly string[] {
    return [...this.#recorded.keys()].filter((name) => !this.#asked.has(name))
  }

  /** Grows with everything asked for and everything given. */
  progress(): number {
    return this.#asked.size + this.#given
  }

  /** Whether the log had this name when this life began. */
  recorded(name: string): boolean {
    return this.#recorded.has(name)
  }

  get(name: string): Ask | undefined {
    return this.#asked.get(name)
  }

  add(ask: Ask): void {
    const { name, type } = ask.want
    this.#asked.set(name, ask)
    const step = this.#recorded.get(name)
    if (step === undefined) return
    if (step.type !== type) return this.#hearer.mismatch(ask)
    this.#unasked -= 1
    void this.#giveInOrder()
  }

  /** The step has an outcome now: gives it, after those that the log had before it. */
  settle(step: Step): void {
    const ask = this.#asked.get(step.name)
    if (ask !== undefined && this.caughtUp) return this.#give(ask, step)
    this.#outcomes.push(step)
    void this.#giveInOrder()
  }

  /** Why a name cannot be asked for, if it cannot. */
  refusal({ name, options }: Want, pivoted: boolean, maxSteps: number): StepNameError | undefined {
    if (typeof name !== 'string' || name === '') return new StepNameError(String(name), 'has no name; expected non-empty text')
    if (this.#asked.has(name)) return new StepNameError(name, `was asked for twice; a name stands for one thing in a saga, so number them in a loop: \`${name} \${i}\``)
    if (this.#asked.size >= maxSteps) return new StepNameError(name, `would be number ${maxSteps + 1} of at most ${maxSteps}; split the saga into child sagas or raise maxSteps`)
    // What the log has may have come before the pivot; only what is new comes after it for certain.
    if (pivoted && options?.undo !== undefined && !this.recorded(name)) return new StepNameError(name, 'has an undo but comes after the pivot, from where there is no way back; leave the undo out')
    return undefined
  }

  #give(ask: Ask, { outcome, error, value }: Step): void {
    if (outcome === 'failed' && error !== undefined) ask.reject(toError(error))
    else ask.resolve(this.#codec.decode(value as string))
  }

  async #giveInOrder(): Promise<void> {
    if (this.#giving) return
    this.#giving = true
    this.caughtUp = false
    for (let step = this.#outcomes[this.#given]; step !== undefined; step = this.#outcomes[this.#given]) {
      const ask = this.#asked.get(step.name)
      if (ask === undefined) break
      this.#given += 1
      this.#give(ask, step)
      for (let hop = 0; hop < GATHER_HOPS; hop++) await undefined
    }
    this.#giving = false
    this.caughtUp = this.#unasked === 0 && this.#given === this.#outcomes.length
    if (this.caughtUp) this.#hearer.caughtUp()
  }
}

const NOTHING: ReadonlyMap<string, Step> = new Map()
