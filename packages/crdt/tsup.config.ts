import { build } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts', counter: 'src/counter.ts', register: 'src/register.ts', set: 'src/set.ts', map: 'src/map.ts', sync: 'src/sync.ts', testing: 'src/adapters/testing.ts' })
