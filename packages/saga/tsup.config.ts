import { build } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts', sqlite: 'src/adapters/sqlite.ts', testing: 'src/adapters/testing.ts' })
