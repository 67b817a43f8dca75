import { verdictOf } from './history.ts'
import type { Anomaly, Operation, Verdict } from './history.ts'

/** Operations on a register whose every write has a version of its own, and names the version that it replaced. */
export type VersionedOp =
  | { readonly type: 'read'; readonly key?: string }
  | { readonly type: 'write'; readonly key?: string; readonly from: string | undefined; readonly to: string }

/**
 * Linearizability of compare-and-set registers in O(n log n): unique versions say which write each read saw and in which order the
 * writes came, so nothing has to be searched. A read answers the version it saw (undefined before the first write); a write that
 * ended `ok` replaced `from` by `to`, a failed one did nothing. The idea is fast-jepsen's.
 */
export function checkVersions(operations: readonly Operation<VersionedOp, string | undefined>[]): Verdict<VersionedOp, string | undefined> {
  const anomalies: Anomaly<VersionedOp, string | undefined>[] = []
  for (const [, ones] of Map.groupBy(operations, (one) => one.op.key ?? '')) anomalies.push(...checkKey(ones))
  return verdictOf(anomalies)
}

type One = Operation<VersionedOp, string | undefined>

function checkKey(ones: readonly One[]): Anomaly<VersionedOp, string | undefined>[] {
  const anomalies: Anomaly<VersionedOp, string | undefined>[] = []
  const found = (name: string, message: string, ...concerned: (One | undefined)[]): void => {
    anomalies.push({ name, message, operations: concerned.filter((one) => one !== undefined) })
  }

  const writers = new Map<string, One>()
  for (const one of ones) if (one.op.type === 'write') writers.set(one.op.to, one)
  const read = ones.filter((one) => one.op.type === 'read' && one.ending === 'ok')
  const certain = [...writers.values()].filter((one) => one.ending === 'ok')

  // What is known to have happened: acknowledged writes, what was read, and all that these replaced.
  const happened = new Set<One>()
  const known = [...certain.map((one) => one.op.type === 'write' ? one.op.to : ''), ...read.map((one) => one.value)]
  for (const start of known) {
    for (let version = start; version !== undefined; ) {
      const writer = writers.get(version)
      if (writer === undefined || writer.ending === 'fail') {
        found('phantom', `Version ${version} was seen, but ${writer === undefined ? 'nobody wrote it' : 'its write failed'}.`, writer, ...read.filter((one) => one.value === version).slice(0, 1))
        break
      }
      if (happened.has(writer) || writer.op.type !== 'write') break
      happened.add(writer)
      version = writer.op.from
    }
  }

  const successors = new Map<string | undefined, One>()
  for (const one of happened) {
    if (one.op.type !== 'write') continue
    const other = successors.get(one.op.from)
    if (other !== undefined) found('lost update', `Two writes replaced the same version ${one.op.from ?? '(none)'}.`, other, one)
    successors.set(one.op.from, one)
  }

  const position = new Map<string | undefined, number>([[undefined, 0]])
  for (let version: string | undefined, at = 1; ; at++) {
    const next = successors.get(version)
    if (next?.op.type !== 'write' || position.has(next.op.to)) break
    version = next.op.to
    position.set(version, at)
  }

  // Sweep in real time: nothing may see less than what had been seen or written before it began.
  const events = ones.filter((one) => one.ending === 'ok' || happened.has(one)).flatMap((one) => [
    { at: one.invoked, one, begins: true },
    { at: one.returned, one, begins: false },
  ]).sort((before, after) => before.at - after.at)
  const floor = new Map<One, { readonly at: number; readonly by: One | undefined }>()
  const begun = new Set<string | undefined>([undefined])
  let highest: { at: number; by: One | undefined } = { at: 0, by: undefined }
  for (const { one, begins } of events) {
    const version = one.op.type === 'write' ? one.op.to : one.value
    const at = position.get(version)
    if (begins) {
      floor.set(one, highest)
      if (one.op.type === 'write') begun.add(version)
      continue
    }
    if (at === undefined || one.returned === Infinity) continue
    const least = floor.get(one) ?? highest
    if (one.op.type === 'read' && at < least.at) found('stale read', `A read saw version ${version ?? '(none)'} after a newer one had been seen or written.`, least.by, one)
    if (one.op.type === 'write' && at <= least.at) found('out of order', `Write ${version} began after a version that comes behind it had been seen or written.`, least.by, one)
    if (one.op.type === 'read' && !begun.has(version)) found('read from the future', `A read saw version ${version} before its write began.`, one)
    if (at > highest.at) highest = { at, by: one }
  }
  return anomalies
}
