import { readHouse } from '../house/disk.ts'
import { report } from '../house/report.ts'
import { inspect, rules } from '../house/rules.ts'
import { pages } from '../readme/pages.ts'
import { runPages } from '../readme/run.ts'
import { typeFaults } from '../readme/types.ts'
import { survey, table } from '../sizes/survey.ts'
import { root, workspacePackages } from '../workspace.ts'
import { buildPackages } from './build.ts'
import { inPairs, together, tool } from './run.ts'
import { declarations, imports, lintTarballs } from './shipped.ts'
import type { Stage } from './stage.ts'
import { shipped } from './tarballs.ts'

/** `pnpm check`, in order. What looks at the published packages comes after the build that makes them. */
export const stages: readonly Stage[] = [
  {
    name: 'types',
    heading: 'types: TypeScript 7 over everything, and explicit types on what packages export',
    run: async () => together(await inPairs(['tsconfig.json', 'tsconfig.packages.json'], (config) => tool('tsc', ['-p', config, '--pretty', 'false']))),
  },
  {
    name: 'lint',
    heading: 'lint: oxlint, warnings fail',
    run: () => tool('oxlint', ['--deny-warnings', '--format=unix']),
  },
  {
    name: 'floors',
    heading: `floors and habits: ${rules.length} rules of the house`,
    run: async () => {
      const violations = inspect(readHouse(root))
      return { ok: violations.length === 0, output: `${report(violations)}\n\n${violations.length} violations` }
    },
  },
  {
    name: 'build',
    heading: 'build: tsup in every package, hlc before crdt',
    run: buildPackages,
  },
  {
    name: 'declarations',
    heading: 'published declarations: every subpath under TypeScript 6 and 7, library checks on',
    run: async () => declarations(await shipped()),
  },
  {
    name: 'packages',
    heading: 'packages: publint --strict and attw --profile esm-only on each tarball',
    run: async () => lintTarballs(await shipped()),
  },
  {
    name: 'imports',
    heading: `imports: every subpath of every tarball under Node ${process.version}, by import and by require`,
    run: async () => imports(await shipped()),
  },
  {
    name: 'sizes',
    heading: 'sizes: minified and gzipped bytes per import',
    run: async () => {
      const { rows, faults } = await survey(workspacePackages())
      return { ok: faults.length === 0, output: faults.join('\n'), ...(rows.length > 0 ? { table: table(rows) } : {}) }
    },
  },
  {
    name: 'readme',
    heading: 'README examples: each compiles, and runs as a module of its own',
    run: async () => {
      const all = pages()
      const types = await typeFaults(all)
      const outcomes = await runPages(all)
      const failures = outcomes.flatMap(({ at, failure }) => (failure === undefined ? [] : [`${at}\n${failure}`]))
      if (outcomes.length === 0) return { ok: false, output: 'no README has an example' }
      return { ok: types.length + failures.length === 0, output: [types.join('\n'), ...failures].join('\n\n').trim(), table: `${outcomes.length} examples` }
    },
  },
]
