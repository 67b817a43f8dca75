import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { joinChannel } from '../src/adapters/broadcast.ts'
import { attachSocket, connectSocket, type Socket } from '../src/adapters/websocket.ts'
import { createDoc, s, type Doc } from '../src/index.ts'
import { createSync, type Sync } from '../src/sync.ts'

const schema = s.doc({ votes: s.counter(), note: s.text() })
const replica = (actor: string): [Doc<typeof schema>, Sync] => {
  const doc = createDoc(schema, { actor })
  return [doc, createSync(doc)]
}
/** Waits for the world outside, not for a time. */
const until = (condition: () => boolean): Promise<void> => vi.waitFor(() => { if (!condition()) throw new Error('not yet') }, { timeout: 10_000, interval: 5 })

describe('a broadcast channel', () => {
  it('keeps all tabs equal, those that come late too', async () => {
    const tabs = ['a', 'b', 'c'].map(replica)
    const channels: BroadcastChannel[] = []
    const joined: Disposable[] = []
    const join = (index: number): void => {
      channels.push(new BroadcastChannel('crdt-transports-test'))
      joined.push(joinChannel(tabs[index]![1], channels.at(-1)! as never))
    }
    join(0)
    join(1)
    tabs[0]![0].edit((d) => d.votes.add(1))
    await until(() => tabs[1]![0].value.votes === 1)
    join(2)
    tabs[1]![0].edit((d) => d.note.insert(0, 'hi'))
    await until(() => tabs.every(([doc]) => doc.value.votes === 1 && doc.value.note === 'hi'))
    expect(new Set(tabs.map(([doc]) => doc.digest())).size).toBe(1)
    for (const one of joined) one[Symbol.dispose]()
    for (const channel of channels) channel.close()
  })
})

describe('a WebSocket', () => {
  async function serve(sync: Sync): Promise<{ url: string; server: WebSocketServer }> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    server.on('connection', (socket) => attachSocket(sync, socket as unknown as Socket))
    await once(server, 'listening')
    return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
  }

  it('brings two that were offline together through a server, and again after the line was cut', async () => {
    const [hub, hubSync] = replica('hub')
    const { url, server } = await serve(hubSync)
    const [[a, aSync], [b, bSync]] = [replica('a'), replica('b')]
    a.edit((d) => d.note.insert(0, 'from a. '))
    b.edit((d) => d.note.insert(0, 'from b. '))
    const open = (): Socket => new WebSocket(url) as unknown as Socket
    const lines = [aSync, bSync].map((sync) => connectSocket(sync, { open, waitMs: 1 }))
    await until(() => a.digest() === b.digest() && a.value.note.length === 16)
    for (const client of server.clients) client.terminate()
    a.edit((d) => d.votes.add(2))
    b.edit((d) => d.votes.add(3))
    await until(() => a.value.votes === 5 && b.value.votes === 5 && hub.value.votes === 5)
    expect(new Set([a, b, hub].map((doc) => doc.digest())).size).toBe(1)
    for (const line of lines) line[Symbol.dispose]()
    server.close()
    for (const client of server.clients) client.terminate()
  })

  it('is closed on a peer that sends what is none', async () => {
    const [hub, hubSync] = replica('hub')
    const { url, server } = await serve(hubSync)
    const before = hub.save()
    for (const data of ['text', new Uint8Array([2, 1, 2, 3])]) {
      const socket = new WebSocket(url)
      await once(socket, 'open')
      socket.send(data)
      await once(socket, 'close')
    }
    expect(hub.save()).toEqual(before)
    server.close()
  })

  it('that cannot be opened is tried again, later each time, until somebody gives up', () => {
    const waits: number[] = []
    let run: (() => void) | undefined
    let cancelled = 0
    const clock = { after: (ms: number, next: () => void) => { waits.push(ms); run = next; return { cancel: () => { cancelled++ } } } }
    const line = connectSocket(replica('a')[1], { open: () => { throw new Error('no network') }, waitMs: 10, maxWaitMs: 50, clock, random: () => 0.5 })
    for (let attempt = 0; attempt < 4; attempt++) run!()
    line[Symbol.dispose]()
    expect([waits, cancelled]).toEqual([[5, 10, 20, 25, 25], 1])
  })
})
