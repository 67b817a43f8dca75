import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEventFeed } from '../../src/world/event-feed.ts'
import { launchChromium } from './chromium.ts'
import { dotsUnderWay, type FakePage, openFakePage } from './fake-page.ts'
import { expectPaymentIncident } from './incident.ts'

const browser: Browser | undefined = await launchChromium()

describe.skipIf(browser === undefined)('the page in Chromium', () => {
  let fake: FakePage
  beforeAll(async () => {
    if (browser !== undefined) fake = await openFakePage(browser)
  })
  afterAll(async () => {
    await fake?.close()
    await browser?.close()
  })
  const visit: FakePage['visit'] = (use, options) => fake.visit(use, options)

  const canvas = (page: Page): Promise<string> =>
    page.evaluate(() => document.querySelector<HTMLCanvasElement>('canvas.dots')?.toDataURL() ?? '')
  it('loads without complaint, is called DistroLearn, and shows three living regions', () =>
    visit(async (page) => {
      expect(await page.title()).toBe('DistroLearn')
      expect(await page.locator('.plate.up').count()).toBe(3)
      expect(await page.getByRole('status').first().textContent()).toBe('● live')
    }))

  it('puts a broken promise on top, says so in the header, and takes it back when it holds again', () =>
    visit(async (page) => {
      const judge = (holds: boolean): void =>
        void fake.feed.push({ type: 'invariant', name: 'a promise of this test', holds, detail: '2 of 1', region: 'world', atMs: 0 })
      judge(false)
      await page.getByRole('link', { name: /1 promise of \d+ broken/ }).waitFor()
      expect(await page.getByRole('list', { name: 'promises' }).getByRole('listitem').first().textContent()).toMatch(
        /broken: a promise of this test 2 of 1$/,
      )
      judge(true)
      await page.getByRole('link', { name: /all \d+ promises hold/ }).waitFor()
    }))

  it('lets requests move', () =>
    visit(async (page) => {
      await dotsUnderWay(page)
      const before = await canvas(page)
      // Drawn anew while at least one dot was under way in both pictures.
      await page.waitForFunction(
        (earlier) =>
          document.querySelector<HTMLCanvasElement>('canvas.dots')?.toDataURL() !== earlier &&
          Number(document.querySelector<HTMLElement>('canvas.dots')?.dataset['dots']) > 0,
        before,
      )
    }))

  it('tells the whole story of a payment provider that goes dark', () => visit(expectPaymentIncident))

  it('shows a cut link, cards that diverge and glow, and cards that agree again', () =>
    visit(async (page) => {
      const value = (region: string): Promise<string | null> =>
        page.locator(`[data-card="${region}"] [data-field="theme"] dd`).textContent()
      for (const other of ['Virginia', 'Singapore'])
        await page
          .getByRole('button', {
            name: new RegExp(`^cut the link .*${other === 'Virginia' ? 'Virginia – Singapore' : 'Dublin – Singapore'}`),
          })
          .click()
      await page.locator('.link.cut').nth(1).waitFor()
      for (const [region, theme] of [
        ['singapore', 'sepia'],
        ['dublin', 'light'],
      ] as const) {
        const card = page.locator(`[data-card="${region}"]`)
        await card.getByRole('combobox', { name: /^preference to set/ }).selectOption('theme')
        await card.getByRole('combobox', { name: /^new value of theme/ }).fill(theme)
        await card.getByRole('button', { name: /^set it/ }).click()
      }
      for (const [region, theme] of [
        ['singapore', 'sepia'],
        ['dublin', 'light'],
      ] as const)
        await page.locator(`[data-card="${region}"] [data-field="theme"][data-differs="true"]`, { hasText: theme }).waitFor()
      expect(await page.locator('[data-field="theme"][data-differs="true"]').count()).toBe(3)
      await page.getByRole('button', { name: 'Heal all' }).click()
      await page.waitForFunction(() => document.querySelectorAll('[data-differs="true"]').length === 0)
      expect(await value('singapore')).toBe(await value('dublin'))
      await page.locator('.link.cut').first().waitFor({ state: 'detached' })
    }))

  it('switches a region off when its process is killed, and on when it is back', () =>
    visit(async (page) => {
      await page.getByRole('button', { name: 'kill Singapore' }).click()
      await page.locator('[data-plate="singapore"].killed').waitFor()
      await page.locator('[data-plate="singapore"].up').waitFor()
      expect(await page.locator('[data-plate="singapore"] .state').textContent()).toContain('1 restart')
    }))

  it('opens the trace of a dot that is clicked, and of a request that is chosen from the list', () =>
    visit(async (page) => {
      await page.getByRole('tab', { name: 'Trace' }).click()
      await page.locator('.latest button').first().click()
      expect(await page.locator('.waterfall .span').count()).toBeGreaterThan(1)
      await page.getByRole('button', { name: /latest requests/ }).click()
      expect(await page.locator('.waterfall').count()).toBe(0)
      // The learners' line at Virginia is rarely empty; a click on it hits a dot sooner or later.
      const stage = await page.locator('.stage').boundingBox()
      const plate = await page.locator('[data-plate="virginia"]').boundingBox()
      if (stage === null || plate === null) throw new Error('nothing was laid out')
      for (let tries = 0; tries < 200 && (await page.locator('.waterfall').count()) === 0; tries++)
        await page.mouse.click(plate.x + 64, plate.y - 14)
      expect(await page.locator('.waterfall .span').count()).toBeGreaterThan(1)
    }))

  it('says what the world said when a switch is refused', () =>
    visit(
      async (page) => {
        await page.getByRole('button', { name: 'clock drift' }).click()
        await page.getByText('the fake world knows no scenarios').waitFor()
      },
      // The browser notes every such answer in its console.
      { allow: /409 \(Conflict\)/ },
    ))

  it('keeps its own work within a frame, also in a flood', () =>
    visit(async (page) => {
      for (const region of ['Virginia', 'Dublin', 'Singapore']) await page.getByRole('button', { name: `flood ${region}` }).click()
      await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('canvas.dots')?.dataset['dots']) > 20)
      const session = await page.context().newCDPSession(page)
      // Counted in the page's own processor time: what else this machine does at the moment is not its fault.
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
      const spentMs = async (): Promise<{ task: number; script: number }> => {
        const { metrics } = await session.send('Performance.getMetrics')
        const read = (name: string): number => (metrics.find((metric) => metric.name === name)?.value ?? Number.NaN) * 1000
        return { task: read('TaskDuration'), script: read('ScriptDuration') }
      }
      const before = await spentMs()
      const { frames, elapsedMs } = await page.evaluate(
        () =>
          new Promise<{ frames: number; elapsedMs: number }>((resolve) => {
            let frames = 0
            const from = performance.now()
            const step = (): void => {
              frames += 1
              const elapsedMs = performance.now() - from
              if (elapsedMs > 3000) resolve({ frames, elapsedMs })
              else requestAnimationFrame(step)
            }
            requestAnimationFrame(step)
          }),
      )
      const after = await spentMs()
      const share = { task: (after.task - before.task) / elapsedMs, script: (after.script - before.script) / elapsedMs }
      const percent = (value: number): string => `${(value * 100).toFixed(0)} %`
      const rate = `${frames} frames in ${(elapsedMs / 1000).toFixed(1)} s`
      console.log(`flood: ${rate}; of a core, script took ${percent(share.script)}, the page's whole main thread ${percent(share.task)}`)
      expect(frames).toBeGreaterThan(10)
      expect(share.script).toBeLessThan(0.3)
      // More than that could not be kept up sixty times a second.
      expect(share.task).toBeLessThan(0.8)
    }))

  it('goes on by itself when the connection breaks, and starts anew when another world answers', () =>
    visit(
      async (page) => {
        const other = createEventFeed({ capacity: 100, clock: { monotonic: () => performance.now() } })
        await fake.hangUp()
        await page.getByText('connection lost').waitFor()
        other.push({ type: 'narration', text: 'another world', region: 'world', atMs: 0 })
        await fake.answerWith(other)
        await page.getByText('another world').waitFor()
        expect(await page.locator('.plate.up').count()).toBe(0)
      },
      // The browser notes in its console that nobody was there.
      { allow: /ERR_CONNECTION_REFUSED/ },
    ))
})
