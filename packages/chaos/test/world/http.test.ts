import { describe, expect, test } from 'vitest'

import { createWorld } from '../../src/index.ts'
import type { World } from '../../src/index.ts'

/** A shop on b, and what a's calls to it came to. */
function shop(seed = 1): { world: World; served: string[]; call(path: string, init?: RequestInit): Promise<string> } {
  const world = createWorld({ seed, nodes: ['a', 'b'] })
  const served: string[] = []
  world.node('b').start((env) => env.serve(async (request) => {
    const { pathname } = new URL(request.url)
    served.push(`${request.method} ${pathname} ${await request.text()}`)
    if (pathname === '/slow') await env.sleep(1000)
    if (pathname === '/boom') throw new Error('boom')
    if (pathname === '/none') return new Response(null, { status: 204 })
    return Response.json({ path: pathname, key: request.headers.get('x-key') }, { status: 201 })
  }))
  const call = (path: string, init?: RequestInit): Promise<string> => new Promise((resolve) => {
    world.after(0, () => world.node('a').env.fetch(`http://b${path}`, init).then(
      async (answer) => resolve(`${answer.status} ${await answer.text()}`),
      (error: Error) => resolve(`${error.name}: ${error.message} ${(error.cause as { code?: string } | undefined)?.code ?? ''}`),
    ))
  })
  return { world, served, call }
}

describe('fetch between nodes', () => {
  test('carries method, headers, body, status and answer', async () => {
    const { world, served, call } = shop()
    const answers = [call('/pay', { method: 'POST', headers: { 'x-key': 'k' }, body: '5 euro' }), call('/none'), call('/boom')]
    await world.run(1000)
    expect(await Promise.all(answers)).toEqual(['201 {"path":"/pay","key":"k"}', '204 ', '500 '])
    expect(served).toContain('POST /pay 5 euro')
  })

  test('a node that is down or does not serve refuses; a crash before the answer resets', async () => {
    const { world, served, call } = shop()
    const slow = call('/slow')
    await world.run(500)
    world.node('b').crash()
    const refused = call('/pay')
    await world.run(500)
    expect([await slow, await refused]).toEqual(['TypeError: fetch failed ECONNRESET', 'TypeError: fetch failed ECONNREFUSED'])
    expect(served).toHaveLength(1)
    const unknown = call('.nowhere/')
    await world.run(10)
    expect(await unknown).toMatch(/TypeError: fetch failed/)
  })

  test('silence ends with the signal of the caller, or after a minute', async () => {
    const { world, call } = shop()
    world.network.cut('b', 'a')
    const stop = new AbortController()
    const [aborted, waited] = [call('/pay', { signal: stop.signal }), call('/pay')]
    world.after(50, () => stop.abort(new Error('my time-out')))
    await world.run(59_000)
    expect(await aborted).toBe('Error: my time-out ')
    await world.run(2000)
    expect(await waited).toBe('TypeError: fetch failed ETIMEDOUT')
  })

  test('a duplicated request is served twice and answered once; damage is a lost message or a changed body, never a crash', async () => {
    const { world, served, call } = shop()
    world.network.set({ duplicate: 1 })
    const answer = call('/pay', { method: 'POST', body: 'x' })
    await world.run(5000)
    expect([await answer, served.length]).toEqual(['201 {"path":"/pay","key":null}', 2])
    world.network.set({ duplicate: 0, corrupt: 1 })
    // Long heads: most flipped bytes hit a header's name, a method, an address or a status.
    const headers = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x-header-number-${at}`, 'v']))
    const before = served.length
    for (let count = 0; count < 300; count++) void call('/pay', { method: 'POST', headers, body: 'x'.repeat(40) })
    await world.run(100_000)
    expect(served.length).toBeGreaterThan(before)
  })

  test('runs the same twice', async () => {
    const hashes = []
    for (let run = 0; run < 2; run++) {
      const { world, call } = shop(9)
      world.network.set({ loss: 0.2, duplicate: 0.2 })
      for (let count = 0; count < 50; count++) void call('/pay', { method: 'POST', body: String(count) })
      await world.run(100_000)
      hashes.push(world.hash)
    }
    expect(hashes[0]).toBe(hashes[1])
  })
})
