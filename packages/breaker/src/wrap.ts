import type { Policy } from './ground/types.ts'

/**
 * A function of the same shape as `fn`, with every call under the policy. `this` and the arguments are handed on.
 * To reach the context's `signal`, use `policy.run` instead.
 *
 * @throws TypeError when there is no policy or no function
 */
export function wrap<This, A extends unknown[], R, Extra = never>(
  policy: Policy<Extra>,
  fn: (this: This, ...args: A) => R,
): (this: This, ...args: A) => Promise<Awaited<R> | Extra> {
  if (typeof policy?.run !== 'function') throw new TypeError(`wrap: the policy must have a run method; got ${String(policy)}`)
  if (typeof fn !== 'function') throw new TypeError(`wrap: fn must be a function; got ${String(fn)}`)
  return function (this: This, ...args: A): Promise<Awaited<R> | Extra> {
    return policy.run(() => fn.apply(this, args) as Awaited<R>)
  }
}
