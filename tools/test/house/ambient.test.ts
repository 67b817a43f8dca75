import { describe, expect, it } from 'vitest'
import { ambient } from '../../house/rules/ambient.ts'
import { engines } from '../../house/rules/engines.ts'
import { platform } from '../../house/rules/platform.ts'
import { manifest, told } from './plant.ts'

const room = 'packages/a/src/core/room.ts'

describe('ambient', () => {
  it.each([
    ['Date.now', 'export const t = Date.now()', /Date\.now: the world outside is read here.*take `clock`/],
    ['Date.now as a value', 'export const f = Date.now', /Date\.now/],
    ["Date['now']", "export const t = Date['now']()", /Date\.now/],
    ['Date.now taken apart', 'const { now } = Date\nexport { now }', /\{ now \} = Date/],
    ['Date.now as a default', 'export const f = (now = Date.now) => now()', /Date\.now/],
    ['globalThis.Date.now', 'export const t = globalThis.Date.now()', /Date\.now/],
    ['new Date()', 'export const d = new Date()', /new Date\(\) without an argument/],
    ['Date()', 'export const d = Date()', /Date\(\)/],
    ['performance.now', 'export const t = performance.now()', /performance\.now/],
    ['process.hrtime', 'export const t = process.hrtime.bigint()', /process\.hrtime/],
    ['Math.random', 'export const r = Math.random()', /Math\.random.*take `random.*a seed replays/],
    ['randomUUID', 'export const id = crypto.randomUUID()', /crypto\.randomUUID/],
    ['getRandomValues', 'export const f = (a: Uint8Array<ArrayBuffer>) => globalThis.crypto.getRandomValues(a)', /crypto\.getRandomValues/],
    ['setTimeout', 'export const f = () => setTimeout(() => {}, 1)', /setTimeout.*`clock\.after\(ms, run\)`/],
    ['setInterval passed on', 'export const f = (g: (x: unknown) => void) => g(setInterval)', /setInterval/],
    ['setImmediate in a shorthand', 'export const f = { setImmediate }', /setImmediate/],
    ['globalThis.setTimeout', 'export const f = () => globalThis.setTimeout(() => {}, 1)', /globalThis\.setTimeout/],
    ['setTimeout taken apart', 'const { setTimeout: later } = globalThis\nexport { later }', /\{ setTimeout \} = globalThis/],
    ['AbortSignal.timeout', 'export const s = AbortSignal.timeout(5)', /AbortSignal\.timeout/],
    ['timers under another roof', "import { setTimeout as wait } from 'node:timers/promises'\nexport { wait }", /'node:timers\/promises'/],
    ['randomness of a whole module', "import * as crypto from 'node:crypto'\nexport const id = crypto.randomUUID()", /crypto\.randomUUID/],
    ['Date under another name', 'const D = Date\nexport const t = D.now()', /Date handed on as a value/],
    ['performance given away', 'export const f = (g: (p: unknown) => void) => g(performance)', /performance handed on/],
    ['randomness under another roof', "import { randomUUID } from 'node:crypto'\nexport { randomUUID }", /randomUUID of 'node:crypto'.*`random/],
  ])('refuses %s', (_, text, message) => {
    expect(told(ambient, { [room]: text })).toEqual([expect.stringMatching(message)])
  })

  it.each([
    ['strings and comments', "// Date.now()\nexport const s = 'Math.random() and setTimeout'\nexport const t = `Date.now()`"],
    ['a parameter of the same name', 'export const f = (Date: { now(): number }, performance: { now(): number }) => Date.now() + performance.now()'],
    ['a local of the same name', 'export const f = (clock: { after(): void }) => { const setTimeout = clock.after; setTimeout() }'],
    ['an import of the same name', "import { setTimeout, crypto } from './clock.ts'\nexport const f = () => setTimeout(crypto.randomUUID())"],
    ['members of something else', 'export const f = (clock: { now(): number; setTimeout(): void }) => { clock.setTimeout(); return clock.now() }'],
    ['members that are declared', 'export const clock = { now: () => 1, setTimeout: () => {}, random() { return 0 } }'],
    ['types', 'export interface Clock { setTimeout: typeof setTimeout; date: ReturnType<typeof Date.now> }'],
    ['dates of a known moment', 'export const d = (ms: number) => [new Date(ms), Date.parse("2026-01-01"), Date.UTC(2026), ms instanceof Date, typeof Date]'],
    ['plain arithmetic', 'export const m = (a: number) => Math.max(a, Math.floor(a))'],
    ['microtasks', 'export const f = (run: () => void) => queueMicrotask(run)'],
    ['hashes', "import { createHash } from 'node:crypto'\nimport * as crypto from 'node:crypto'\nexport { createHash }\nexport const h = crypto.createHash('sha256')"],
    ['heirs of Date in name only', "export const g = (e: Error) => e.name === 'Date'"],
  ])('leaves %s alone', (_, text) => {
    expect(told(ambient, { [room]: text, 'packages/a/src/core/clock.ts': 'export {}' })).toEqual([])
  })

  it('lets the clock room read the world, and no other room of the ground', () => {
    expect(told(ambient, { 'packages/a/src/ground/clock.ts': 'export const now = () => Date.now()' })).toEqual([])
    expect(told(ambient, { 'packages/a/src/ground/types.ts': 'export const now = () => Date.now()' })).toHaveLength(1)
    expect(told(ambient, { 'packages/a/src/adapters/sqlite.ts': 'export const now = () => Date.now()' })).toHaveLength(1)
  })

  it('does not look at tests, examples and tools', () => {
    expect(told(ambient, { 'packages/a/test/a.test.ts': 'Date.now()', 'examples/x/src/a.ts': 'Date.now()', 'tools/a.ts': 'Date.now()' })).toEqual([])
  })
})

