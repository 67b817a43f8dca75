/** A limit that nobody reaches. */
export const plenty = 1_000_000

/** Begins all that the benchmark leaves in a store. */
export const prefix = 'ratelimit_bench'

/** Does `one` `count` times, so many at a time: each lane asks again when it has its answer. */
export async function inLanes(count: number, inFlight: number, one: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane))
}
