/**
 * The mark of a durable clock in one small file. A save writes a new file beside it, flushes that to the disk, and puts it in place with
 * one rename, so that a crash leaves the old mark or the new one.
 * @module
 */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { check } from '../ground/check.ts'
import { ConflictError, MalformedError } from '../ground/errors.ts'
import type { MarkStore } from '../window.ts'

export interface FileStoreOptions {
  /** The file; its folder must exist. `PATH.next` is written beside it. */
  readonly path: string
}

/** A store in a file. A second clock on the same file is noticed at its next save, though not if both write in the same instant. */
export function fileStore({ path }: FileStoreOptions): MarkStore {
  check(typeof path === 'string' && path !== '', 'path as the name of a file', path)
  const load = async (): Promise<number | undefined> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    if (/^\d{1,15}\n$/.test(text)) return Number(text)
    throw new MalformedError(`a mark in ${path}, as digits and a line break`, text)
  }
  return {
    load,
    async save(markMs, knownMs) {
      const storedMs = await load()
      if (storedMs !== undefined && storedMs > knownMs) throw new ConflictError(storedMs)
      await writeFlushed(`${path}.next`, `${markMs}\n`)
      await rename(`${path}.next`, path)
      await flushFolder(dirname(path))
    },
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The rename itself must survive. Windows cannot open a folder and keeps its renames in the journal without this. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  try {
    await folder?.sync()
  } finally {
    await folder?.close()
  }
}
