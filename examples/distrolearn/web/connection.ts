// One stream in, one kind of message out.

import { batch } from '@preact/signals'
import { reduce } from '../src/board/board.ts'
import type { Control } from '../src/world/control.ts'
import type { BatchMessage, Hello, SnapshotMessage } from '../src/world/event-stream.ts'
import { about, board, calm, connection, setFeedTime, tellWatchers } from './store.ts'

export const connect = (): void => {
  let feed: string | undefined
  const source = new EventSource('/events')
  const on = <T>(type: string, listener: (message: T) => void): void =>
    source.addEventListener(type, (event) => listener(JSON.parse((event as MessageEvent<string>).data) as T))

  on<Hello>('hello', (hello) => {
    // Another world answers at the same address: nothing known of the old one is true any more.
    if (feed !== undefined && feed !== hello.feed) location.reload()
    feed = hello.feed
    about.value = hello.about
  })
  on<SnapshotMessage>('snapshot', (message) => {
    setFeedTime(message.nowMs)
    batch(() => {
      connection.value = 'live'
      board.value = message.board
      calm.value = message.board
    })
  })
  on<BatchMessage>('batch', (message) => {
    setFeedTime(message.nowMs)
    if (message.after !== board.peek().sequence) {
      // A hole in the numbers: a fresh stream begins with a snapshot.
      source.close()
      connect()
      return
    }
    batch(() => {
      connection.value = 'live'
      board.value = { ...reduce(board.peek(), message.events), sequence: message.through }
    })
    tellWatchers(message.events)
  })
  source.addEventListener('error', () => {
    connection.value = 'lost'
  })
}

/** Works a switch. Gives the world's sentence when it refused. */
export const send = async (message: Control): Promise<string | undefined> => {
  try {
    const response = await fetch('/control', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    })
    const answer = (await response.json()) as { ok: boolean; error?: string }
    return answer.ok ? undefined : (answer.error ?? `The world answered ${response.status}.`)
  } catch {
    return 'The world does not answer. Is the demo still running?'
  }
}
