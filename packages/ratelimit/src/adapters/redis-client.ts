import { createHash } from 'node:crypto'

/** What is needed of ioredis: `Redis` or `Cluster`. */
export interface IoRedisLike {
  evalsha(sha: string, keys: number, ...args: (string | number)[]): Promise<unknown>
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
}

/** What is needed of node-redis: a client, a pool or a cluster. */
export interface NodeRedisLike {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** Runs one script. */
export type Caller = (keys: string[], args: string[]) => Promise<unknown>

/** Whether a server refused with an error of this kind, before it did anything. */
export const refusedWith = (error: unknown, kind: 'NOSCRIPT' | 'CROSSSLOT'): boolean => error instanceof Error && error.message.startsWith(kind)

const isNodeRedis = (client: IoRedisLike | NodeRedisLike): client is NodeRedisLike => typeof (client as Partial<NodeRedisLike>).evalSha === 'function'

/** Runs a script by its hash, and once by its text where the server does not know it (yet, or any more). */
export function caller(what: string, client: IoRedisLike | NodeRedisLike, text: string): Caller {
  if (typeof client?.eval !== 'function') throw new TypeError(`${what}: client: expected an ioredis or node-redis client (with evalsha or evalSha).`)
  const sha = createHash('sha1').update(text).digest('hex')
  const [byHash, byText]: readonly Caller[] = isNodeRedis(client)
    ? [(keys, args) => client.evalSha(sha, { keys, arguments: args }), (keys, args) => client.eval(text, { keys, arguments: args })]
    : [(keys, args) => client.evalsha(sha, keys.length, ...keys, ...args), (keys, args) => client.eval(text, keys.length, ...keys, ...args)]
  return async (keys, args) => {
    try {
      return await byHash!(keys, args)
    } catch (error) {
      if (refusedWith(error, 'NOSCRIPT')) return byText!(keys, args)
      throw error
    }
  }
}

export function checkPrefix(what: string, prefix: unknown): void {
  if (typeof prefix !== 'string' || !/^[^{}]{1,64}$/.test(prefix)) throw new RangeError(`${what}: prefix: expected 1 to 64 characters without braces.`)
}
