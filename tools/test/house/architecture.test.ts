import { describe, expect, it } from 'vitest'
import { cycles } from '../../house/rules/cycles.ts'
import { floors } from '../../house/rules/floors.ts'
import { graph } from '../../house/rules/graph.ts'
import { reach } from '../../house/rules/reach.ts'
import { specifiers } from '../../house/rules/specifiers.ts'
import { manifest, told } from './plant.ts'

describe('floors', () => {
  it.each([
    ['ground to core', 'ground/errors.ts', '../core/tick.ts', /ground imports core\/tick\.ts of the core; imports go down only\. Instead: types, errors/],
    ['core to shell', 'core/tick.ts', '../clock.ts', /core imports clock\.ts of the shell.*take the value as an argument/],
    ['shell to front door', 'clock.ts', './index.ts', /shell imports index\.ts of the front door.*must not know its own front door/],
    ['a room of the shell to an adapter', 'policies/retry.ts', '../adapters/otel.ts', /shell imports adapters\/otel\.ts of the adapters/],
    ['front door to adapter', 'index.ts', './adapters/otel.ts', /front door imports adapters\/otel\.ts.*a subpath in `exports`/],
    ['ground to adapter, for types only', 'ground/types.ts', '../adapters/otel.ts', /ground imports adapters/],
  ])('refuses %s', (_, from, to, message) => {
    const found = told(floors, { [`packages/a/src/${from}`]: `\nimport type { X } from '${to}'\nexport type Y = X` })
    expect(found).toEqual([expect.stringMatching(message)])
    expect(found[0]).toMatch(new RegExp(`^packages/a/src/${from}:2 `))
  })

  it('lets every floor import its own and those below', () => {
    expect(told(floors, {
      'packages/a/src/adapters/otel.ts': "import '../index.ts'\nimport '../clock.ts'\nimport '../ground/types.ts'\nimport './testing.ts'",
      'packages/a/src/index.ts': "export { a } from './clock.ts'\nexport { b } from './core/tick.ts'",
      'packages/a/src/clock.ts': "import './policies/retry.ts'\nimport './core/tick.ts'\nimport './counter.ts'",
      'packages/a/src/core/tick.ts': "import './merge.ts'\nimport '../ground/errors.ts'",
      'packages/a/src/ground/errors.ts': "import './types.ts'",
      'packages/a/test/core.test.ts': "import '../src/core/tick.ts'",
    })).toEqual([])
  })

  it('sees dynamic imports and re-exports too', () => {
    expect(told(floors, { 'packages/a/src/core/a.ts': "export { x } from '../clock.ts'\nexport const y = () => import('../index.ts')" })).toHaveLength(2)
  })
})

describe('cycles', () => {
  it('tells a ring through three files, once, with the way round', () => {
    const found = told(cycles, {
      'packages/a/src/a.ts': "import './b.ts'",
      'packages/a/src/b.ts': "import './c.ts'",
      'packages/a/src/c.ts': "\nimport type { A } from './a.ts'",
      'packages/a/src/d.ts': "import './a.ts'",
    })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/a ring of imports: (?:packages\/a\/src\/[abc]\.ts → ){3}.*Instead: move what they share/)
  })

  it('tells a file that imports itself', () => {
    expect(told(cycles, { 'tools/a.ts': "import './a.ts'" })).toEqual([expect.stringContaining('tools/a.ts → tools/a.ts')])
  })

  it('leaves a diamond alone', () => {
    expect(told(cycles, {
      'tools/a.ts': "import './b.ts'\nimport './c.ts'", 'tools/b.ts': "import './d.ts'", 'tools/c.ts': "import './d.ts'", 'tools/d.ts': '',
    })).toEqual([])
  })
})

