import { describe, expect, it } from 'vitest'
import { leftovers } from '../../house/rules/leftovers.ts'
import { links } from '../../house/rules/links.ts'
import { markdown } from '../../house/rules/markdown.ts'
import { names } from '../../house/rules/names.ts'
import { portable } from '../../house/rules/portable.ts'
import { size } from '../../house/rules/size.ts'
import { manifest, told } from './plant.ts'

const lines = (count: number): string => 'export {}\n'.repeat(count)

describe('size', () => {
  it('refuses the line after the last', () => {
    expect(told(size, { 'packages/a/src/a.ts': lines(301) })).toEqual([expect.stringMatching(/a\.ts:301 301 lines, and 300 is the most.*second idea/)])
    expect(told(size, { 'packages/a/src/a.ts': lines(300), 'packages/a/test/a.test.ts': lines(900) })).toEqual([])
  })
})

describe('names', () => {
  it.each(['utils.ts', 'core/helpers.ts', 'misc/a.ts', 'ground/string-utils.ts', 'Util.ts'])('refuses %s', (room) => {
    expect(told(names, { [`packages/a/src/${room}`]: '' })).toEqual([expect.stringMatching(/says where things were left, not what they are.*the one idea/)])
  })

  it('leaves nouns alone, also those that contain the word', () => {
    expect(told(names, { 'packages/a/src/utilization.ts': '', 'packages/a/src/calibrate.ts': '', 'tools/test/helpers.ts': '' })).toEqual([])
  })
})

describe('leftovers', () => {
  it.each([
    ['a note to oneself', 'export const a = 1 // TODO: mend', /TODO: a note to oneself that ships/],
    ['a note in a doc comment', '/**\n * FIXME\n */\nexport const a = 1', /FIXME/],
    ['@ts-ignore', '// @ts-ignore\nexport const a = 1', /@ts-ignore also hides the next mistake/],
    ['as any', 'export const a = (x: unknown) => (x as any).y', /`as any` switches the compiler off/],
  ])('refuses %s', (_, text, message) => {
    expect(told(leftovers, { 'packages/a/src/a.ts': text })).toEqual([expect.stringMatching(message)])
  })

  it.each([
    ['a focused test', "it.only('a', () => {})", /`\.only` turns every other test of the file off/],
    ['a focused test with an excuse', "// for now\ndescribe.only('a', () => {})", /`\.only`/],
    ['a skipped test', "it.skip('a', () => {})", /`\.skip` without a reason beside it/],
    ['a skipped table', "test.concurrent.skip('a', () => {})", /`\.skip`/],
  ])('refuses %s', (_, text, message) => {
    expect(told(leftovers, { 'packages/a/test/a.test.ts': text })).toEqual([expect.stringMatching(message)])
  })

  it('lets a reason, a condition, a string and a word of the domain pass', () => {
    expect(told(leftovers, {
      'packages/a/test/a.test.ts': "// Node 22 has no Temporal\nit.skip('a', () => {})\nit.skipIf(true)('b', () => {})\nconst list = [1]; list.values().drop(1); export const s = 'it.only( TODO'",
      'packages/a/src/a.ts': "export const skip = { only: 1 }\nexport const todo = 'TODO'\nexport const url = 'https://x.example/// TODO'",
      'docs/a.md': '# A\nThe marks `TODO` and `FIXME` are refused.',
    })).toEqual([])
  })

  it('refuses a note in prose', () => {
    expect(told(leftovers, { 'docs/a.md': '# A\n\nTODO write this' })).toEqual([expect.stringContaining('docs/a.md:3 TODO')])
  })
})

