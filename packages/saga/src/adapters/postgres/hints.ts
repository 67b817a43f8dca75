/**
 * Hints between processes over LISTEN and NOTIFY: "something may have changed, look now". Only ever hints: a lost one costs a poll, so the connection may break
 * at any time. It is a connection of its own, since LISTEN is session state and has no place in a pool.
 */
import { backoffMs } from '../../core/backoff.ts'
import { systemClock, systemRandom } from '../../ground/clock.ts'
import type { Timer } from '../../ground/types.ts'

/** What is asked of a connection to listen on: a fresh, unconnected `Client` of pg has it. */
export interface PgListener {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<unknown>
  on(event: 'notification' | 'error' | 'end', run: () => void): unknown
}

const AGAIN = { retries: Infinity, baseMs: 100, maxMs: 30_000, factor: 2, jitter: 0.5, when: () => true }

/** Calls `heard` for every hint on `channel`, and whenever hints may have been missed; connects again for as long as it is not disposed of. */
export function listen(open: () => PgListener, channel: string, heard: () => void): Disposable {
  let client: PgListener | undefined
  let timer: Timer | undefined
  let failures = 0
  let closed = false

  async function connect(): Promise<void> {
    let mine: PgListener | undefined
    const broken = (): void => {
      if (closed || mine === undefined || client !== mine) return
      client = undefined
      void mine.end().catch(() => {})
      timer = systemClock.after(backoffMs(++failures, AGAIN, systemRandom()), () => void connect())
    }
    try {
      mine = client = open()
      mine.on('notification', heard)
      mine.on('error', broken)
      mine.on('end', broken)
      await mine.connect()
      await mine.query(`LISTEN "${channel}"`)
      failures = 0
      heard()
    } catch {
      broken()
    }
  }

  void connect()
  return {
    [Symbol.dispose]() {
      closed = true
      timer?.cancel()
      void client?.end().catch(() => {})
    },
  }
}
