import { verdictOf } from './history.ts'
import type { Anomaly, Operation, Verdict } from './history.ts'

/** One step of a transaction on lists: appends are unique per key, so a read tells who had come before, and in which order. */
export type ListStep =
  | { readonly append: string; readonly value: number | string }
  | { readonly read: string; readonly list?: readonly (number | string)[] }

type Transaction = Operation<readonly ListStep[], readonly ListStep[]>
/** Why one transaction comes before another: it wrote what the other wrote over (ww) or read (wr), or read what the other wrote over (rw). */
type Why = 'ww' | 'wr' | 'rw'

/**
 * Isolation anomalies in a history of transactions that append to and read lists. `op` is what was asked; `value`, for those that
 * ended `ok`, the same steps with what the reads saw. Finds aborted and intermediate reads, lists that cannot belong to one
 * order, and cycles, named as Adya did: G0, G1c, G-single, G2. About linear, after Elle (Kingsbury and Alvaro, VLDB 2020).
 */
export function checkAppendLists(history: readonly Transaction[]): Verdict<readonly ListStep[], readonly ListStep[]> {
  const anomalies: Anomaly<readonly ListStep[], readonly ListStep[]>[] = []
  const found = (name: string, message: string, operations: readonly Transaction[]): void => void anomalies.push({ name, message, operations })
  const token = (key: string, value: number | string): string => JSON.stringify([key, value])

  const writers = new Map<string, { readonly by: Transaction; readonly at: number; readonly final: boolean }>()
  for (const by of history) {
    const appends = by.op.filter((step) => 'append' in step)
    for (const [at, { append, value }] of appends.entries()) {
      const name = token(append, value)
      if (writers.has(name)) found('duplicate append', `Value ${value} was appended to '${append}' twice; appends must be unique.`, [by])
      writers.set(name, { by, at, final: !appends.slice(at + 1).some((later) => later.append === append) })
    }
  }

  // The longest list that anybody read is the order of that key's appends; every other read must be a beginning of it.
  const reads = history.filter((one) => one.ending === 'ok').flatMap((by) => externalReads(by).map((read) => ({ by, ...read })))
  for (const { by, key, list, own } of reads) {
    if (own.some((value, at) => list[list.length - own.length + at] !== value)) found('internal', `A transaction read '${key}' as ${list.join(' ')} and missed its own appends ${own.join(' ')}.`, [by])
  }
  const longest = new Map<string, { readonly by: Transaction; readonly list: readonly (number | string)[] }>()
  for (const { by, key, list } of reads) if (list.length > (longest.get(key)?.list.length ?? -1)) longest.set(key, { by, list })

  const edges = new Map<Transaction, Map<Transaction, Set<Why>>>()
  const edge = (from: Transaction | undefined, to: Transaction | undefined, why: Why): void => {
    if (from === undefined || to === undefined || from === to) return
    const outgoing = edges.get(from) ?? edges.set(from, new Map()).get(from)
    const reasons = outgoing?.get(to) ?? outgoing?.set(to, new Set()).get(to)
    reasons?.add(why)
  }

  for (const [key, { list }] of longest) {
    if (new Set(list).size < list.length) found('duplicate element', `A read of '${key}' saw an element twice: ${list.join(' ')}.`, longest.get(key) === undefined ? [] : [(longest.get(key) as { by: Transaction }).by])
    for (const [at, value] of list.entries()) {
      const before = at === 0 ? undefined : writers.get(token(key, list[at - 1] as number | string))
      const writer = writers.get(token(key, value))
      if (before !== undefined && before.by === writer?.by && before.at > writer.at) found('internal', `A transaction's own appends to '${key}' stand in the wrong order: ${list.join(' ')}.`, [writer.by])
      edge(before?.by, writer?.by, 'ww')
    }
  }
  for (const { by, key, list: all, own } of reads) {
    const list = all.slice(0, all.length - own.length)
    const whole = longest.get(key)?.list ?? []
    if (list.some((value, at) => value !== whole[at])) {
      found('incompatible order', `'${key}' was read as ${list.join(' ')} and as ${whole.join(' ')}; no order of appends gives both.`, [by, (longest.get(key) as { by: Transaction }).by])
      continue
    }
    for (const value of list) {
      const writer = writers.get(token(key, value))
      if (writer === undefined) found('phantom element', `${value} was read in '${key}', and nobody appended it.`, [by])
      else if (writer.by.ending === 'fail') found('aborted read', `${value} was read in '${key}', and its transaction had failed.`, [writer.by, by])
    }
    const last = list.at(-1)
    const writer = last === undefined ? undefined : writers.get(token(key, last))
    if (writer !== undefined && !writer.final && writer.by !== by) found('intermediate read', `A read of '${key}' ended at ${String(last)}, in the middle of a transaction.`, [writer.by, by])
    edge(writer?.by, by, 'wr')
    const next = whole[list.length]
    if (next !== undefined) edge(by, writers.get(token(key, next))?.by, 'rw')
  }

  for (const { name, allowed, antidependencies } of LEVELS) {
    const cycle = findCycle(edges, allowed, antidependencies)
    if (cycle === undefined) continue
    found(name, `A cycle of ${cycle.length} transactions: each comes before the next, and the last before the first (${name}).`, cycle)
    break
  }
  return verdictOf(anomalies)
}

