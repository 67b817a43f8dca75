import { wrongType } from './ground/errors.ts'

/** The names of the last charges, oldest forgotten first. A forgotten name errs on the safe side: the charge is counted again. */
export class Memory {
  readonly #most: number
  readonly #names = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  /** True for a charge without a name, and the first time for one with a name. */
  isNew(key: string, id: string | undefined): boolean {
    if (id === undefined) return true
    checkId(id)
    const name = `${key.length}:${key}${id}`
    if (this.#names.has(name)) return false
    this.#names.add(name)
    if (this.#names.size > this.#most) for (const oldest of this.#names) return this.#names.delete(oldest)
    return true
  }
}

export function checkId(id: string | undefined): void {
  if (id === undefined) return
  if (typeof id !== 'string' || id === '' || id.length > 256) throw wrongType('id', 'a string of 1 to 256 characters', id)
}
