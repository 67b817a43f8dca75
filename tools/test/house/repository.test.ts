import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readHouse } from '../../house/disk.ts'
import { report } from '../../house/report.ts'
import { inspect } from '../../house/rules.ts'

it('the repository keeps the habits of its own house', () => {
  const house = readHouse(fileURLToPath(new URL('../../..', import.meta.url)))
  expect(house.sources.length).toBeGreaterThan(50)
  expect(report(inspect(house))).toBe('')
})
