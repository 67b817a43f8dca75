import { defineConfig } from 'vitest/config'

// Tests read the sources of the workspace (the `source` condition), so nothing has to be built first.
const conditions = ['source', 'node', 'module', 'default']
const project = (name: string, root: string, extra: object = {}) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    root,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    ...extra,
  },
})

const packages = ['hlc', 'breaker', 'ratelimit', 'crdt', 'saga', 'chaos']

export default defineConfig({
  test: {
    projects: [
      ...packages.map((name) => project(name, `packages/${name}`)),
      project('house', 'tools', { testTimeout: 120_000 }),
      project('sim', 'tools/sim', { testTimeout: 240_000 }),
      project('distrolearn', 'examples/distrolearn', { testTimeout: 240_000, hookTimeout: 240_000 }),
    ],
  },
})
