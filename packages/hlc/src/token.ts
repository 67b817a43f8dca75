import { checkNode } from './core/node.ts'
import { decode, encode } from './core/text.ts'
import { MAX_COUNT, MAX_ENTRIES, MAX_KEYS, MAX_SIGNATURES, MIN_SECRET_BYTES } from './ground/defaults.ts'
import { TokenError } from './ground/errors.ts'
import { check, checkRest, checkWhole } from './ground/check.ts'
import type { Stamp } from './ground/types.ts'

/** A secret with a name. The name travels in the token, so that keys can be changed while old tokens live. */
export interface TokenKey {
  /** 1 to 64 of `A-Z a-z 0-9 _ . :`. */
  readonly id: string
  /** 32 random bytes or more. */
  readonly secret: Uint8Array<ArrayBuffer>
}

export interface TokensOptions {
  /** The first one signs; all of them verify. */
  readonly keys: readonly TokenKey[]
  /** Signatures remembered, made or found good, 1 or more. Default 1 024; at the bound the oldest is forgotten. */
  readonly maxSignatures?: number | undefined
}

/** Stamps that cannot be made up by those who carry them. */
export interface Tokens {
  /** `STAMP~KEY~SIGNATURE`, safe in a header, a cookie, a URL. */
  sign(stamp: Stamp): Promise<string>
  /** The stamp of a token. Rejects with `TokenError` (`malformed`, `unknown-key`, `signature`). */
  verify(token: string): Promise<Stamp>
  /** Signs with `key` from now on; the others go on verifying. At most 16 keys at a time. */
  rotate(key: TokenKey): void
  /** Tokens of that key verify no longer. The key that signs cannot be forgotten. */
  forget(keyId: string): void
}

const utf8 = new TextEncoder()

/** 128 of HMAC-SHA-256's 256 bits (RFC 2104 §5: at least half), as 22 characters of base64url. */
function signatureText(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes, 0, 16))).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22)
}

/**
 * Causality tokens: what a client carries from one server to the next so that it never reads older than it wrote, signed so that it
 * cannot drag the servers' clocks along.
 *
 * A signature covers a stamp's whole millisecond: its counter is filled with ones before signing, as MongoDB's cluster time does, so
 * that one HMAC serves 65 536 stamps. Whoever holds a token may therefore claim up to a millisecond more than it says; no more.
 */
export function createTokens(options: TokensOptions): Tokens {
  const { keys, maxSignatures = MAX_SIGNATURES, ...rest } = options
  checkRest(rest)
  checkWhole('maxSignatures', maxSignatures, 1, MAX_ENTRIES)
  const known = new Map<string, Promise<CryptoKey>>()
  let signer = ''
  /** What is signed → the one signature that it has, made here, whether for signing or to compare with. */
  const signatures = new Map<string, Promise<string>>()

  const learn = ({ id, secret }: TokenKey): void => {
    checkNode(id)
    // The error shows a length and never the secret.
    check(secret instanceof Uint8Array && secret.length >= MIN_SECRET_BYTES, `a secret of ${MIN_SECRET_BYTES} bytes or more`, `${secret?.length} bytes`)
    check(known.size < MAX_KEYS, `at most ${MAX_KEYS} keys; forget an old one`, known.size + 1)
    check(!known.has(id), 'an id that no other key has', id)
    known.set(id, crypto.subtle.importKey('raw', secret.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']))
  }
  const signatureOf = (stamp: Stamp, keyId: string): Promise<string> => {
    const range = `distrokit/hlc ${keyId} ${encode({ ...stamp, count: MAX_COUNT })}`
    const held = signatures.get(range)
    if (held !== undefined) return held
    const made = known.get(keyId)!.then(async (key) => signatureText(await crypto.subtle.sign('HMAC', key, utf8.encode(range))))
    if (signatures.size >= maxSignatures) signatures.delete(signatures.keys().next().value!)
    signatures.set(range, made)
    return made
  }
  for (const key of keys.toReversed()) {
    learn(key)
    signer = key.id
  }
  check(signer !== '', 'at least one key', keys.length)
  return {
    async sign(stamp) {
      checkNode(stamp.node)
      return `${encode(stamp)}~${signer}~${await signatureOf(stamp, signer)}`
    },
    async verify(token) {
      const parts = typeof token === 'string' && token.length <= 256 ? /^([\da-f]{16}-[^~]+)~([^~]+)~([\w-]{22})$/.exec(token) : null
      if (parts === null) throw new TokenError('malformed')
      const [, text, keyId, signature] = parts as unknown as [string, string, string, string]
      if (!known.has(keyId)) throw new TokenError('unknown-key', keyId)
      const stamp = readStamp(text)
      if (!sameText(await signatureOf(stamp, keyId), signature)) throw new TokenError('signature', keyId)
      return stamp
    },
    rotate(key) {
      learn(key)
      signer = key.id
    },
    forget(keyId) {
      check(keyId !== signer, 'a key that does not sign; rotate first', keyId)
      known.delete(keyId)
      for (const range of signatures.keys()) if (range.startsWith(`distrokit/hlc ${keyId} `)) signatures.delete(range)
    },
  }
}

function readStamp(text: string): Stamp {
  try {
    return decode(text)
  } catch {
    throw new TokenError('malformed')
  }
}

/** Compares without stopping at the first difference, so that the time it takes tells a forger nothing. Both are 22 characters. */
function sameText(a: string, b: string): boolean {
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
