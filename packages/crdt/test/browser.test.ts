/** In real Chromium: IndexedDB passes the conformance suite, and two browsers that edited offline end equal over a real WebSocket. */
import { accessSync, constants } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { attachSocket, type Socket } from '../src/adapters/websocket.ts'
import { createDoc, s } from '../src/index.ts'
import { createSync } from '../src/sync.ts'

async function launch(): Promise<Browser | string> {
  const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  try {
    const executablePath = installed ?? await (await import('@sparticuz/chromium')).default.executablePath()
    return await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] })
  } catch (error) {
    return String(error)
  }
}

const browser = await launch()
if (typeof browser === 'string') {
  console.error(`NO BROWSER, so nothing was tested in one: ${browser}`)
  it.runIf(process.env['REQUIRE_SERVICES'] === '1')('needs Chromium', () => { throw new Error(browser) })
}

/** What the page runs: the package, bundled from its sources, under one name. */
async function bundle(): Promise<string> {
  const from = (file: string): string => JSON.stringify(fileURLToPath(new URL(`../src/${file}.ts`, import.meta.url)))
  const result = await build({
    stdin: {
      contents: ['index', 'sync', 'storage', 'adapters/websocket', 'adapters/indexeddb', 'adapters/testing'].map((file) => `export * from ${from(file)}`).join('\n'),
      resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts',
    },
    bundle: true, format: 'iife', globalName: 'crdt', platform: 'browser', target: 'es2022', write: false, logLevel: 'error',
  })
  return result.outputFiles[0]!.text
}

const schema = s.doc({ note: s.text(), votes: s.counter() })

describe.skipIf(typeof browser === 'string')('in a real browser', () => {
  const hub = createDoc(schema, { actor: 'hub' })
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>crdt</title>'))
  const sockets = new WebSocketServer({ server })
  let origin = ''
  let script = ''

  beforeAll(async () => {
    const sync = createSync(hub)
    sockets.on('connection', (socket) => attachSocket(sync, socket as unknown as Socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    origin = `127.0.0.1:${(server.address() as AddressInfo).port}`
    script = await bundle()
  }, 60_000)
  afterAll(async () => {
    if (typeof browser !== 'string') await browser.close()
    for (const client of sockets.clients) client.terminate()
    server.close()
  })

  async function open(): Promise<Page> {
    const page = await (await (browser as Browser).newContext()).newPage()
    await page.goto(`http://${origin}/`)
    await page.addScriptTag({ content: script })
    return page
  }

  it('IndexedDB keeps documents as the conformance suite demands', async () => {
    const page = await open()
    await page.evaluate(`crdt.checkStorage(() => crdt.indexedDbStorage({ name: 'mine' }))`)
  }, 60_000)

  it('two that edited offline end equal once they are connected, and after one was reloaded', async () => {
    const start = (actor: string): string => `(async () => {
      const { s, keepDoc, indexedDbStorage, createSync } = crdt
      globalThis.kept = await keepDoc(s.doc({ note: s.text(), votes: s.counter() }), await indexedDbStorage({ database: 'notes' }), { actor: '${actor}' })
      globalThis.sync = createSync(kept.doc)
    })()`
    const edit = (text: string): string => `(kept.doc.edit((d) => { d.note.insert(0, '${text}'); d.votes.add(1) }), kept.flush())`
    const connect = `void (globalThis.line = crdt.connectSocket(sync, { open: () => new WebSocket('ws://' + location.host), waitMs: 5 }))`
    const pages = [await open(), await open()]
    for (const [index, page] of pages.entries()) {
      await page.evaluate(start(`browser ${index}`))
      await page.evaluate(edit(`from ${index}. `))
    }
    for (const page of pages) await page.evaluate(connect)
    const digests = async (): Promise<unknown[]> => [hub.digest(), ...await Promise.all(pages.map((page) => page.evaluate('kept.doc.digest()')))]
    const settled = (votes: number): Promise<void> => vi.waitFor(async () => {
      expect(hub.value.votes).toBe(votes)
      expect(new Set(await digests()).size).toBe(1)
    }, { timeout: 20_000, interval: 20 })
    await settled(2)
    await pages[0]!.evaluate('kept.flush()')
    await pages[0]!.reload()
    await pages[0]!.addScriptTag({ content: script })
    await pages[0]!.evaluate(start('browser 0'))
    expect(await pages[0]!.evaluate('kept.doc.value')).toEqual(hub.value)
    await pages[0]!.evaluate(edit('offline again. '))
    await pages[1]!.evaluate(edit('meanwhile. '))
    await pages[0]!.evaluate(connect)
    await settled(4)
    expect(hub.value.note).toContain('offline again. ')
  }, 90_000)
})
