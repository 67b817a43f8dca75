// The incident that every version of the page must be able to tell, whatever world is behind it.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const withinMs = 30_000

/** Waits until the breaker's ring says that state, to the eye and to a screen reader. */
const says = async (page: Page, state: string): Promise<void> => {
  const ring = page.locator(`[data-breaker="payments"][data-state="${state}"]`).first()
  await ring.waitFor({ timeout: withinMs })
  // Read at once: by the next look it may have moved on, and then the sentence must have moved with it.
  const seen = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('[data-breaker="payments"]')].map((element) => [element.dataset['state'], element.getAttribute('role'), element.getAttribute('aria-label')]))
  for (const [shown, role, name] of seen) {
    expect(['img', 'status']).toContain(role)
    expect(name).toMatch(new RegExp(`^breaker payments: ${shown}`))
  }
}

/** Presses *payment down*, sees the breaker open, releases it, sees it half-open and closed. */
export const expectPaymentIncident = async (page: Page): Promise<void> => {
  const down = page.getByRole('button', { name: 'payment down', exact: true })
  await says(page, 'closed')
  expect(await down.getAttribute('aria-pressed')).toBe('false')
  await down.click()
  await says(page, 'open')
  await page.locator('button[aria-pressed="true"]', { hasText: 'payment down' }).waitFor({ timeout: withinMs })
  await down.click()
  await says(page, 'half-open')
  await says(page, 'closed')
  await page.locator('button[aria-pressed="false"]', { hasText: 'payment down' }).waitFor({ timeout: withinMs })
}
