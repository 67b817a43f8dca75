// Promise: eventual. A page can always be read; a cached copy is dropped as soon as gossip tells that the page was edited.

import { LRUCache } from 'lru-cache'
import type { CoursePage } from '../ground/config.ts'

export interface CatalogPage extends CoursePage {
  readonly title: string
  /** Stamp of the last edit; the empty text sorts before every stamp. */
  readonly edited: string
}

export interface CatalogAnswer {
  readonly page: CatalogPage
  /** Nobody who might have a newer copy could be reached. */
  readonly stale: boolean
}

/** "Forget what you have of this page from before the stamp." */
export interface Forget {
  readonly page: string
  readonly stamp: string
}

export interface Catalog {
  read(course: string, id: string): Promise<CatalogAnswer | undefined>
  /** What this region can vouch for: for peers who ask. */
  own(course: string, id: string): CatalogPage | undefined
  edit(course: string, id: string, title: string, stamp: string): CatalogPage | undefined
  forget(notices: readonly Forget[]): void
  /** The latest edits, for gossip to carry on. */
  readonly notices: readonly Forget[]
  readonly cached: { readonly size: number; readonly bound: number }
}

const maxCached = 500
const maxNotices = 64

export interface CatalogOptions {
  readonly pages: readonly CoursePage[]
  /** The home region holds the original. */
  readonly origin: boolean
  /** Asks other regions; rejects where none answers. */
  readonly fetch: (course: string, id: string) => Promise<CatalogPage | undefined>
}

export function createCatalog({ pages, origin, fetch }: CatalogOptions): Catalog {
  const keyOf = (course: string, id: string): string => `${course}/${id}`
  /** As the course was published: the original in the home region, the last resort elsewhere. */
  const published = new Map<string, CatalogPage>(pages.map((page) => [keyOf(page.course, page.id), { ...page, title: `${page.kind} ${page.id}`, edited: '' }]))
  const cache = new LRUCache<string, CatalogPage>({ max: maxCached })
  const forgotten = new Map<string, string>()

  const note = ({ page, stamp }: Forget): void => {
    if ((forgotten.get(page) ?? '') >= stamp) return
    forgotten.delete(page)
    forgotten.set(page, stamp)
    const oldest = forgotten.keys().next()
    if (forgotten.size > maxNotices && !oldest.done) forgotten.delete(oldest.value)
  }

  return {
    async read(course, id) {
      const key = keyOf(course, id)
      const here = origin ? published.get(key) : cache.get(key)
      if (here !== undefined || origin) return here === undefined ? undefined : { page: here, stale: false }
      try {
        const page = await fetch(course, id)
        if (page === undefined) return undefined
        if (page.edited >= (forgotten.get(key) ?? '')) cache.set(key, page)
        return { page, stale: false }
      } catch {
        const last = published.get(key)
        return last === undefined ? undefined : { page: last, stale: true }
      }
    },
    own: (course, id) => (origin ? published : cache).get(keyOf(course, id)),
    edit(course, id, title, stamp) {
      const key = keyOf(course, id)
      const before = published.get(key)
      if (before === undefined) return undefined
      const page = { ...before, title, edited: stamp }
      published.set(key, page)
      note({ page: key, stamp })
      return page
    },
    forget(notices) {
      for (const notice of notices) {
        note(notice)
        const cached = cache.peek(notice.page)
        if (cached !== undefined && cached.edited < notice.stamp) cache.delete(notice.page)
      }
    },
    get notices() {
      return [...forgotten].map(([page, stamp]) => ({ page, stamp }))
    },
    get cached() {
      return { size: cache.size, bound: maxCached }
    },
  }
}
