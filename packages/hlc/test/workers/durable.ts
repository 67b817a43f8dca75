import { parentPort, workerData } from 'node:worker_threads'
import { createDurableClock } from '../../src/adapters/durable.ts'
import { fileStore } from '../../src/adapters/durable-file.ts'

/** Lives of one durable clock after another; each stamps, reports its ranges, and is left as a crash would leave it. */
const { path, node, lives, stamps } = workerData as { readonly path: string; readonly node: string; readonly lives: number; readonly stamps: number }

async function live(offsetMs: number): Promise<Float64Array<ArrayBuffer>> {
  const file = fileStore({ path })
  let alive = true
  let saving: Promise<void> = Promise.resolve()
  const clock = await createDurableClock({
    node,
    store: {
      load: () => file.load(),
      save: (mark, known) => (alive ? (saving = Promise.resolve(file.save(mark, known))) : new Promise<void>(() => {})),
    },
    aheadMs: 20,
    clock: {
      now: () => Date.now() + offsetMs,
      after(ms, run) {
        const timer = setTimeout(() => alive && run(), ms)
        return { cancel: () => clearTimeout(timer) }
      },
    },
  })
  const ends: number[] = []
  for (let taken = 0; taken < stamps;) {
    const size = Math.min(1 + (taken % 700), stamps - taken)
    try {
      const { first, last } = clock.reserve(size)
      ends.push(first.ms, first.count, last.ms, last.count)
      taken += size
    } catch {
      await clock.ready()
    }
  }
  alive = false
  // What was on its way to the disk arrives, though nobody waits for it; the mark of a clean close never does.
  await saving.catch(() => {})
  return new Float64Array(ends)
}

for (let life = 0; life < lives; life++) {
  const ends = await live([0, -2000, 150, -3_600_000, 30][life % 5]!)
  parentPort?.postMessage(ends, [ends.buffer])
}
parentPort?.postMessage(undefined, [])
