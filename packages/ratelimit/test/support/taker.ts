// One of several processes that take from one shared limit: `node taker.ts <redis|postgres> <url> <prefix or table> <lease> <takes>`.
import { Pool } from 'pg'
import { postgresStore } from '../../src/adapters/postgres.ts'
import { redisStore } from '../../src/adapters/redis.ts'
import { createLimiter, perHour } from '../../src/index.ts'
import { ioRedis } from './services.ts'

const [kind, url, name, lease, takes] = process.argv.slice(2) as [string, string, string, string, string]
const redis = kind === 'redis' ? ioRedis(url) : undefined
const pool = redis === undefined ? new Pool({ connectionString: url, max: 4 }) : undefined
const store = redis === undefined ? postgresStore({ client: pool!, table: name }) : redisStore({ client: redis, prefix: name })
const limiter = createLimiter(perHour(100), { store, lease: lease === 'true', replicas: 3, timeoutMs: 20_000, outage: 'refuse' })

await limiter.peek('shared')
process.send?.('ready')
process.once('message', () => void run())

async function run(): Promise<void> {
  let admitted = 0
  for (let left = Number(takes); left > 0; left -= 20) {
    const decisions = await Promise.all(Array.from({ length: 20 }, () => limiter.take('shared')))
    admitted += decisions.filter(({ allowed }) => allowed).length
  }
  const { stranded } = limiter.snapshot()
  await limiter.close()
  redis?.disconnect()
  await pool?.end()
  process.send?.({ admitted, stranded }, () => process.disconnect())
}
