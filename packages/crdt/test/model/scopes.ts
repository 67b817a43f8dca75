/** The small scope: for each type the few operations whose meeting is the type's whole point, each done in a document and told to the slow model. */
import { expect } from 'vitest'
import { s, type Type } from '../../src/index.ts'
import { latest, standing, valueOf, type Event, type Op } from './history.ts'
import * as movable from './movable-list.ts'
import * as sequence from './sequence.ts'
import { Siblings } from './siblings.ts'
import * as tree from './tree.ts'

/** `heard` is what the replica of the draft has heard of, the message itself among it. No other change has this name. */
type Run<D, M> = (draft: D, message: M, heard: ReadonlySet<M>, name: string) => void

export interface Small<D, M> {
  begin(actor: string, heard: ReadonlySet<M>): M
  /** What an honest clock says to the writer of a message; without it replicas count by themselves. */
  stamp?(message: M): number
  /** What all have heard of before a program begins. */
  readonly beginning?: Run<D, M>
  readonly operations: readonly Run<D, M>[]
  expected(heard: ReadonlySet<M>): unknown
  /** That of a value of which the model can say what it must be; all, if absent. */
  shown?(value: never, heard: ReadonlySet<M>): unknown
}

/** A model is made anew for each program, so that it may remember. */
function scope<V, D, M>(inner: Type<V, D>, model: () => Small<D, M>) {
  return { schema: s.doc({ it: inner }) as Type, model: model as () => Small<unknown, unknown> }
}

/** A change as operations of the slow model of registers, sets and counters. */
interface Told {
  readonly actor: string
  /** One more than the largest that the writer had heard of; among equal ones the actor decides. */
  readonly stamp: number
  readonly events: Event[]
}

const eventsOf = (heard: Iterable<Told>): Set<Event> => new Set([...heard].flatMap(({ events }) => events))

const stampOf = ({ op, time }: Event): number => (op.type === 'set' ? Math.floor(time / 10) : 0)

function tell(message: Told, heard: ReadonlySet<Told>, op: Op, replaced: (known: ReadonlySet<Event>, op: Op) => Event[] = standing): void {
  const known = eventsOf(heard)
  const index = [...known].filter(({ actor }) => actor === message.actor).length
  message.events.push({ actor: message.actor, index, time: message.stamp * 10 + 'abc'.indexOf(message.actor), op, seen: known, replaced: replaced(known, op) })
}

function remembered<D>(operations: readonly Run<D, Told>[], expected: (value: ReturnType<typeof valueOf>, known: ReadonlySet<Event>) => unknown): () => Small<D, Told> {
  const begin = (actor: string, heard: ReadonlySet<Told>): Told => ({ actor, stamp: Math.max(0, ...[...eventsOf(heard)].map(stampOf)) + 1, events: [] })
  return () => ({ begin, stamp: ({ stamp }) => stamp, operations, expected: (heard) => expected(valueOf(eventsOf(heard)), eventsOf(heard)) })
}

const unset: Op = { type: 'unset', place: 'k' }
const reset: Op = { type: 'reset', counter: 'k' }
const include: Op = { type: 'include', element: 'x' }
const exclude: Op = { type: 'exclude', element: 'x' }
const set = (value: string): Op => ({ type: 'set', place: 'k', value })
const count = (amount: number, counter = 'k'): Op => ({ type: 'count', counter, amount })

/** A removal stands too, until an addition that has seen it. */
function hasRemoveWins(known: ReadonlySet<Event>): boolean {
  const last = latest(known, include)
  return last.length > 0 && last.every(({ op }) => op.type === 'include')
}

/** A bounded counter as plain ones: what each has added, `a`, and what one has given to another, `a b`. */
function rightsIn(counters: Record<string, number>, actor: string): number {
  return Object.entries(counters).reduce((rights, [name, amount]) => {
    const [from, to = from] = name.split(' ')
    return rights + (to === actor ? amount : from === actor ? -amount : 0)
  }, 0)
}

/** Removes what is there; what is not cannot be removed, and that is no operation. Returns whether anything was. */
function tellRemoval(message: Told, heard: ReadonlySet<Told>): boolean {
  const known = eventsOf(heard)
  const ops = [unset, exclude, reset].filter((op) => standing(known, op).length > 0)
  for (const op of ops) tell(message, heard, op)
  return ops.length > 0
}

