import { wrongType } from './ground/errors.ts'

/**
 * The names of the last charges, oldest forgotten first; says whether one is new. A charge without a name always is. A forgotten name errs
 * on the safe side: the charge is counted again.
 */
export function createCharges(most: number): (key: string, id: string | undefined) => boolean {
  const names = new Set<string>()
  return (key, id) => {
    if (id === undefined) return true
    checkId(id)
    const name = `${key.length}:${key}${id}`
    const isNew = !names.has(name)
    names.add(name)
    if (names.size > most) for (const oldest of names) return names.delete(oldest)
    return isNew
  }
}

export function checkId(id: string | undefined): void {
  if (id === undefined || (typeof id === 'string' && id.length > 0 && id.length < 257)) return
  throw wrongType('id', 'a string of 1 to 256 characters', id)
}