/** What a transaction read, each time with the appends that it had made itself by then: they must stand at the end. */
function externalReads(one: Transaction): { key: string; list: readonly (number | string)[]; own: readonly (number | string)[] }[] {
  const own = new Map<string, (number | string)[]>()
  const reads = []
  for (const step of one.value ?? []) {
    if ('append' in step) own.set(step.append, [...(own.get(step.append) ?? []), step.value])
    else if (step.list !== undefined) reads.push({ key: step.read, list: step.list, own: own.get(step.read) ?? [] })
  }
  return reads
}

/** From the worst to the mildest; a cycle counts as the worst that it is. */
const LEVELS: readonly { readonly name: string; readonly allowed: readonly Why[]; readonly antidependencies: number }[] = [
  { name: 'G0', allowed: ['ww'], antidependencies: 0 },
  { name: 'G1c', allowed: ['ww', 'wr'], antidependencies: 0 },
  { name: 'G-single', allowed: ['ww', 'wr'], antidependencies: 1 },
  { name: 'G2', allowed: ['ww', 'wr', 'rw'], antidependencies: Infinity },
]

type Edges = ReadonlyMap<Transaction, ReadonlyMap<Transaction, ReadonlySet<Why>>>

/** A cycle over the allowed reasons, with exactly one rw edge where `antidependencies` is 1. */
function findCycle(edges: Edges, allowed: readonly Why[], antidependencies: number): Transaction[] | undefined {
  const follows = (reasons: ReadonlySet<Why>): boolean => allowed.some((why) => reasons.has(why))
  if (antidependencies === 1) {
    for (const [from, outgoing] of edges) {
      for (const [to, reasons] of outgoing) {
        const back = reasons.has('rw') ? path(edges, to, from, follows) : undefined
        if (back !== undefined) return back
      }
    }
    return undefined
  }
  const left = acyclicCore(edges, follows)
  for (const start of left) {
    for (const [to, reasons] of edges.get(start) ?? []) {
      const back = follows(reasons) ? path(edges, to, start, follows) : undefined
      if (back !== undefined) return back
    }
  }
  return undefined
}

/** What is left when everything without a way in is taken away, again and again (Kahn): only what is on or behind a cycle. */
function acyclicCore(edges: Edges, follows: (reasons: ReadonlySet<Why>) => boolean): Set<Transaction> {
  const incoming = new Map<Transaction, number>()
  for (const [from, outgoing] of edges) {
    if (!incoming.has(from)) incoming.set(from, 0)
    for (const [to, reasons] of outgoing) if (follows(reasons)) incoming.set(to, (incoming.get(to) ?? 0) + 1)
  }
  const free = [...incoming].filter(([, count]) => count === 0).map(([one]) => one)
  for (let one = free.pop(); one !== undefined; one = free.pop()) {
    incoming.delete(one)
    for (const [to, reasons] of edges.get(one) ?? []) {
      if (!follows(reasons)) continue
      const count = (incoming.get(to) ?? 0) - 1
      incoming.set(to, count)
      if (count === 0) free.push(to)
    }
  }
  return new Set(incoming.keys())
}

/** The shortest way from one transaction to another, both included. */
function path(edges: Edges, from: Transaction, to: Transaction, follows: (reasons: ReadonlySet<Why>) => boolean): Transaction[] | undefined {
  const came = new Map<Transaction, Transaction | undefined>([[from, undefined]])
  const queue = [from]
  for (const one of queue) {
    if (one === to) {
      const way: Transaction[] = []
      for (let at: Transaction | undefined = to; at !== undefined; at = came.get(at)) way.unshift(at)
      return way
    }
    for (const [next, reasons] of edges.get(one) ?? []) {
      if (!follows(reasons) || came.has(next)) continue
      came.set(next, one)
      queue.push(next)
    }
  }
  return undefined
}