/** What is in a set that only grows is not added again. */
function tellNew(message: Told, heard: ReadonlySet<Told>, element: string): void {
  const op: Op = { type: 'include', element }
  if (standing(eventsOf(heard), op).length === 0) tell(message, heard, op)
}

const registerRuns: readonly Run<{ set(value: string): void; clear(): void }, Told>[] = [
  (d, message, heard, name) => { d.set(name); tell(message, heard, set(name)) },
  (d, message, heard) => { d.clear(); tellRemoval(message, heard) },
]
const setRuns: readonly Run<{ add(element: string): void; delete(element: string): boolean }, Told>[] = [
  (d, message, heard) => { d.add('x'); tell(message, heard, include) },
  (d, message, heard) => expect(d.delete('x')).toBe(tellRemoval(message, heard)),
]

/** Insertions at one index, so that they meet, and deletions of the first item, which stays as a tombstone that others hang on. */
function sequences<D extends { delete(index: number, count: number): void }>(index: number, insert: (draft: D, index: number, run: string[]) => void): () => Small<D, sequence.Message> {
  const shown = (heard: Iterable<sequence.Message>): sequence.Item[] => sequence.shown(sequence.standing(heard))
  return () => ({
    begin: (actor) => ({ actor, made: [], gone: [] }),
    operations: [
      (d, message, heard, name) => {
        const before = shown(heard).slice(0, index)
        insert(d, before.length, [...name])
        sequence.insertBehind(message, sequence.standing(heard), before.at(-1), [...name])
      },
      (d, message, heard) => {
        const [first] = shown(heard)
        if (first === undefined) return
        d.delete(0, 1)
        message.gone.push(first)
      },
    ],
    expected: (heard) => shown(heard).map(({ content }) => content),
    shown: (value: string | readonly string[]) => [...value],
  })
}

interface MovableDraft {
  insert(index: number, value: string): unknown
  move(from: number, to: number): void
  delete(index: number): void
}

const put: Run<MovableDraft, movable.MovableMessage> = (d, message, heard, name) => {
  d.insert(0, name)
  movable.insert(message, heard, name, 0)
}

const movableLists = (): Small<MovableDraft, movable.MovableMessage> => ({
  begin: movable.createMessage,
  beginning(d, message, heard) {
    for (const [index, name] of ['x', 'y'].entries()) {
      d.insert(index, name)
      movable.insert(message, heard, name, index)
    }
  },
  operations: [
    (d, message, heard, name) => {
      const last = movable.elements(heard).length - 1
      if (last < 1) return put(d, message, heard, name)
      d.move(0, last)
      movable.move(message, heard, 0, last)
    },
    (d, message, heard, name) => {
      if (movable.elements(heard)[0] !== 'x') return put(d, message, heard, name)
      d.delete(0)
      movable.remove(message, heard, 0)
    },
  ],
  expected: movable.elements,
})

interface TreeDraft {
  children(parent?: string | null): string[]
  insert(parent: string | null, value: string): string
  move(id: string, parent: string | null): void
  delete(id: string): void
}

function forests(): Small<TreeDraft, tree.TreeMessage> {
  const siblings = new Siblings()
  /** Behind those that are there already. */
  const hang = (d: TreeDraft, heard: ReadonlySet<tree.TreeMessage>, parent: string | null, act: () => tree.Edge): void => {
    const laid = tree.layOut(heard)
    const others = d.children(parent).map((id) => laid.get(id)!.edge)
    siblings.put(act(), others, others.length)
  }
  const insert = (d: TreeDraft, message: tree.TreeMessage, heard: ReadonlySet<tree.TreeMessage>, parent: string | null, name: string): void =>
    hang(d, heard, parent, () => tree.insert(message, d.insert(parent, name), parent, name))
  const firstRoot = (d: TreeDraft): string | undefined => d.children()[0]
  /** One node of the beginning under the other, if both are roots; else something else. */
  const moving = (from: string, to: string, otherwise: Run<TreeDraft, tree.TreeMessage>): Run<TreeDraft, tree.TreeMessage> => (d, message, heard, name) => {
    const roots = tree.nodesOf(heard).filter((one) => one.parent === null)
    const [node, parent] = [from, to].map((value) => roots.find((one) => one.value === value)?.id)
    if (node === undefined || parent === undefined) return otherwise(d, message, heard, name)
    hang(d, heard, parent, () => {
      d.move(node, parent)
      return tree.move(message, node, parent)
    })
  }
  return {
    begin: (actor, heard) => tree.createMessage(actor, heard),
    beginning(d, message, heard) {
      insert(d, message, heard, null, 'x')
      insert(d, message, heard, null, 'y')
    },
    operations: [
      moving('x', 'y', (d, message, heard, name) => insert(d, message, heard, firstRoot(d) ?? null, name)),
      moving('y', 'x', (d, message, heard) => {
        const top = firstRoot(d)
        if (top === undefined) return
        d.delete(top)
        tree.remove(message, heard, top)
      }),
    ],
    expected: (heard) => [tree.nodesOf(heard), []],
    shown(value: Parameters<typeof tree.flatten>[0], heard) {
      const nodes = tree.flatten(value)
      return [nodes.toSorted(tree.byId), siblings.contradictions(nodes, tree.layOut(heard))]
    },
  }
}

