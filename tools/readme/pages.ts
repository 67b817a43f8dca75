import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, workspacePackages } from '../workspace.ts'
import { blocksOf } from './blocks.ts'
import type { Block } from './blocks.ts'

/** A README whose examples are run. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string
  /** Folder in which an example finds what a reader would have installed. */
  readonly folder: string
  readonly blocks: readonly Block[]
}

/** The front page, those of the packages, and the example's. The front page composes all packages, and the example has them all. */
export function pages(): readonly Page[] {
  const example = join(root, 'examples/distrolearn')
  return [
    { path: 'README.md', folder: example },
    ...workspacePackages().map(({ name, folder }) => ({ path: `packages/${name}/README.md`, folder })),
    { path: 'examples/distrolearn/README.md', folder: example },
  ]
    .filter(({ path }) => existsSync(join(root, path)))
    .map((page) => ({ ...page, blocks: blocksOf(readFileSync(join(root, page.path), 'utf8')) }))
}
