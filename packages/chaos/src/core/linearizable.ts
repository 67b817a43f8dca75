import { verdictOf } from './history.ts'
import type { Operation, Verdict } from './history.ts'

/** What a correct object does, one operation at a time. */
export interface Model<State, Op, Value> {
  readonly initial: State
  /** The state after the operation if it may answer so, undefined if it may not. `value` is undefined for an operation whose answer nobody saw. */
  readonly step: (state: State, op: Op, value: Value | undefined) => { readonly state: State } | undefined
  /** Equal for equal states. Default `JSON.stringify`. */
  readonly key?: (state: State) => string
  /** The independent part that an operation touches; parts are checked alone, which is what keeps the search short. Default: one part. */
  readonly part?: (op: Op) => string
}

/** Operations on a register. `cas` answers whether it replaced the value. */
export type RegisterOp<T> =
  | { readonly type: 'read'; readonly key?: string }
  | { readonly type: 'write'; readonly key?: string; readonly value: T }
  | { readonly type: 'cas'; readonly key?: string; readonly from: T | undefined; readonly to: T }

/** Registers by key with read, write and compare-and-set; values are compared with `Object.is`. A read answers the value, a cas true or false. */
export function register<T>(): Model<T | undefined, RegisterOp<T>, T | boolean | undefined> {
  return {
    initial: undefined,
    part: (op) => op.key ?? '',
    key: (state) => `${typeof state} ${String(state)}`,
    step(state, op, value) {
      if (op.type === 'write') return { state: op.value }
      if (op.type === 'read') return Object.is(state, value) ? { state } : undefined
      const swaps = Object.is(state, op.from)
      if (value !== undefined && swaps !== value) return undefined
      return { state: swaps ? op.to : state }
    },
  }
}

/**
 * Whether some order of the operations, each between its beginning and its end, explains every answer. Failed operations did not
 * happen; unknown ones may have, at any time after they began, or not.
 *
 * Wing and Gong's search with Lowe's cache of (operations done, state), as in Knossos and Porcupine. Exponential in the number of
 * operations that overlap, so it gives up with a RangeError after `maxSteps` (default 2 000 000): check more often, or by part.
 */
export function checkLinearizable<State, Op, Value>(
  operations: readonly Operation<Op, Value>[],
  model: Model<State, Op, Value>,
  maxSteps: number = 2_000_000,
): Verdict<Op, Value> {
  const parts = Map.groupBy(operations.filter((one) => one.ending !== 'fail'), (one) => model.part?.(one.op) ?? '')
  const anomalies = []
  for (const [part, ones] of parts) {
    const stuck = search(ones, model, maxSteps)
    if (stuck === undefined) continue
    const where = part === '' ? '' : ` on '${part}'`
    anomalies.push({
      name: 'not linearizable',
      message: `No order of the operations${where} explains their answers; the search got past ${stuck.done} of ${ones.length}, and then none of these could come next.`,
      operations: stuck.candidates,
    })
  }
  return verdictOf(anomalies)
}

interface Frame<State> {
  readonly state: State
  readonly candidates: readonly number[]
  next: number
  /** The operation that led here. */
  readonly took: number
}

/** Undefined if an order was found, otherwise where the deepest attempt ended. */
function search<State, Op, Value>(
  ones: readonly Operation<Op, Value>[],
  { initial, step, key = (state: State): string => JSON.stringify(state) }: Model<State, Op, Value>,
  maxSteps: number,
): { readonly done: number; readonly candidates: readonly Operation<Op, Value>[] } | undefined {
  const done = ones.map(() => false)
  const seen = new Set<string>()
  let owed = ones.filter((one) => one.ending === 'ok').length
  let best = { done: -1, candidates: [] as readonly Operation<Op, Value>[] }
  let steps = 0

  /** Operations that may come next: none that is still owed had ended before they began. */
  const candidates = (): number[] => {
    let earliest = Infinity
    for (const [at, one] of ones.entries()) if (done[at] === false && one.returned < earliest) earliest = one.returned
    return [...ones.keys()].filter((at) => done[at] === false && (ones[at] as Operation).invoked < earliest)
  }
  const enter = (state: State, took: number): Frame<State> => {
    const next = candidates()
    const depth = done.filter(Boolean).length
    if (depth > best.done) best = { done: depth, candidates: next.map((at) => ones[at] as Operation<Op, Value>) }
    return { state, candidates: next, next: 0, took }
  }

  if (owed === 0) return undefined
  const stack = [enter(initial, -1)]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const at = frame.candidates[frame.next++]
    if (at === undefined) {
      stack.pop()
      if (frame.took >= 0) undo(frame.took)
      continue
    }
    if (++steps > maxSteps) throw new RangeError(`Expected a search of at most ${maxSteps} steps, needed more for ${ones.length} operations. Check shorter histories, or split them by key.`)
    const one = ones[at] as Operation<Op, Value>
    const after = step(frame.state, one.op, one.value)
    if (after === undefined) continue
    done[at] = true
    if (one.ending === 'ok' && --owed === 0) return undefined
    const name = `${done.map(Number).join('')} ${key(after.state)}`
    if (seen.has(name)) {
      undo(at)
      continue
    }
    seen.add(name)
    stack.push(enter(after.state, at))
  }
  return best

  function undo(at: number): void {
    done[at] = false
    if ((ones[at] as Operation).ending === 'ok') owed++
  }
}
