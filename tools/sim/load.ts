import type { Load } from './campaign.ts'

/** The folder of a subject: a package, or the example. */
export const home = (subject: string): URL => new URL(`../../${subject === 'distrolearn' ? 'examples' : 'packages'}/${subject}/`, import.meta.url)

function fileOf(path: string): string {
  const at = path.indexOf('/')
  return new URL(path.slice(at + 1), home(path.slice(0, at))).href
}

/** Loads a package as it is. */
export const load: Load = (path) => import(fileOf(path))

/** Loads a package under a name of its own: every file of it is another module instance, which hooks may change on the way. */
export const loadAs = (name: string): Load => (path) => import(`${fileOf(path)}?mutant=${encodeURIComponent(name)}`)
