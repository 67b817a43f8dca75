import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { encode, type Stamp } from '../src/index.ts'
import { createTokens, TokenError, type TokenKey } from '../src/adapters/token.ts'

const key = (id: string, fill = 1): TokenKey => ({ id, secret: new Uint8Array(32).fill(fill) })
const at = (ms: number, count = 0, node = 'dublin'): Stamp => ({ ms, count, node })
const stamp = fc.record({ ms: fc.nat(), count: fc.nat({ max: 65_535 }), node: fc.constantFrom('a', 'dublin', 'x:1') })

test('a token gives its stamp back, to whoever has the key', async () => {
  const [here, there] = [createTokens({ keys: [key('k1')] }), createTokens({ keys: [key('k0', 9), key('k1')] })]
  await fc.assert(fc.asyncProperty(stamp, async (s) => void expect(await there.verify(await here.sign(s))).toEqual(s)))
})

test("a token is the stamp's text, the key's name and 128 bits of HMAC-SHA-256 over the end of the stamp's millisecond", async () => {
  const signed = `distrokit/hlc k1 ${encode(at(1_700_000_000_000, 65_535))}`
  const mac = createHmac('sha256', new Uint8Array(32).fill(1)).update(signed).digest().subarray(0, 16).toString('base64url')
  expect(await createTokens({ keys: [key('k1')] }).sign(at(1_700_000_000_000, 5))).toBe(`018bcfe568000005-dublin~k1~${mac}`)
})

describe('a token that was touched is refused', () => {
  test('at every character, whatever it is changed to', async () => {
    const tokens = createTokens({ keys: [key('k1'), key('k2', 2)] })
    const token = await tokens.sign(at(1_700_000_000_000, 5))
    const counter = 12
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'0123456789abcdefXYZ~-_ '), async (index, character) => {
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        // Within the millisecond the signature is the same: that is what it covers.
        if (changed === token || (index >= counter && index < counter + 4 && /[\da-f]/.test(character))) return
        await expect(tokens.verify(changed)).rejects.toBeInstanceOf(TokenError)
      }),
      { numRuns: 400 },
    )
  })

  test('with a reason that a server can count, and without the token in the message', async () => {
    const tokens = createTokens({ keys: [key('k1')] })
    const reasons: [string, string][] = [
      ['', 'malformed'], ['x'.repeat(10_000), 'malformed'], ['018bcfe568000000~k1~AAAAAAAAAAAAAAAAAAAAAA', 'malformed'],
      ['018bcfe568000000-a-b~k1~AAAAAAAAAAAAAAAAAAAAAA', 'malformed'], ['018bcfe568000000-a~k9~AAAAAAAAAAAAAAAAAAAAAA', 'unknown-key'],
      ['018bcfe568000000-a~k1~AAAAAAAAAAAAAAAAAAAAAA', 'signature'],
    ]
    for (const [token, reason] of reasons) {
      const error = await tokens.verify(token).catch((error: unknown) => error as TokenError)
      expect(error).toMatchObject({ name: 'TokenError', code: 'token', reason })
      if (token !== '') expect((error as TokenError).message).not.toContain(token)
    }
  })

  test('when the secrets differ', async () => {
    await expect(createTokens({ keys: [key('k1', 2)] }).verify(await createTokens({ keys: [key('k1')] }).sign(at(5)))).rejects.toMatchObject({ reason: 'signature' })
  })
})

test('one signature serves 65 536 stamps, when signing and when verifying', async () => {
  const spy = vi.spyOn(crypto.subtle, 'sign')
  try {
    const tokens = createTokens({ keys: [key('k1')] })
    for (let count = 0; count < 65_536; count += 13) await tokens.verify(await tokens.sign(at(1000, count)))
    expect(spy).toHaveBeenCalledTimes(1)
    await tokens.sign(at(1001))
    await tokens.sign(at(1001, 0, 'virginia'))
    expect(spy).toHaveBeenCalledTimes(3)
  } finally {
    spy.mockRestore()
  }
})

test('keys rotate: the new one signs, old tokens live until their key is forgotten', async () => {
  const tokens = createTokens({ keys: [key('k1')] })
  const old = await tokens.sign(at(5))
  tokens.rotate(key('k2', 2))
  expect((await tokens.sign(at(5))).split('~')[1]).toBe('k2')
  expect(await tokens.verify(old)).toEqual(at(5))
  expect(() => tokens.forget('k2')).toThrow('rotate first')
  tokens.forget('k1')
  await expect(tokens.verify(old)).rejects.toMatchObject({ reason: 'unknown-key' })
})

test('what is remembered is bounded', async () => {
  const spy = vi.spyOn(crypto.subtle, 'sign')
  try {
    const tokens = createTokens({ keys: [key('k1')], maxSignatures: 10 })
    for (let ms = 0; ms < 11; ms++) await tokens.sign(at(ms))
    await tokens.sign(at(10))
    expect(spy).toHaveBeenCalledTimes(11)
    await tokens.sign(at(0))
    expect(spy).toHaveBeenCalledTimes(12)
  } finally {
    spy.mockRestore()
  }
  const tokens = createTokens({ keys: [key('k0')] })
  for (let index = 1; index < 16; index++) tokens.rotate(key(`k${index}`))
  expect(() => tokens.rotate(key('k16'))).toThrow('forget an old one')
})

test('a bad key is refused without showing its secret', async () => {
  const secret = new Uint8Array([11, 22, 33, 44])
  for (const bad of [{ id: 'k', secret }, { id: 'k-1', secret: new Uint8Array(32) }, { id: 'k', secret: 'text' }]) {
    const error = await Promise.resolve().then(() => createTokens({ keys: [bad as TokenKey] })).catch((error: unknown) => error as TypeError)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as TypeError).message).not.toContain('22')
  }
  expect(() => createTokens({ keys: [] })).toThrow('at least one key')
  expect(() => createTokens({ keys: [key('k'), key('k')] })).toThrow('no other key')
  await expect(createTokens({ keys: [key('k')] }).sign({ ms: 1, count: 0, node: '' })).rejects.toBeInstanceOf(TypeError)
})
