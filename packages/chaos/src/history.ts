import type { Ending, Operation } from './core/history.ts'
import { integer } from './ground/options.ts'

/** An operation under way. Settle it once; never settling it leaves it unknown. */
export interface Invocation<Value> {
  ok(value: Value): void
  /** It certainly did not happen, and will not. */
  fail(): void
  /** Nobody knows: a time-out, a reset connection, a crash. */
  unknown(): void
}

/** A record of what clients asked and were told, in one total order. */
export interface History<Op, Value> {
  readonly operations: readonly Operation<Op, Value>[]
  invoke(process: string, op: Op): Invocation<Value>
  /** Records a call from beginning to end. A rejection counts as unknown, unless `certain(error)` says that it did not happen. */
  record(process: string, op: Op, call: () => Value | PromiseLike<Value>, certain?: (error: unknown) => boolean): Promise<Value>
}

/** Options of {@link createHistory}. */
export interface HistoryOptions {
  /** The most operations kept, 1 or more; one more is refused with a RangeError. Default 100 000. */
  readonly maxOperations?: number
}

/** Records operations for the checkers. Needs no clock: the order of calls in one thread is exact. */
export function createHistory<Op, Value>(options: HistoryOptions = {}): History<Op, Value> {
  const most = integer('maxOperations', options.maxOperations ?? 100_000, 1)
  const operations: { -readonly [Field in keyof Operation<Op, Value>]: Operation<Op, Value>[Field] }[] = []
  let position = 0

  function invoke(process: string, op: Op): Invocation<Value> {
    if (operations.length >= most) throw new RangeError(`Expected at most ${most} operations, got one more. Check and begin a new history, or raise maxOperations.`)
    const operation: (typeof operations)[number] = { process, op, ending: 'unknown', value: undefined, invoked: position++, returned: Infinity }
    operations.push(operation)
    let settled = false
    const settle = (ending: Ending, value?: Value): void => {
      if (settled) throw new Error('Expected an operation to be settled once, got a second ending. One reply belongs to one invocation.')
      settled = true
      operation.ending = ending
      operation.value = value
      if (ending !== 'unknown') operation.returned = position++
    }
    return { ok: (value) => settle('ok', value), fail: () => settle('fail'), unknown: () => settle('unknown') }
  }

  return {
    operations,
    invoke,
    async record(process, op, call, certain = () => false) {
      const invocation = invoke(process, op)
      let value: Value
      try {
        value = await call()
      } catch (error) {
        if (certain(error)) invocation.fail()
        else invocation.unknown()
        throw error
      }
      invocation.ok(value)
      return value
    },
  }
}
