import type { Env } from '../../../packages/chaos/src/index.ts'
import type { VersionVector } from '../../../packages/crdt/src/index.ts'
import { must } from '../campaign.ts'

/** One thing that a change did, in the oracle's words. */
export type Deed =
  | { readonly type: 'set'; readonly value: string }
  | { readonly type: 'add' | 'remove'; readonly element: string }
  | { readonly type: 'click'; readonly key: string; readonly amount: number }
  | { readonly type: 'token' | 'task'; readonly token: string }
  | { readonly type: 'erase'; readonly token: string }

interface Change {
  readonly actor: string
  /** What its author knew. */
  readonly context: VersionVector
  readonly from: number
  readonly to: number
  readonly deeds: readonly Deed[]
}

/** The part of a draft that the oracle uses. */
interface Draft {
  readonly theme: { set(value: string): void }
  readonly tags: { has(element: string): boolean; add(element: string): void; delete(element: string): boolean }
  readonly clicks: { add(amount: number): void }
  readonly byKey: { get(key: string): { add(amount: number): void } }
  readonly note: { readonly value: string; insert(index: number, text: string): void; delete(index: number, length: number): void }
  readonly tasks: { readonly length: number; insert(index: number, ...items: string[]): void }
}

interface Shown {
  readonly theme: string
  readonly tags: readonly string[]
  readonly clicks: number
  readonly byKey: Readonly<Record<string, number>>
  readonly note: string
  readonly tasks: readonly string[]
}

/** Whether a version tells of an operation: below its first number, or inside one of the pairs that follow. */
function knows(version: VersionVector, actor: string, operation: number): boolean {
  const [head = 0, ...pairs] = [version[actor] ?? 0].flat()
  return operation <= head || pairs.some((from, at) => at % 2 === 0 && from <= operation && operation <= (pairs[at + 1] as number))
}

const top = (version: VersionVector, actor: string): number => [version[actor] ?? 0].flat().at(-1) ?? 0

/** What happened, told by sets of changes and who knew what: no stamps, no dots, nothing of the package's own. */
export function createOracle(elements: readonly string[]) {
  const changes: Change[] = []
  const states = new Map<string, string>()
  let tokens = 0

  const covers = (version: VersionVector, { actor, to }: Change): boolean => knows(version, actor, to)

  function inside(version: VersionVector): Change[] {
    for (const { actor, from, to } of changes) {
      must(knows(version, actor, from + 1) === knows(version, actor, to), () => `the changes of ${actor} to be known whole, got ${JSON.stringify(version[actor])} of ${from}..${to}`)
    }
    return changes.filter((change) => covers(version, change))
  }

  return {
    saved: new Set<string>(),
    /** One random deed on a draft. */
    act(env: Env, draft: Draft, actor: string): Deed {
      const { random } = env
      const kind = random.integer(0, 6)
      const element = random.pick(elements)
      if (kind === 0) {
        const value = `theme ${tokens++}`
        draft.theme.set(value)
        return { type: 'set', value }
      }
      if (kind === 1) {
        draft.tags.add(element)
        return { type: 'add', element }
      }
      if (kind === 2) {
        draft.tags.delete(element)
        return { type: 'remove', element }
      }
      if (kind === 3) {
        const amount = random.integer(-5, 9)
        const key = random.pick(['', 'k1', 'k2'])
        if (key === '') draft.clicks.add(amount)
        else draft.byKey.get(key).add(amount)
        return { type: 'click', key, amount }
      }
      // Tokens are inserted and deleted whole, between whole tokens, so a converged text is a row of whole tokens.
      const parts = draft.note.value.match(/<[^>]*>/g) ?? []
      if (kind === 4 && parts.length > 0) {
        const at = random.integer(0, parts.length - 1)
        const token = parts[at] as string
        draft.note.delete(parts.slice(0, at).join('').length, token.length)
        env.sometimes('a token is deleted')
        return { type: 'erase', token }
      }
      const token = `<${actor}:${tokens++}>`
      if (kind === 5) {
        draft.tasks.insert(random.integer(0, draft.tasks.length), token)
        return { type: 'task', token }
      }
      draft.note.insert(parts.slice(0, random.integer(0, parts.length)).join('').length, token)
      return { type: 'token', token }
    },
    record(actor: string, context: VersionVector, after: VersionVector, deeds: readonly Deed[]): void {
      changes.push({ actor, context, from: top(context, actor), to: top(after, actor), deeds })
    },
    /** Equal versions, equal states, wherever and however they came about. */
    agrees(version: VersionVector, state: string): void {
      const name = Object.entries(version).toSorted(([one], [other]) => (one < other ? -1 : 1)).join()
      const before = states.get(name)
      must(before === undefined || before === state, () => `equal versions to be equal states, got ${state} and ${before}`)
      states.set(name, state)
    },
    /** What a document of that version must show. */
    explains(version: VersionVector, shown: Shown, sometimes: (label: string) => void): void {
      const known = inside(version)
      const all = known.flatMap((change) => change.deeds.map((deed, at) => ({ deed, at, change })))
      type One = (typeof all)[number]
      const over = (later: One, earlier: One): boolean =>
        later.change === earlier.change ? later.at > earlier.at : covers(later.change.context, earlier.change)

      for (const key of ['', 'k1', 'k2']) {
        const sum = all.reduce((total, { deed }) => total + (deed.type === 'click' && deed.key === key ? deed.amount : 0), 0)
        const got = key === '' ? shown.clicks : (shown.byKey[key] ?? 0)
        must(got === sum, () => `counter '${key}' to be ${sum}, got ${got}`)
      }

      for (const element of elements) {
        const adds = all.filter(({ deed }) => deed.type === 'add' && deed.element === element)
        const removes = all.filter(({ deed }) => deed.type === 'remove' && deed.element === element)
        const there = adds.some((add) => !removes.some((remove) => over(remove, add)))
        must(shown.tags.includes(element) === there, () => `'${element}' to be ${there ? 'there' : 'gone'}, got ${shown.tags.join()}`)
        if (adds.some((add) => removes.some((remove) => !over(remove, add) && !over(add, remove)))) sometimes('an element is added and removed at once')
      }

      const writes = all.filter(({ deed }) => deed.type === 'set')
      const last = writes.filter((write) => !writes.some((other) => other !== write && over(other, write))).map(({ deed }) => (deed.type === 'set' ? deed.value : ''))
      must(last.length === 0 ? shown.theme === 'light' : last.includes(shown.theme), () => `the theme to be one of the last writes ${last.join()}, got ${shown.theme}`)

      const erased = new Set(all.flatMap(({ deed }) => (deed.type === 'erase' ? [deed.token] : [])))
      const wanted = all.flatMap(({ deed }) => (deed.type === 'token' && !erased.has(deed.token) ? [deed.token] : []))
      const parts: readonly string[] = shown.note.match(/<[^>]*>/g) ?? []
      must(parts.join('') === shown.note && same(parts, wanted), () => `the note to be whole tokens ${wanted.join(' ')}, got ${shown.note}`)
      must(same(shown.tasks, all.flatMap(({ deed }) => (deed.type === 'task' ? [deed.token] : []))), () => `every task once, got ${shown.tasks.join()}`)
    },
  }
}

export type Oracle = ReturnType<typeof createOracle>

const same = (one: readonly string[], other: readonly string[]): boolean => one.toSorted().join() === other.toSorted().join()
