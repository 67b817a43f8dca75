import { verdictOf } from './history.ts'
import type { Anomaly, Operation, Verdict } from './history.ts'

/** A read or write of a client's session. The answer of either is the version that it saw or made. */
export interface SessionOp {
  readonly type: 'read' | 'write'
  readonly key?: string
}

/** The four promises of a session (Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994). */
export type SessionGuarantee = 'read your writes' | 'monotonic reads' | 'monotonic writes' | 'writes follow reads'

/**
 * Checks the session guarantees of each process. `sees(later, earlier)` says whether a version includes another one; the default
 * compares numbers. Only operations that ended `ok` promise anything.
 */
export function checkSessions<Version>(
  operations: readonly Operation<SessionOp, Version>[],
  sees: (later: Version, earlier: Version) => boolean = (later, earlier) => Number(later) >= Number(earlier),
  guarantees: readonly SessionGuarantee[] = ['read your writes', 'monotonic reads', 'monotonic writes', 'writes follow reads'],
): Verdict<SessionOp, Version> {
  const anomalies: Anomaly<SessionOp, Version>[] = []
  const sessions = Map.groupBy(operations.filter((one) => one.ending === 'ok'), (one) => `${one.op.key ?? ''} ${one.process}`)
  for (const session of sessions.values()) {
    const last: { read?: Operation<SessionOp, Version>; write?: Operation<SessionOp, Version> } = {}
    for (const one of session.toSorted((before, after) => before.invoked - after.invoked)) {
      for (const before of ['write', 'read'] as const) {
        const earlier = last[before]
        const guarantee = named(before, one.op.type)
        if (earlier === undefined || !guarantees.includes(guarantee)) continue
        if (sees(one.value as Version, earlier.value as Version)) continue
        anomalies.push({
          name: guarantee,
          message: `Session '${one.process}' had ${before === 'read' ? 'read' : 'written'} ${String(earlier.value)}, and then ${one.op.type === 'read' ? 'read' : 'wrote'} ${String(one.value)}, which does not include it.`,
          operations: [earlier, one],
        })
      }
      last[one.op.type] = one
    }
  }
  return verdictOf(anomalies)
}

function named(before: 'read' | 'write', now: 'read' | 'write'): SessionGuarantee {
  if (before === 'write') return now === 'read' ? 'read your writes' : 'monotonic writes'
  return now === 'read' ? 'monotonic reads' : 'writes follow reads'
}
