import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  durable: 'src/adapters/durable.ts',
  'durable-file': 'src/adapters/durable-file.ts',
  'durable-sqlite': 'src/adapters/durable-sqlite.ts',
  shared: 'src/adapters/shared.ts',
  token: 'src/adapters/token.ts',
  http: 'src/adapters/http.ts',
  interval: 'src/adapters/interval.ts',
  id: 'src/adapters/id.ts',
  otel: 'src/adapters/otel.ts',
  testing: 'src/adapters/testing.ts',
})
