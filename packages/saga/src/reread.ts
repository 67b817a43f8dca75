/** The countermeasure "reread value" (Frank & Zahle, "Semantic ACID properties in multidatabases", 1998): look again before building on what was read long ago. */
import { canonical } from './core/codec.ts'
import { nothingHappened, ValueChanged } from './ground/errors.ts'
import type { Maybe } from './ground/types.ts'
import type { Do, StepContext } from './saga.ts'

/**
 * An action that reads again and compares: `await step('still the same price', reread(() => catalogue.price(item), price))`. Gives the value; where it differs from
 * `seen` it fails with `ValueChanged`, of which nothing has to be undone, and the saga turns back unless it catches that. Sagas have no isolation: what happens
 * between this step and the next it does not see, so put it right before the step that depends on it, or in one `step.tx` with it.
 * @param seen plain data; compared without regard to the order of keys
 */
export function reread<Value>(read: (context: StepContext) => Maybe<Value>, seen: NoInfer<Value>): Do<Value> {
  return async (context) => {
    const now = await read(context)
    const [before, after] = [canonical(seen), canonical(now)]
    if (before !== after) throw nothingHappened(new ValueChanged(before, after))
    return now
  }
}