describe('platform', () => {
  const peer = manifest('a', { peerDependencies: { hono: '^4' } })

  it.each([
    ['a builtin in the shell', 'packages/a/src/store.ts', "import { readFileSync } from 'node:fs'\nreadFileSync", /'node:fs' in the shell shuts the browser out/],
    ['a type of a builtin in the ground', 'packages/a/src/ground/types.ts', "import type { Server } from 'node:http'\nexport type S = Server", /its types reach the published declarations/],
    ['a builtin without its prefix', 'packages/a/src/adapters/file.ts', "import { readFileSync } from 'fs'\nreadFileSync", /Instead: 'node:fs'/],
    ['an optional peer in the front door', 'packages/a/src/index.ts', "export { Hono } from 'hono'", /'hono' is an optional peer, and the front door would fail to load/],
    ['process in the core', 'packages/a/src/core/x.ts', 'export const a = process.env', /`process` exists in Node only/],
    ['Buffer in the shell', 'packages/a/src/x.ts', "export const a = Buffer.from('a')", /`Buffer` exists in Node only/],
  ])('refuses %s', (_, path, text, message) => {
    expect(told(platform, { 'packages/a/package.json': peer, [path]: text })).toEqual([expect.stringMatching(message)])
  })

  it('lets adapters use both, and lower floors use the words as their own', () => {
    expect(told(platform, {
      'packages/a/package.json': peer,
      'packages/a/src/adapters/hono.ts': "import { createServer } from 'node:http'\nimport type { Context } from 'hono'\nexport const a = Buffer.from(process.title)",
      'packages/a/src/core/x.ts': 'export const run = (process: { env: string }) => process.env\nexport const o = { process: 1, Buffer: 2 }\nexport const p = o.process',
      'packages/a/src/ground/clock.ts': 'export const host = (globalThis as { process?: object }).process',
      'packages/a/src/core/y.ts': "import { module } from './x.ts'\nexport { module }",
    })).toEqual([])
  })
})

describe('engines', () => {
  it.each([
    ['using', 'export function f(a: Disposable) { using b = a; return b }', /`using` is a syntax error there: the oldest Node.*try … finally/],
    ['await using', 'export async function f(a: AsyncDisposable) { await using b = a; return b }', /`using` is a syntax error/],
    ['Promise.try', 'export const a = Promise.try(() => 1)', /Promise\.try is missing there/],
    ['Uint8Array.fromBase64', "export const a = Uint8Array.fromBase64('')", /Uint8Array\.fromBase64 is missing/],
    ['AsyncDisposableStack', 'export const a = new AsyncDisposableStack()', /AsyncDisposableStack is missing there.*an option that brings it/],
    ['Error.isError', 'export const a = (e: unknown) => Error.isError(e)', /Error\.isError is missing/],
  ])('refuses %s', (_, text, message) => {
    expect(told(engines, { [room]: text })).toEqual([expect.stringMatching(message)])
  })

  it('lets what Node 22 has, types, and names of the file pass', () => {
    expect(told(engines, {
      [room]: 'export const a = Promise.withResolvers()\nexport interface Temporal { x: DisposableStack }\nexport const f = (URLPattern: { try(): void }) => URLPattern.try()\nconst b = 1\nlet c = b\nexport { b, c }\nexport const d = { [Symbol.dispose]() {} }',
      'packages/a/test/a.test.ts': 'using x = y',
    })).toEqual([])
  })
})
