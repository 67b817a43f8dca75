// The page before a fake world, in a real browser: opened fresh for each test, which fails if the page had anything to complain about.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { createEventFeed, type EventFeed } from '../../src/world/event-feed.ts'
import { startPageServer } from '../../src/world/page-server.ts'
import { createFakeWorld } from '../fake-world.ts'

export type VisitOptions = BrowserContextOptions & {
  /** Complaints of the browser that belong to what is tested. */
  readonly allow?: RegExp
}

export interface FakePage {
  readonly feed: EventFeed
  /** Opens the page, does something with it, and heals the world again. */
  visit(use: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void>
  /** Nobody answers any more … */
  hangUp(): Promise<void>
  /** … until another world does, at the same address. */
  answerWith(feed: EventFeed): Promise<void>
  close(): Promise<void>
}

export const openFakePage = async (browser: Browser): Promise<FakePage> => {
  const feed = createEventFeed({ capacity: 10_000, clock: { monotonic: () => performance.now() } })
  const world = createFakeWorld({ seed: 3, push: (event) => void feed.push(event) })
  world.step(20_000)
  const running = world.start()
  const serve = (told: EventFeed, port: number) =>
    startPageServer({
      feed: told,
      control: (message) => Promise.resolve(world.control(message)),
      port,
      host: '127.0.0.1',
      about: { seed: '3', speed: '5' },
    })
  let server = await serve(feed, 0)

  return {
    feed,
    async visit(use, { allow, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      try {
        await page.goto(server.url)
        await page.locator('[data-state="closed"]').first().waitFor()
        await use(page)
        expect(complaints.filter((complaint) => allow?.test(complaint) !== true)).toEqual([])
      } finally {
        await context.close()
        world.control({ action: 'heal' })
      }
    },
    hangUp: () => server.close(),
    async answerWith(told) {
      server = await serve(told, Number(new URL(server.url).port))
    },
    async close() {
      running[Symbol.dispose]()
      await server.close()
    },
  }
}

export const dotsUnderWay = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => Number(document.querySelector<HTMLElement>('canvas.dots')?.dataset['dots']) > 0)
