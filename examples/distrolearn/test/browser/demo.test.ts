// Promise: the page tells the truth about the real demo: three processes, a real provider that goes dark, a real browser.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { expectPaymentIncident } from './incident.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const browser: Browser | undefined = await launchChromium()

describe.skipIf(browser === undefined)('the real demo in Chromium', () => {
  const folder = mkdtempSync(`${tmpdir()}/distrolearn-page-`)
  let demo: ChildProcess
  let page: Page
  let status: Promise<number | null>

  beforeAll(async () => {
    demo = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', main, '--port', '0', '--seed', 'page', '--speed', '4', '--data', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    })
    status = new Promise((resolve) => demo.once('close', resolve))
    const url = await new Promise<string>((resolve, reject) => {
      let output = ''
      demo.stdout?.on('data', (chunk) => {
        output += String(chunk)
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(output)
        if (found !== null) resolve(found[0])
      })
      demo.once('close', () => reject(new Error(`the demo ended before it printed an address: ${output}`)))
    })
    page = (await browser?.newPage({ viewport: { width: 1280, height: 800 } })) as Page
    await page.goto(url)
  })
  afterAll(async () => {
    demo.kill('SIGKILL')
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('shows three living regions and requests on their way', async () => {
    await page.waitForFunction(() => document.querySelectorAll('.plate.up').length === 3)
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('canvas.dots')?.dataset['dots']) > 0)
  })

  it('tells the whole story of the payment provider that goes dark', () => expectPaymentIncident(page))

  it('kills Singapore for real, and shows it come back', async () => {
    await page.getByRole('button', { name: 'kill Singapore' }).click()
    await page.locator('[data-plate="singapore"].killed, [data-plate="singapore"].down, [data-plate="singapore"].starting').first().waitFor()
    await page.locator('[data-plate="singapore"].up').waitFor()
  })

  it('ends in good order when it is asked to', async () => {
    demo.kill('SIGINT')
    expect(await status).toBe(0)
  })
})
