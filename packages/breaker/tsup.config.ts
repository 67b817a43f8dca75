import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  balance: 'src/adapters/balance.ts',
  fetch: 'src/adapters/fetch.ts',
  keyed: 'src/adapters/keyed.ts',
  otel: 'src/adapters/otel.ts',
  shared: 'src/adapters/shared.ts',
  testing: 'src/adapters/testing.ts',
})
