import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { dotsUnderWay, type FakePage, openFakePage } from './fake-page.ts'

const browser: Browser | undefined = await launchChromium()

describe.skipIf(browser === undefined)('the page for everybody', () => {
  let fake: FakePage
  beforeAll(async () => {
    if (browser !== undefined) fake = await openFakePage(browser)
  })
  afterAll(async () => {
    await fake?.close()
    await browser?.close()
  })
  const visit: FakePage['visit'] = (use, options) => fake.visit(use, options)

  it('fits one screen of 1280 × 800, and 400 px without sideways scrolling, nothing sticking out', async () => {
    const overflow = (page: Page): Promise<{ sideways: number; down: number; out: readonly string[] }> =>
      page.evaluate(() => {
        const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement
        const out = [...document.querySelectorAll<HTMLElement>('main *, .top *')].filter(
          (element) =>
            element.getClientRects().length > 0 &&
            !element.closest('.sr, svg, .scroll') &&
            element.getBoundingClientRect().right > clientWidth + 1,
        )
        return { sideways: scrollWidth - clientWidth, down: scrollHeight - clientHeight, out: out.map((element) => element.className) }
      })
    // Lists longer than their panels: what is hidden in them must not stretch the page.
    for (let id = 0; id < 30; id++)
      fake.feed.push({ type: 'saga', id: `enrol/A/${id}/1`, name: 'enrol', state: 'running', region: 'dublin', atMs: 0 })
    await visit(async (page) => expect(await overflow(page)).toEqual({ sideways: 0, down: 0, out: [] }))
    for (const width of [400, 360, 768, 1024])
      await visit(async (page) => expect(await overflow(page), `${width} px`).toMatchObject({ sideways: 0, out: [] }), {
        viewport: { width, height: 800 },
      })
  })

  it('can be worked by keyboard alone: every switch is reached, and shows that it is', () =>
    visit(async (page) => {
      const reached = new Set<string>()
      const unmarked: string[] = []
      for (let presses = 0; presses < 120; presses++) {
        await page.keyboard.press('Tab')
        const focus = await page.evaluate(() => {
          const element = document.activeElement
          if (element === null || element === document.body) return undefined
          const { outlineStyle, outlineWidth } = getComputedStyle(element)
          const label = element.closest('label')?.textContent ?? ''
          return {
            name: element.getAttribute('aria-label') ?? (element.textContent === '' ? label : element.textContent) ?? '',
            marked: outlineStyle !== 'none' && outlineWidth !== '0px',
          }
        })
        if (focus === undefined) break
        if (!focus.marked) unmarked.push(focus.name)
        reached.add(focus.name.trim())
      }
      const names = [...reached].join('\n')
      const wanted = [
        'latency',
        'loss',
        'kill Virginia',
        'kill Dublin',
        'kill Singapore',
        'flood Virginia',
        'payment down',
        'notifications down',
        'slow database',
        'Heal all',
        'payment goes dark',
        'black friday',
        'cut the link Dublin – Virginia',
        'set it in Dublin',
      ]
      // A button that is switched off for want of a value cannot be reached, rightly.
      for (const name of wanted.filter((one) => !one.startsWith('set it'))) expect(names).toContain(name)
      expect(unmarked).toEqual([])
    }))

  it('works a switch by the space bar', () =>
    visit(async (page) => {
      const button = page.getByRole('button', { name: 'notifications down', exact: true })
      await button.focus()
      await page.keyboard.press('Space')
      await page.locator('button[aria-pressed="true"]', { hasText: 'notifications down' }).waitFor()
    }))

  it('has one main heading, landmarks, and a name for everything that can be worked', () =>
    visit(async (page) => {
      const findings = await page.evaluate(() => {
        const nameless = [
          ...document.querySelectorAll<HTMLElement>('button, input, select, [role="img"], [role="meter"], [role="tab"]'),
        ].filter((element) => {
          const labelled = (element.getAttribute('aria-labelledby') ?? '')
            .split(' ')
            .map((id) => document.getElementById(id)?.textContent ?? '')
            .join('')
          return (
            `${element.getAttribute('aria-label') ?? ''}${element.textContent}${element.closest('label')?.textContent ?? ''}${labelled}`.trim() ===
            ''
          )
        })
        const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
        return {
          h1: document.querySelectorAll('h1').length,
          main: document.querySelectorAll('main').length,
          unnamedSections: [...document.querySelectorAll('section, article')].filter(
            (element) =>
              !element.hasAttribute('aria-label') && document.getElementById(element.getAttribute('aria-labelledby') ?? '') === null,
          ).length,
          nameless: nameless.map((element) => element.outerHTML.slice(0, 80)),
          twice: ids.filter((id, index) => ids.indexOf(id) !== index),
        }
      })
      expect(findings).toEqual({ h1: 1, main: 1, unnamedSections: 0, nameless: [], twice: [] })
    }))

  it('steps instead of gliding for whoever asked for less motion', async () => {
    const quick = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--quick').trim())
    await visit(async (page) => expect(await quick(page)).not.toMatch(/^0m?s$/))
    await visit(
      async (page) => {
        expect(await quick(page)).toMatch(/^0m?s$/)
        await dotsUnderWay(page)
      },
      { reducedMotion: 'reduce' },
    )
  })

  it('follows the colours of the night', async () => {
    const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const seen: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) await visit(async (page) => void seen.push(await ground(page)), { colorScheme })
    expect(new Set(seen).size).toBe(2)
  })
})
