import { beforeAll, describe, expect, it } from 'vitest'
import { pages } from '../readme/pages.ts'
import { runPages, timeLimitMs } from '../readme/run.ts'
import type { Outcome } from '../readme/run.ts'

const found = pages()
const count = found.reduce((sum, { blocks }) => sum + blocks.length, 0)
let outcomes: ReadonlyMap<string, Outcome> = new Map()

beforeAll(async () => {
  outcomes = new Map((await runPages(found)).map((outcome) => [outcome.at, outcome]))
}, (count + 1) * timeLimitMs)

describe.each(found.filter(({ blocks }) => blocks.length > 0))('$path', ({ path, blocks }) => {
  it.each(blocks.map(({ line }) => line))('the example on line %i runs', (line) => {
    expect(outcomes.get(`${path}:${line}`)).toEqual({ at: `${path}:${line}` })
  })
})

it('every package shows at least one example that runs', () => {
  for (const { path, blocks } of found) if (path.startsWith('packages/')) expect(blocks, path).not.toHaveLength(0)
})
