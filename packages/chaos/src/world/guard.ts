// What makes a simulation lie is a real clock, a real timer or real chance inside it. While a world runs, the globals that
// give those are replaced by traps; a trap lets everybody through but the code of an open turn. One set of traps serves all
// worlds of the process, because globals belong to the process.

/** A running world, as the traps see it. */
export interface Guarded {
  /** Whether the code that runs now belongs to this world. */
  isOpen(): boolean
  /** Fails the world and throws, unless this world lets it. */
  refuse(what: string): void
}

const guarded = new Set<Guarded>()
let restore: (() => void) | undefined

/** Arms the traps for a world; call the result when its run is over. */
export function guard(world: Guarded): () => void {
  guarded.add(world)
  restore ??= arm()
  return () => {
    guarded.delete(world)
    if (guarded.size > 0) return
    restore?.()
    restore = undefined
  }
}

function check(what: string): void {
  for (const world of guarded) if (world.isOpen()) world.refuse(what)
}

type Holder = Record<string, unknown>

function arm(): () => void {
  const scope = globalThis as unknown as Holder
  const undo: (() => void)[] = []

  const replace = (holder: Holder | undefined, name: string, make: (real: object) => unknown): void => {
    const real = holder?.[name]
    if (holder === undefined || typeof real !== 'function') return
    const own = Object.getOwnPropertyDescriptor(holder, name)
    try {
      Object.defineProperty(holder, name, { value: make(real), writable: true, configurable: true, enumerable: own?.enumerable ?? true })
    } catch {
      return // A frozen global cannot be watched; the double run still finds what it does to the trace.
    }
    undo.push(() => (own === undefined ? delete holder[name] : Object.defineProperty(holder, name, own)))
  }
  const trap = (holder: Holder | undefined, path: string, name: string): void =>
    replace(holder, name, (real) => new Proxy(real, { apply: (target, self, args) => (check(`${path}${name}()`), Reflect.apply(target as () => unknown, self, args)) }))

  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'fetch']) trap(scope, '', name)
  trap(scope['Math'] as Holder, 'Math.', 'random')
  trap(scope['performance'] as Holder, 'performance.', 'now')
  trap(scope['AbortSignal'] as Holder, 'AbortSignal.', 'timeout')
  for (const name of ['getRandomValues', 'randomUUID']) trap(scope['crypto'] as Holder, 'crypto.', name)
  trap(scope['Date'] as Holder, 'Date.', 'now')
  replace(scope, 'Date', (real) => new Proxy(real, {
    apply: (target, self, args) => (check('Date()'), Reflect.apply(target as () => unknown, self, args)),
    construct: (target, args, derived) => (args.length === 0 && check('new Date()'), Reflect.construct(target as new () => object, args, derived)),
  }))
  return () => {
    for (const one of undo.reverse()) one()
  }
}
