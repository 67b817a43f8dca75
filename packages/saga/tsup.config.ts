import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts', sqlite: 'src/adapters/sqlite.ts', postgres: 'src/adapters/postgres.ts', http: 'src/adapters/http.ts', otel: 'src/adapters/otel.ts',
  testing: 'src/adapters/testing.ts',
})
