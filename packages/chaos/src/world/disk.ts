import { survivors } from '../core/disk-crash.ts'
import type { PendingWrite } from '../core/disk-crash.ts'
import type { Random } from '../core/random.ts'
import { tailed } from '../core/tail.ts'
import { DISK_CAPACITY, DISK_MS } from '../ground/defaults.ts'
import { DiskError } from '../ground/errors.ts'

/** A node's disk: bytes by key. What is written can be read at once, and survives a crash for certain only after `sync`. */
export interface Disk {
  /** The bytes last written under `key`, or undefined. A copy. Rejects with {@link DiskError} `EIO` when reads fail. */
  read(key: string): Promise<Uint8Array | undefined>
  /** Rejects with {@link DiskError} `ENOSPC` when there is no room. */
  write(key: string, bytes: Uint8Array): Promise<void>
  delete(key: string): Promise<void>
  /** Makes everything written before this call durable. Rejects with {@link DiskError} `EIO` when syncs fail. */
  sync(): Promise<void>
  /** The keys that can be read, sorted. */
  keys(): Promise<string[]>
}

/** Weather of a disk. */
export interface DiskWeather {
  /** Mean time of an operation in milliseconds, heavy tail included. Default 0.5. */
  readonly latencyMs: number
  /** Share of reads and syncs that fail, 0..1. Default 0. */
  readonly errors: number
  /** Further milliseconds that each sync takes. Default 0. */
  readonly stallMs: number
  /** True refuses every write for want of room. Default false. */
  readonly full: boolean
  /** Bytes that fit, keys not counted. Default 64 MiB. */
  readonly capacityBytes: number
}

/** The disk under the lives of a node. */
export interface DiskDevice {
  readonly current: DiskWeather
  set(patch: Partial<DiskWeather>): void
  /** The disk as one life sees it. `act` says whether an operation may begin; `later` runs a completion on behalf of that life. */
  mount(act: (what: string) => boolean, later: (ms: number, run: () => void) => void): Disk
  /** Throws away, tears or reorders what was not synced. */
  crash(): void
}

export function createDisk(random: Random): DiskDevice {
  let weather: DiskWeather = { latencyMs: DISK_MS, errors: 0, stallMs: 0, full: false, capacityBytes: DISK_CAPACITY }
  const durable = new Map<string, Uint8Array>()
  let pending: PendingWrite[] = []
  /** `durable` with every pending write applied: what a running program reads. */
  let visible = new Map<string, Uint8Array>()
  let used = 0
  const dice = random.fork('crash')

  function put(into: Map<string, Uint8Array>, { key, bytes }: PendingWrite): void {
    if (bytes === undefined) into.delete(key)
    else into.set(key, bytes)
  }

  function write(entry: PendingWrite): DiskError | undefined {
    const growth = (entry.bytes?.length ?? 0) - (visible.get(entry.key)?.length ?? 0)
    if (growth > 0 && (weather.full || used + growth > weather.capacityBytes)) {
      return new DiskError('ENOSPC', `No room for ${growth} bytes more on a disk of ${weather.capacityBytes}`)
    }
    used += growth
    pending.push(entry)
    put(visible, entry)
    return undefined
  }

  return {
    get current() {
      return weather
    },
    set(patch) {
      weather = { ...weather, ...patch }
    },
    mount(act, later) {
      const operation = <T>(what: string, extraMs: number, begin: () => () => T): Promise<T> =>
        new Promise((resolve, reject) => {
          // Fixed draws, so that one fault does not shift another's.
          const [unit, luck] = [random(), random()]
          if (!act(what)) return
          const complete = begin()
          const failed = luck < weather.errors && (what === 'read' || what === 'sync')
          later(tailed(0, weather.latencyMs, unit) + extraMs, () => {
            if (failed) return reject(new DiskError('EIO', `The disk failed to ${what}`))
            try {
              resolve(complete())
            } catch (error) {
              reject(error)
            }
          })
        })
      const writing = (what: string, entry: PendingWrite): Promise<void> =>
        operation(what, 0, () => {
          const error = write(entry)
          return () => {
            if (error !== undefined) throw error
          }
        })
      return {
        read: (key) => operation('read', 0, () => () => visible.get(key)?.slice()),
        write: (key, bytes) => writing('write', { key, bytes: bytes.slice() }),
        delete: (key) => writing('delete', { key, bytes: undefined }),
        keys: () => operation('list', 0, () => () => [...visible.keys()].sort()),
        sync: () =>
          operation('sync', weather.stallMs, () => {
            const covered = pending.length
            const batch = pending
            return () => {
              // A crash in between has begun a new list; what this sync covered was decided there.
              if (batch !== pending) return
              for (const entry of pending.splice(0, covered)) put(durable, entry)
            }
          }),
      }
    },
    crash() {
      for (const entry of survivors(pending, durable, dice)) put(durable, entry)
      pending = []
      visible = new Map(durable)
      used = 0
      for (const bytes of visible.values()) used += bytes.length
    },
  }
}
