/**
 * A document in the browser's IndexedDB: any number by name in one database.
 * @module
 */
import { checkOptions, show } from '../ground/options.ts'
import type { Storage } from '../storage.ts'

export interface IndexedDbStorageOptions {
  /** Name of the database. Default `crdt`. */
  readonly database?: string
  /** The document's name in it. Default `''`. */
  readonly name?: string
}

export interface IndexedDbStorage extends Storage, Disposable {}

const SNAPSHOTS = 'snapshots'
const LOG = 'log'

/** Opens the database, and makes it when it is missing. Every call is one transaction, and done when that is complete. */
export async function indexedDbStorage(options: IndexedDbStorageOptions = {}): Promise<IndexedDbStorage> {
  checkOptions(options, ['database', 'name'], 'indexedDbStorage')
  const { database = 'crdt', name = '' } = options
  if (typeof database !== 'string' || typeof name !== 'string') throw new TypeError(`database and name are strings; got ${show(database)} and ${show(name)}.`)
  const opening = indexedDB.open(database, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(SNAPSHOTS)
    opening.result.createObjectStore(LOG, { autoIncrement: true }).createIndex('name', 'name')
  }
  const db = await answer(opening)
  // Another tab may want to upgrade or delete; it must not wait for this one.
  db.onversionchange = () => db.close()

  /** `strict`: complete only when the disk has it, as far as the browser can tell. */
  const begin = (mode: IDBTransactionMode): IDBTransaction => db.transaction([SNAPSHOTS, LOG], mode, { durability: 'strict' })

  return {
    async load() {
      const transaction = begin('readonly')
      const [snapshot, log] = await Promise.all([
        answer<Uint8Array | undefined>(transaction.objectStore(SNAPSHOTS).get(name)),
        answer<{ bytes: Uint8Array }[]>(transaction.objectStore(LOG).index('name').getAll(name)),
      ])
      return [...(snapshot === undefined ? [] : [snapshot]), ...log.map(({ bytes }) => bytes)]
    },
    async append(change) {
      const transaction = begin('readwrite')
      transaction.objectStore(LOG).add({ name, bytes: change.slice() })
      await completion(transaction)
    },
    async replace(snapshot, folded) {
      const transaction = begin('readwrite')
      transaction.objectStore(SNAPSHOTS).put(snapshot.slice(), name)
      let left = folded
      const cursor = transaction.objectStore(LOG).index('name').openCursor(name)
      cursor.onsuccess = () => {
        if (cursor.result === null || left-- <= 0) return
        cursor.result.delete()
        cursor.result.continue()
      }
      await completion(transaction)
    },
    [Symbol.dispose]: () => db.close(),
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB refused a request.')))
  })
}

function completion(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB aborted a transaction.')))
  })
}