describe('graph', () => {
  const tree = {
    'package.json': { name: 'root' },
    'packages/hlc/package.json': manifest('hlc'),
    'packages/crdt/package.json': manifest('crdt', { dependencies: { '@distrokit/hlc': 'workspace:^' } }),
    'packages/saga/package.json': manifest('saga'),
    'examples/distrolearn/package.json': { name: 'distrolearn' },
  }

  it('lets crdt import hlc, examples import all, and tests bring neighbours', () => {
    expect(told(graph, {
      ...tree,
      'packages/crdt/src/doc.ts': "import type { Stamp } from '@distrokit/hlc'",
      'packages/crdt/test/doc.test.ts': "import { x } from '../../../tools/services/index.ts'\nimport { createDoc } from '@distrokit/crdt'",
      'examples/distrolearn/src/main.ts': "import { saga } from '@distrokit/saga'\nimport './region.ts'",
      'tools/sim/main.ts': "import { saga } from '../../packages/saga/src/index.ts'",
      'bench/package.json': { name: 'bench', private: true },
      'tools/test/bench.test.ts': "import { median } from '../../bench/src/statistics.ts'",
    })).toEqual([])
  })

  it.each([
    ['a package that imports a neighbour', 'packages/saga/src/engine.ts', "import { createClock } from '@distrokit/hlc'", /@distrokit\/saga imports @distrokit\/hlc; the only arrow.*structural option/],
    ['the arrow turned round', 'packages/hlc/src/clock.ts', "import type { Doc } from '@distrokit/crdt'", /the only arrow between packages is crdt → hlc/],
    ['a package that imports the example', 'packages/saga/src/engine.ts', "import 'distrolearn/src/main.ts'", /imports the example/],
    ['a deep import', 'examples/distrolearn/src/main.ts', "import '@distrokit/hlc/src/core/tick.ts'", /is not a door of @distrokit\/hlc \(\., \.\/package\.json\).*export this one/],
    ['a relative way into a package', 'examples/distrolearn/src/main.ts', "import '../../../packages/hlc/src/index.ts'", /climbs into packages\/hlc behind its front door/],
    ['a relative way into a neighbour', 'packages/crdt/src/doc.ts', "import '../../hlc/src/index.ts'", /climbs into packages\/hlc/],
    ['a package that climbs to the root', 'packages/crdt/src/doc.ts', "import '../../../tools/check.ts'", /climbs into the root of the repository/],
    ['sources that import what is not published', 'packages/crdt/src/doc.ts', "import '../test/model.ts'", /leads out of src\//],
    ['a package that imports itself by name', 'packages/hlc/src/clock.ts', "import '@distrokit/hlc'", /would load a second copy/],
    ['tools that import the example', 'tools/sim/main.ts', "import '../../examples/distrolearn/src/main.ts'", /climbs into examples\/distrolearn/],
    ['tools that reach behind a door', 'tools/sim/main.ts', "import '../../packages/hlc/src/core/tick.ts'", /climbs into packages\/hlc/],
  ])('refuses %s', (_, path, text, message) => {
    expect(told(graph, { ...tree, [path]: text })).toEqual([expect.stringMatching(message)])
  })

  it('refuses a dependency between packages in the manifest', () => {
    const found = told(graph, { ...tree, 'packages/saga/package.json': manifest('saga', { dependencies: { '@distrokit/hlc': 'workspace:^' } }) })
    expect(found).toEqual([expect.stringMatching(/saga depends on @distrokit\/hlc.*two releases out of every fix/)])
  })
})

describe('reach', () => {
  it('tells a file that no door leads to, and follows re-exports and dynamic imports', () => {
    const found = told(reach, {
      'packages/a/package.json': manifest('a'),
      'packages/a/src/index.ts': "export { a } from './a.ts'",
      'packages/a/src/a.ts': "export const a = () => import('./core/b.ts')",
      'packages/a/src/core/b.ts': 'export {}',
      'packages/a/src/core/forgotten.ts': 'export {}',
    })
    expect(found).toEqual([expect.stringMatching(/forgotten\.ts:1 no door of the package leads here.*delete it/)])
  })
})

describe('specifiers', () => {
  it('tells the file that was meant', () => {
    expect(told(specifiers, {
      'tools/a.ts': "import './b'\nimport './b.js'\nimport './c'\nimport './nowhere.ts'", 'tools/b.ts': '', 'tools/c/index.ts': '',
    })).toEqual([
      expect.stringContaining("'./b' is no file, and Node looks for no other. Instead: './b.ts'"),
      expect.stringContaining("Instead: './b.ts'"),
      expect.stringContaining("Instead: './c/index.ts'"),
      expect.stringContaining("'./nowhere.ts' is no file"),
    ])
  })

  it('leaves whole names alone', () => {
    expect(told(specifiers, { 'tools/a.ts': "import './b.ts'\nimport { x } from 'vitest'\nimport 'node:fs'", 'tools/b.ts': '' })).toEqual([])
  })
})
