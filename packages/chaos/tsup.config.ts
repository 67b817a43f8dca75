import { build } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts', http: 'src/adapters/http.ts', tcp: 'src/adapters/tcp.ts', testing: 'src/adapters/testing.ts' })
