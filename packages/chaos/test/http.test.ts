import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Hono } from 'hono'
import { afterEach, describe, expect, test } from 'vitest'

import { createRandom, faults, LinkError } from '../src/index.ts'
import { faultyHandler, faultyListener } from '../src/adapters/http.ts'
import type { Listener } from '../src/adapters/http.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections()
})

async function serving(listener: Listener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const echo: Listener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
    response.setHeader('x-method', request.method ?? '')
    response.end(Buffer.concat(chunks))
  })
}

const post = async (url: string, body: string): Promise<string> => (await fetch(url, { method: 'POST', body })).text()

describe('faultyListener', () => {
  test('in fair weather passes request and answer through untouched', async () => {
    const url = await serving(faultyListener(faults(), echo))
    expect(await post(url, 'hello')).toBe('hello')
  })

  test('a cut link resets the connection and never runs the listener', async () => {
    let runs = 0
    const link = faults({ cut: true })
    const url = await serving(faultyListener(link, (request, response) => {
      runs++
      echo(request, response)
    }))
    await expect(post(url, 'x')).rejects.toThrow('fetch failed')
    link.clear()
    expect(await post(url, 'x')).toBe('x')
    expect(runs).toBe(1)
  })

  test('a lost answer has run the listener all the same, and a lost request has not', async () => {
    const runs = { request: 0, answer: 0 }
    for (const side of ['request', 'answer'] as const) {
      const link = faults({ loss: 1, random: losing(side) })
      const url = await serving(faultyListener(link, (request, response) => {
        runs[side]++
        echo(request, response)
      }))
      await expect(post(url, 'x')).rejects.toThrow('fetch failed')
    }
    expect(runs).toEqual({ request: 0, answer: 1 })
  })

  test('a duplicated request runs the listener twice with the same body and answers once', async () => {
    const bodies: string[] = []
    const twice = Promise.withResolvers<void>()
    const url = await serving(faultyListener(faults({ duplicate: 1 }), (request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk)).on('end', () => {
        response.end(`answer ${bodies.length}`)
        if (bodies.length === 2) twice.resolve()
      })
    }))
    expect(await post(url, 'pay 5')).toMatch(/^answer [12]$/)
    await twice.promise
    expect(bodies).toEqual(['pay 5', 'pay 5'])
  })

  test('corruption changes exactly one byte of request or answer and never the length', async () => {
    const url = await serving(faultyListener(faults({ corrupt: 1, random: createRandom(5) }), echo))
    for (let call = 0; call < 12; call++) {
      const answer = new Uint8Array(await (await fetch(url, { method: 'POST', body: 'abcdefgh' })).arrayBuffer())
      expect(answer.length).toBe(8)
      expect([...Buffer.from('abcdefgh')].filter((byte, at) => byte !== answer[at])).toHaveLength(1)
    }
  })

  test('keeps what a listener streams during the delay, in order', async () => {
    const url = await serving(faultyListener(faults({ latencyMs: 5 }), (_request, response) => {
      response.writeHead(201, { 'content-type': 'text/plain' })
      for (const part of ['one ', 'two ', 'three']) response.write(part)
      response.end()
    }))
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([201, 'one two three'])
  })
})

describe('faultyHandler', () => {
  const app = new Hono().post('/pay', async (c) => c.text(`paid ${await c.req.text()}`))
  const pay = (body: string): Request => new Request('http://shop.test/pay', { method: 'POST', body })

  test('wraps a Hono app: fair weather changes nothing', async () => {
    expect(await (await faultyHandler(faults(), app.fetch)(pay('5'))).text()).toBe('paid 5')
  })

  test('runs a duplicated request twice, each with the whole body', async () => {
    const seen: string[] = []
    const twice = Promise.withResolvers<void>()
    const handler = faultyHandler(faults({ duplicate: 1 }), async (request: Request) => {
      if (seen.push(await request.text()) === 2) twice.resolve()
      return new Response('ok')
    })
    await handler(pay('5'))
    await twice.promise
    expect(seen).toEqual(['5', '5'])
  })

  test('without a socket to hang up a cut is thrown; with one the socket is destroyed', async () => {
    const handler = faultyHandler(faults({ cut: true }), (request: Request, _bindings?: unknown) => app.fetch(request))
    await expect(handler(pay('5'))).rejects.toBeInstanceOf(LinkError)
    let destroyed = 0
    const answer = await handler(pay('5'), { incoming: { socket: { destroy: () => destroyed++ } } })
    expect([destroyed, answer.headers.get('x-hono-already-sent')]).toEqual([1, 'true'])
  })

  test('flips one byte of the request or of the answer', async () => {
    const handler = faultyHandler(faults({ corrupt: 1, random: createRandom(2) }), async (request: Request) => new Response(await request.arrayBuffer()))
    for (let call = 0; call < 8; call++) {
      const bytes = Buffer.from(await (await handler(pay('abc'))).arrayBuffer())
      expect([...bytes].filter((byte, at) => byte !== Buffer.from('abc')[at])).toHaveLength(1)
    }
  })
})

/** Draws that lose the given side and nothing else: the fourth number of a verdict chooses the side. */
function losing(side: 'request' | 'answer'): () => number {
  let draw = 0
  return () => (draw++ % 10 === 3 ? (side === 'request' ? 0 : 0.9) : 0)
}
