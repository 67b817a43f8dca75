import { contextOf } from './context.ts'
import type { Call, Context, ExtraOf, Policy } from './ground/types.ts'

/**
 * One policy out of several, outermost first. The order is that of the equation
 *
 *     compose(a, b, c).run(call)  =  a.run(() => b.run(() => c.run(call)))
 *
 * so a call passes `a`, `b`, `c` on its way in, and its outcome passes `c`, `b`, `a` on its way out. What usually fits:
 * `fallback, retry, breaker, bulkhead, hedge, timeout`. A timeout inside a retry limits one attempt, one outside limits them all.
 * `compose()` of nothing just calls.
 *
 * @throws TypeError for anything that has no `run`
 */
export function compose<const P extends readonly Policy<unknown>[]>(...policies: P): Policy<ExtraOf<P[number]>> {
  for (const policy of policies) {
    if (typeof policy?.run !== 'function') throw new TypeError(`compose: each policy must have a run method; got ${String(policy)}`)
  }
  const from = async <T>(index: number, call: Call<T>, context: Context): Promise<T> => {
    const policy = policies[index]
    if (policy === undefined) return call(context)
    return policy.run((inner) => from(index + 1, call, inner), context) as Promise<T>
  }
  return { run: (call, options) => from(0, call, contextOf(options)) }
}
