// What a reader of the event stream needs to read it in a test, and what a test needs to watch the reader.

import type { Board } from '../src/board/board.ts'
import type { FedEvent } from '../src/board/fed-event.ts'
import type { DemoEvent } from '../src/telemetry/events.ts'
import type { EventFeed } from '../src/world/event-feed.ts'

export const told = (text: string): DemoEvent => ({ type: 'narration', text, region: 'world', atMs: 0 })

export interface Message {
  readonly event: string
  readonly id: number | undefined
  readonly data: {
    readonly board?: Board
    readonly events?: readonly FedEvent[]
    readonly after?: number
    readonly through?: number
    readonly feed?: string
  }
}

export const parse = (text: string): Message => {
  const field = (name: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const id = field('id')
  return {
    event: field('event') ?? 'comment',
    id: id === undefined ? undefined : Number(id),
    data: JSON.parse(field('data') ?? '{}') as Message['data'],
  }
}

/** The same feed, and how many listen to it. */
export const counted = (feed: EventFeed): { readonly feed: EventFeed; readonly listening: () => number } => {
  let listening = 0
  const subscribe: EventFeed['subscribe'] = (listener) => {
    const subscription = feed.subscribe(listener)
    listening += 1
    return {
      [Symbol.dispose]: () => {
        listening -= 1
        subscription[Symbol.dispose]()
      },
    }
  }
  return { feed: Object.assign(Object.create(feed) as EventFeed, { subscribe }), listening: () => listening }
}
