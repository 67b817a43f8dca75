import type { Random } from './random.ts'

/** A write that has not been synced. No bytes means the key was deleted. */
export interface PendingWrite {
  readonly key: string
  readonly bytes: Uint8Array | undefined
}

/**
 * What is left of unsynced writes after a crash. A disk promises nothing about them, so all of this is fair: none, the first
 * few, the first few and half of the next, or any of them in any order.
 */
export function survivors(pending: readonly PendingWrite[], durable: ReadonlyMap<string, Uint8Array>, random: Random): PendingWrite[] {
  const mode = random.integer(0, 3)
  if (mode === 0 || pending.length === 0) return []
  if (mode === 3) return random.shuffle(pending).filter(() => random.chance(0.5))
  const kept = pending.slice(0, random.integer(0, pending.length))
  const next = pending[kept.length]
  if (mode === 2 && next?.bytes !== undefined) kept.push({ key: next.key, bytes: torn(next.bytes, durable.get(next.key), random) })
  return kept
}

/** The beginning of the new bytes, and then whatever was there before. */
function torn(bytes: Uint8Array, before: Uint8Array | undefined, random: Random): Uint8Array {
  const written = random.integer(0, bytes.length)
  const left = new Uint8Array(Math.max(written, before?.length ?? 0))
  if (before !== undefined) left.set(before)
  left.set(bytes.subarray(0, written))
  return left
}
