import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../workspace.ts'

/** A vitest of its own, in which PostgreSQL is looked for on a port that answers nobody. */
function run(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const flags = ['run', '--root', join(root, 'tools/test/fixtures'), '--reporter=verbose', '--no-color']
  const { VITEST: _, VITEST_WORKER_ID: __, VITEST_POOL_ID: ___, ...outer } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [vitest, ...flags], { env: { ...outer, PGHOST: '127.0.0.1', PGPORT: '1', REQUIRE_SERVICES: '', ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }))
  })
}

it('a suite whose server is missing is skipped with the reason in the output, and fails when services are required', async () => {
  const skipped = await run({})
  expect(skipped.output).toContain('!! PostgreSQL does not answer at 127.0.0.1:1 (ECONNREFUSED): "the store on PostgreSQL" is SKIPPED')
  expect(skipped.output).toMatch(/1 skipped/)
  expect(skipped.code).toBe(0)

  const failed = await run({ REQUIRE_SERVICES: '1' })
  expect(failed.output).toContain('REQUIRE_SERVICES=1 says that it must')
  expect(failed.output).toMatch(/1 failed/)
  expect(failed.code).toBe(1)
}, 120_000)