export const scopes = {
  register: scope(s.register(''), remembered(registerRuns, ({ registers }) => registers['k'] ?? '')),
  'register of all values': scope(s.multiValue<string>(), remembered(registerRuns, (_value, known) => standing(known, unset).sort((a, b) => a.time - b.time).map(({ op }) => (op as { value: string }).value))),
  'map of registers': scope(s.map(s.register<string>()), remembered([
    (d, message, heard, name) => { d.set('k', name); tell(message, heard, set(name)) },
    (d, message, heard) => expect(d.delete('k')).toBe(tellRemoval(message, heard)),
  ], ({ registers }) => registers)),
  'map of counters': scope(s.map(s.counter()), remembered([
    (d, message, heard) => { d.get('k').add(1); tell(message, heard, count(1)) },
    (d, message, heard) => expect(d.delete('k')).toBe(tellRemoval(message, heard)),
  ], ({ counters }) => counters)),
  'map of records': scope(s.map(s.record({ title: s.register(''), votes: s.counter() })), remembered([
    (d, message, heard, name) => {
      if (!d.has('k')) { d.get('k').title.set(name); tell(message, heard, set(name)) }
      else { d.get('k').votes.add(1); tell(message, heard, count(1)) }
    },
    (d, message, heard) => expect(d.delete('k')).toBe(tellRemoval(message, heard)),
  ], ({ registers: { k: title }, counters: { k: votes } }) => (title === undefined && votes === undefined ? {} : { k: { title: title ?? '', votes: votes ?? 0 } }))),
  counter: scope(s.counter(), remembered([
    (d, message, heard) => { d.add(3); tell(message, heard, count(3)) },
    (d, message, heard) => { d.add(-1); tell(message, heard, count(-1)) },
  ], ({ counters }) => counters['k'] ?? 0)),
  'bounded counter': scope(s.boundedCounter({ min: 5 }), remembered([
    (d, message, heard) => { d.add(2); tell(message, heard, count(2, message.actor)) },
    (d, message, heard) => {
      const rights = rightsIn(valueOf(eventsOf(heard)).counters, message.actor)
      const next = { a: 'b', b: 'c', c: 'a' }[message.actor]!
      expect(d.rights).toBe(rights)
      if (rights > 1) { d.transfer(next, 1); tell(message, heard, count(1, `${message.actor} ${next}`)) }
      else if (rights > 0) { d.add(-1); tell(message, heard, count(-1, message.actor)) }
    },
  ], ({ counters }) => Object.entries(counters).reduce((sum, [name, amount]) => (name.includes(' ') ? sum : sum + amount), 5))),
  'add-wins set': scope(s.set(), remembered(setRuns, ({ elements }) => elements)),
  'remove-wins set': scope(s.removeWinsSet(), remembered([
    (d, message, heard) => { d.add('x'); tell(message, heard, include, latest) },
    (d, message, heard) => {
      if (!hasRemoveWins(eventsOf(heard))) return
      d.delete('x')
      tell(message, heard, exclude, latest)
    },
  ], (_value, known) => (hasRemoveWins(known) ? ['x'] : []))),
  'grow-only set': scope(s.growOnlySet(), remembered([
    (d, message, heard) => { d.add('x'); tellNew(message, heard, 'x') },
    (d, message, heard) => { d.add('w'); tellNew(message, heard, 'w') },
  ], (_value, known) => [...new Set([...known].map(({ op }) => (op as { element: string }).element))].sort())),
  text: scope(s.text(), sequences(0, (d, index, run) => d.insert(index, run.join('')))),
  list: scope(s.list(), sequences(1, (d, index, run) => d.insert(index, ...run))),
  'movable list': scope(s.movableList(s.register('')), movableLists),
  tree: scope(s.tree(s.register('')), forests),
}
