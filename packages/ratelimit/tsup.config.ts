import { build } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts', http: 'src/adapters/http.ts', hono: 'src/adapters/hono.ts', testing: 'src/adapters/testing.ts' })
