// The incident that every version of the page must be able to tell, whatever world is behind it.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const withinMs = 30_000

/** What a ring said, one entry per change: state, role, accessible name. */
type Said = readonly [state: string, role: string, name: string]
type Listening = typeof globalThis & { said?: Said[] }

/** Writes down every state that the payments breaker's ring goes through: looking now and then could miss a quick one. */
const listen = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const said: Said[] = []
    const note = (): void => {
      const ring = document.querySelector<HTMLElement>('[data-breaker="payments"]')
      const state = ring?.dataset['state'] ?? ''
      if (ring !== null && said.at(-1)?.[0] !== state)
        said.push([state, ring.getAttribute('role') ?? '', ring.getAttribute('aria-label') ?? ''])
    }
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] })
    note()
    ;(globalThis as Listening).said = said
  })

/** Waits until the ring has said that state after the first `from` entries; gives the number of entries up to there. */
const says = async (page: Page, state: string, from: number): Promise<number> => {
  const found = await page.waitForFunction(
    ([wanted, start]) => {
      const index = ((globalThis as Listening).said ?? []).findIndex(([seen], at) => at >= start && seen === wanted)
      return index < 0 ? undefined : index + 1
    },
    [state, from] as const,
    { timeout: withinMs },
  )
  return (await found.jsonValue()) ?? from
}

/** Presses *payment down*, sees the breaker open, releases it, sees it half-open and closed. */
export const expectPaymentIncident = async (page: Page): Promise<void> => {
  const button = (pressed: boolean) =>
    page.locator(`button[aria-pressed="${pressed}"]`).and(page.getByRole('button', { name: 'payment down', exact: true }))
  await listen(page)
  let heard = await says(page, 'closed', 0)
  await button(false).click()
  heard = await says(page, 'open', heard)
  await button(true).click({ timeout: withinMs })
  heard = await says(page, 'half-open', heard)
  await says(page, 'closed', heard)
  await button(false).waitFor({ timeout: withinMs })

  const said = await page.evaluate(() => (globalThis as Listening).said ?? [])
  for (const [state, role, name] of said) {
    expect(['img', 'status']).toContain(role)
    expect(name).toMatch(new RegExp(`^breaker payments: ${state}`))
  }
}
