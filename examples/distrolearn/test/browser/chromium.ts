// A real browser: an installed one, or the one that a dev dependency brings along.

import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const runnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const executable = async (): Promise<string> => installed.find(runnable) ?? (await import('@sparticuz/chromium')).default.executablePath()

/** Undefined, with a loud sentence, where no browser can be had; with REQUIRE_SERVICES=1 that is a failure. */
export const launchChromium = async (): Promise<Browser | undefined> => {
  try {
    return await chromium.launch({ executablePath: await executable(), args: flags })
  } catch (error) {
    const sentence = `NO BROWSER, so the page was NOT tested in one: install Chromium, or see why this one did not start: ${String(error)}`
    if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(sentence, { cause: error })
    console.error(sentence)
    return undefined
  }
}
