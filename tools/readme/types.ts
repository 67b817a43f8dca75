import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { tool } from '../check/run.ts'
import { root, workspacePackages } from '../workspace.ts'
import type { Page } from './pages.ts'
import { clear, put, shelfOf } from './shelf.ts'

/**
 * Compiles every block as strictly as the packages themselves, all in one run: an example that a reader's editor underlines is a
 * broken example, though it runs. Gives the faults with the README's own lines; faults of the sources belong to another stage.
 */
export async function typeFaults(pages: readonly Pick<Page, 'path' | 'folder' | 'blocks'>[]): Promise<readonly string[]> {
  const written = new Map<string, string>()
  const config = await mkdtemp(join(tmpdir(), 'readme-types-'))
  try {
    for (const { path, folder, blocks } of pages) {
      for (const { line, code } of blocks) {
        const file = join(shelfOf(folder), `types-${process.pid}-${written.size}.ts`)
        // The README's own line numbers; the last line makes a module of a block without imports.
        await put(file, `${'\n'.repeat(line)}${code}\nexport {}\n`)
        written.set(file, path)
      }
    }
    await writeFile(join(config, 'tsconfig.json'), JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, typeRoots: [join(root, 'node_modules/@types')], paths: doorsByName() },
      files: [...written.keys()],
    }))
    const { output } = await tool('tsc', ['-p', join(config, 'tsconfig.json'), '--pretty', 'false'])
    return faultsIn(output, written)
  } finally {
    await rm(config, { recursive: true, force: true })
    for (const file of written.keys()) await clear(file)
  }
}

/** Every public specifier of the house, so that one page may show another package. */
function doorsByName(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(workspacePackages().flatMap(({ folder, json }) =>
    Object.entries(json.exports ?? {}).flatMap(([subpath, target]) =>
      typeof target === 'object' && target.source !== undefined ? [[json.name + subpath.slice(1), [join(folder, target.source)]]] : [])))
}

function faultsIn(output: string, written: ReadonlyMap<string, string>): readonly string[] {
  const pages = new Map([...written].map(([file, path]) => [relative(root, file), path]))
  return output.split('\n').flatMap((text) => {
    const [, file = '', line = '', fault = ''] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(text) ?? []
    const page = pages.get(file) ?? written.get(file)
    return page === undefined ? [] : [`${page}:${line} ${fault}`]
  })
}
