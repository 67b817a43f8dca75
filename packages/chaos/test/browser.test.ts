import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url))

/** The same program here and there: a world with messages and a disk, a campaign, and the hash that tells whether both did the same. */
const PROGRAM = `
import { createWorld, simulate, swarm } from ${JSON.stringify(entry)}
export async function run() {
  const world = createWorld({ seed: 'browser', nodes: 2, network: { loss: 0.2, duplicate: 0.2 } })
  const answers = []
  world.node('b').start((env) => void env.net.onMessage(async (from, bytes) => {
    await env.disk.write('last', bytes)
    await env.disk.sync()
    env.net.send(from, bytes)
  }))
  world.node('a').start(async (env) => {
    env.net.onMessage((from, bytes) => void answers.push(bytes[0] + ' at ' + env.clock.monotonic().toFixed(3)))
    for (let call = 0; call < 20; call++) {
      env.net.send('b', Uint8Array.of(call))
      await env.sleep(env.random.integer(1, 100))
    }
  })
  await world.run(10_000)
  const report = await simulate({ nodes: 2, forMs: 500, settleMs: 100, seeds: 3, faults: swarm(), build: (env) => void env.net.onMessage(() => {}), workload: (one) => void one.every(10, () => one.node('a').up && one.node('a').env.net.send('b', Uint8Array.of(1))) })
  return { hash: world.hash, answers, campaign: report.hash }
}
globalThis.run = run
`

async function browser(): Promise<Browser | undefined> {
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    return await chromium.launch({ executablePath: await packed.executablePath(), args: packed.args, headless: true })
  } catch (reason) {
    console.warn(`!! no browser to test in: ${String(reason).split('\n')[0]}. The browser test is SKIPPED`)
    return undefined
  }
}

test('the core runs in a real browser, and the same seed runs there as here', { timeout: 120_000 }, async ({ skip }) => {
  const page = await browser()
  if (page === undefined) return skip()
  const { outputFiles } = await build({ stdin: { contents: PROGRAM, loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) }, bundle: true, format: 'esm', platform: 'browser', write: false })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(`<script type="module">${script}</script>`))
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const tab = await page.newPage()
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const there = await tab.evaluate(() => (globalThis as unknown as { run(): Promise<unknown> }).run())
    const here = await ((await import(`data:text/javascript,${encodeURIComponent(script)}`)) as { run(): Promise<{ answers: string[] }> }).run()
    expect(here.answers.length).toBeGreaterThan(10)
    expect(there).toEqual(here)
  } finally {
    await page.close()
    server.close()
  }
})
