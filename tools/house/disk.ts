import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHouse } from './house.ts'
import type { House } from './types.ts'

const text = /\.(?:tsx?|[cm]?js|jsonc?|md|ya?ml|html|css|sh|sql|txt)$|(?:^|\/)(?:LICENSE|\.gitignore|\.npmrc|\.ci\/run)$/

/**
 * The repository as it would be committed: tracked files and new ones that nothing ignores.
 * A file that git knows and the disk has lost is left out.
 */
export function readHouse(root: string): House {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path))).sort()
  const texts = new Map<string, string>()
  for (const path of paths) if (text.test(path)) texts.set(path, readFileSync(join(root, path), 'utf8'))
  return createHouse(texts, paths)
}
