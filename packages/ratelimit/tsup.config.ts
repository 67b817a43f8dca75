import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  redis: 'src/adapters/redis.ts',
  postgres: 'src/adapters/postgres.ts',
  http: 'src/adapters/http.ts',
  fetch: 'src/adapters/fetch.ts',
  hono: 'src/adapters/hono.ts',
  express: 'src/adapters/express.ts',
  fastify: 'src/adapters/fastify.ts',
  concurrency: 'src/concurrency.ts',
  tenants: 'src/tenants.ts',
  store: 'src/adapters/store.ts',
  otel: 'src/adapters/otel.ts',
  testing: 'src/adapters/testing.ts',
})
