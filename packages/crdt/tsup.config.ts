import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  builders: 'src/builders.ts',
  counter: 'src/counter.ts',
  register: 'src/register.ts',
  set: 'src/set.ts',
  map: 'src/map.ts',
  list: 'src/list.ts',
  text: 'src/text.ts',
  tree: 'src/tree.ts',
  undo: 'src/undo.ts',
  history: 'src/history.ts',
  presence: 'src/presence.ts',
  sync: 'src/sync.ts',
  storage: 'src/storage.ts',
  sqlite: 'src/adapters/sqlite.ts',
  broadcast: 'src/adapters/broadcast.ts',
  websocket: 'src/adapters/websocket.ts',
  postgres: 'src/adapters/postgres.ts',
  nats: 'src/adapters/nats.ts',
  testing: 'src/adapters/testing.ts',
})
