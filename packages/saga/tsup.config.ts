import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts', sqlite: 'src/adapters/sqlite.ts', postgres: 'src/adapters/postgres.ts', testing: 'src/adapters/testing.ts',
})
