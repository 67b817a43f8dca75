import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PackageJson } from './house/types.ts'

/** Folder of the repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

export interface WorkspacePackage {
  /** Folder name under packages/, `hlc`. */
  readonly name: string
  readonly folder: string
  readonly json: PackageJson & { readonly name: string; readonly version: string }
}

/** The packages that are published, those first that others depend on. */
export function workspacePackages(): readonly WorkspacePackage[] {
  const found = readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(root, 'packages', name) }))
    .map((place) => ({ ...place, json: readJson(join(place.folder, 'package.json')) as WorkspacePackage['json'] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const needs = (of: WorkspacePackage, what: WorkspacePackage): boolean => what.json.name in { ...of.json.dependencies, ...of.json.peerDependencies }
  const ordered: WorkspacePackage[] = []
  const place = (one: WorkspacePackage): void => {
    if (ordered.includes(one)) return
    for (const other of found) if (other !== one && needs(one, other)) place(other)
    ordered.push(one)
  }
  for (const one of found) place(one)
  return ordered
}

/** Import specifiers of a package's doors, without its package.json. */
export function specifiersOf({ json }: WorkspacePackage): readonly string[] {
  return Object.keys(json.publishConfig?.exports ?? {})
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => json.name + subpath.slice(1))
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
