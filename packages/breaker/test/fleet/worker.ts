// One process of a fleet: calls the target every few milliseconds under a shared breaker, and tells what becomes of it.
import { Redis } from 'ioredis'
import { consecutive, createBreaker } from '@distrokit/breaker'
import { redisStore, share } from '@distrokit/breaker/shared'

const [node, target, redisPort, prefix] = process.argv.slice(2) as [string, string, string, string]
const client = new Redis(Number(redisPort), '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: 0, connectTimeout: 300 })
client.on('error', () => {})
process.on('unhandledRejection', () => process.exit(9))

const breaker = createBreaker({ name: 'target', trip: consecutive(3), openMs: 400, probeMs: 300 })
const shared = share(breaker, { store: redisStore({ client, prefix }), node, intervalMs: 100, leaseMs: 600 })
const say = (): unknown => process.send?.({ node, state: breaker.state, leads: shared.view?.leads === true, reached: shared.view !== undefined, nodes: shared.view?.nodes ?? 0 })
setInterval(say, 20)

for (;;) {
  await breaker.run(async ({ signal }) => {
    const response = await fetch(`${target}?node=${node}`, { signal })
    await response.text()
    if (!response.ok) throw new Error(`${response.status}`)
  }).catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 5))
}
