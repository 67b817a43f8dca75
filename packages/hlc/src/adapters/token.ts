/**
 * Causality tokens: stamps that clients carry between servers and cannot make up, signed with HMAC-SHA-256 of Web Crypto.
 *
 * Take it where stamps pass through hands that you do not trust. Between servers that trust one another a plain stamp is enough.
 * @module
 */
export { TokenError } from '../ground/errors.ts'
export { createTokens } from '../token.ts'
export type { TokenKey, Tokens, TokensOptions } from '../token.ts'
