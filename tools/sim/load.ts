import type { Load } from './campaign.ts'

const packages = new URL('../../packages/', import.meta.url)

/** Loads a package as it is. */
export const load: Load = (path) => import(new URL(path, packages).href)

/** Loads a package under a name of its own: every file of it is another module instance, which hooks may change on the way. */
export const loadAs = (name: string): Load => (path) => import(`${new URL(path, packages).href}?mutant=${encodeURIComponent(name)}`)
