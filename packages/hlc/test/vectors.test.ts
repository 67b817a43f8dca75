import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compare, decode, encode, fromBytes, MalformedError, merge, tick, toBytes, type Stamp } from '../src/index.ts'
import { toUlid, toUuid } from '../src/adapters/id.ts'
import { createTokens } from '../src/adapters/token.ts'

interface Vectors {
  readonly stamps: readonly (Stamp & { readonly text: string; readonly bytes: string })[]
  readonly malformed: readonly string[]
  readonly order: readonly string[]
  readonly tick: readonly { readonly state: Stamp; readonly wallMs: number; readonly next: Stamp }[]
  readonly merge: readonly { readonly state: Stamp; readonly remote: Stamp; readonly wallMs: number; readonly next: Stamp }[]
  readonly ids: readonly { readonly text: string; readonly uuid: string; readonly ulid: string }[]
  readonly tokens: { readonly key: { readonly id: string; readonly secret: string }; readonly list: readonly { readonly text: string; readonly token: string }[] }
}

const vectors = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8')) as Vectors
const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16))

test('the published vectors hold: text, bytes, what is malformed, order', () => {
  for (const { text, bytes, ...stamp } of vectors.stamps) {
    expect([encode(stamp), decode(text)]).toEqual([text, stamp])
    expect([toBytes(stamp), fromBytes(bytesOf(bytes), stamp.node)]).toEqual([bytesOf(bytes), stamp])
  }
  for (const text of vectors.malformed) expect(() => decode(text)).toThrow(MalformedError)
  expect(vectors.order.map(decode).sort(compare).map(encode)).toEqual(vectors.order)
  expect([...vectors.order].sort()).toEqual(vectors.order)
})

test('the published vectors hold: tick and merge', () => {
  for (const { state, wallMs, next } of vectors.tick) expect(tick(state, wallMs)).toEqual(next)
  for (const { state, remote, wallMs, next } of vectors.merge) expect(merge(state, remote, wallMs)).toEqual(next)
})

test('the published vectors hold: ids and tokens', async () => {
  for (const { text, uuid, ulid } of vectors.ids) expect([toUuid(decode(text)), toUlid(decode(text))]).toEqual([uuid, ulid])
  const { key, list } = vectors.tokens
  const tokens = createTokens({ keys: [{ id: key.id, secret: bytesOf(key.secret) }] })
  for (const { text, token } of list) {
    expect(await tokens.sign(decode(text))).toBe(token)
    expect(await tokens.verify(token)).toEqual(decode(text))
  }
})

test('there are vectors of every kind', () => {
  const { stamps, malformed, order, tick, merge, ids, tokens } = vectors
  for (const list of [stamps, malformed, order, tick, merge, ids]) expect(list.length).toBeGreaterThanOrEqual(10)
  expect(tokens.list.length).toBeGreaterThan(2)
})
