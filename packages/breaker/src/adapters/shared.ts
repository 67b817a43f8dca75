/**
 * Breakers of several processes that learn from each other through a store, beside the calls and never within one.
 *
 * @module
 */
export { memoryStore } from '../shared/memory.ts'
export { redisStore } from '../shared/redis.ts'
export type { IoRedisLike, NodeRedisLike, RedisStoreOptions } from '../shared/redis.ts'
export { share } from '../shared/share.ts'
export type { Shared, SharedEvent, ShareOptions } from '../shared/share.ts'
export type { VerdictReport, VerdictStore, VerdictView } from '../shared/store.ts'