describe('markdown', () => {
  const readme = '# a\n\nPromise.\n\n```ts\na()\n```\n'
  const tree = { 'README.md': readme, 'packages/a/package.json': manifest('a') }

  it('lets one title and early code pass; a hash inside a fence is no title', () => {
    expect(told(markdown, { ...tree, 'packages/a/README.md': `${readme}\n\`\`\`sh\n# a comment\n\`\`\`\n## b` })).toEqual([])
  })

  it('refuses a second title, a missing one, late code, no code and no README', () => {
    expect(told(markdown, { ...tree, 'packages/a/README.md': `${readme}\n# b` })).toEqual([expect.stringMatching(/README\.md:9 2 titles.*exactly one/)])
    expect(told(markdown, { ...tree, 'packages/a/README.md': readme, 'docs/x.md': 'text' })).toEqual([expect.stringContaining('0 titles')])
    expect(told(markdown, { ...tree, 'packages/a/README.md': `# a\n${'\n'.repeat(14)}${'```ts\n```'}` })).toEqual([expect.stringMatching(/opens on line 16/)])
    expect(told(markdown, { ...tree, 'packages/a/README.md': `# a\n${'\n'.repeat(13)}${'```ts\n```'}` })).toEqual([])
    expect(told(markdown, { ...tree, 'packages/a/README.md': '# a' })).toEqual([expect.stringContaining('opens nowhere')])
    expect(told(markdown, tree)).toEqual([expect.stringContaining('there is no README.md')])
  })
})

describe('links', () => {
  const tree = { 'packages/a/src/core/tick.ts': '', 'docs/guide.md': '# Guide\n## First: `steps` & more\n' }

  it('lets links, anchors and paths that are there pass', () => {
    expect(told(links, {
      ...tree,
      'README.md': '# R\n[g](docs/guide.md#first-steps--more) [top](#r) [web](https://x.example/a) `packages/a/src/core/tick.ts` `packages/a/` `bench/results/hlc.json` `npm i x`\n\n```sh\ncat packages/b/nowhere.ts\n```',
      'packages/a/README.md': '# A\n`core/tick.ts` `src/core/tick.ts` [guide](../../docs/guide.md) `dist/index.js`',
    })).toEqual([])
  })

  it.each([
    ['a link to nowhere', '[g](docs/gone.md)', /links to docs\/gone\.md, and docs\/gone\.md does not exist/],
    ['a definition to nowhere', '[g]: docs/gone.md', /links to docs\/gone\.md/],
    ['an anchor without a heading', '[g](docs/guide.md#second)', /links to #second, and docs\/guide\.md has no such heading.*#guide/],
    ['a path that is not there', 'see `packages/a/src/core/tock.ts`', /names `packages\/a\/src\/core\/tock\.ts`, and nothing of that path exists/],
    ['a folder that is not there', 'see `packages/b/`', /names `packages\/b\/`/],
  ])('refuses %s', (_, text, message) => {
    expect(told(links, { ...tree, 'ARCHITECTURE.md': `# A\n\n${text}` })).toEqual([expect.stringMatching(message)])
  })
})

describe('portable', () => {
  // Put together here, so that this file passes its own rule.
  const home = ['', 'home', 'ada', 'x'].join('/')
  const host = ['https:', '', 'registry.example.org', 'x'].join('/')

  it.each([
    ['a home folder', `const a = '${home}'`, /is a path of one machine.*os\.tmpdir\(\)/],
    ['a folder of one machine', `see ${['', 'work', 'main'].join('/')}`, /is a path of one machine/],
    ['a folder beside the repository', `see ${['..', 'shared', 'design'].join('/')}/a.md`, /a path outside the repository/],
    ['a registry', `fetch('${host}')`, /ties installs to one registry/],
    ['a registry in .npmrc', ['registry', '//x.example'].join('='), /ties installs/],
    ['a lockfile with hosts', `resolution: {${['tarball', ' https'].join(':')}://x.example/a.tgz}`, /ties installs/],
  ])('refuses %s', (_, text, message) => {
    expect(told(portable, { 'docs/a.md': text })).toEqual([expect.stringMatching(message)])
  })

  it('lets paths of the repository, routes and web pages pass', () => {
    expect(told(portable, { 'docs/a.md': "packages/work/a src/home/x https://x.example/work/a GET /api/work '../shared.ts' https://www.npmjs.com/package/x registry of breakers" })).toEqual([])
  })
})
