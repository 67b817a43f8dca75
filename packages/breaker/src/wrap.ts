import type { ExtraOf, Policy } from './ground/types.ts'

/**
 * A function of the same shape as `fn`, with every call under the policy. `this` and the arguments are handed on.
 * To reach the context's `signal`, use `policy.run` instead.
 *
 * @throws TypeError when there is no policy or no function
 */
export function wrap<P extends Policy<unknown>, This, A extends unknown[], R>(
  policy: P,
  fn: (this: This, ...args: A) => R,
): (this: This, ...args: A) => Promise<Awaited<R> | ExtraOf<P>> {
  if (typeof policy?.run !== 'function') throw new TypeError(`wrap: the policy must have a run method; got ${String(policy)}`)
  if (typeof fn !== 'function') throw new TypeError(`wrap: fn must be a function; got ${String(fn)}`)
  return function (this: This, ...args: A): Promise<Awaited<R> | ExtraOf<P>> {
    return policy.run(() => fn.apply(this, args) as Awaited<R>) as Promise<Awaited<R> | ExtraOf<P>>
  }
}
