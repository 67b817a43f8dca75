import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where an example lies while it runs: a name that git ignores, inside the package, so that it finds what the package finds. */
export function shelfOf(folder: string): string {
  return join(folder, 'test-artifacts')
}

/** Puts a file on a shelf. Another run may clear the empty shelf away at any moment, so it is put up again where it is gone. */
export async function put(file: string, text: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 20) throw error
    }
  }
}

/** Takes a file off its shelf, and the shelf away when it was the last. */
export async function clear(file: string): Promise<void> {
  await rm(file, { force: true })
  await rmdir(dirname(file)).catch(() => undefined)
}
