import { swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, World } from '../../../packages/chaos/src/index.ts'
import type * as CrdtModule from '../../../packages/crdt/src/index.ts'
import type { Doc } from '../../../packages/crdt/src/index.ts'
import type * as SyncModule from '../../../packages/crdt/src/sync.ts'
import { must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { createOracle } from './crdt-oracle.ts'
import type { Deed, Oracle } from './crdt-oracle.ts'
import { open, seal } from './seal.ts'

const MEMBERS = ['a', 'b', 'c'] as const
const ELEMENTS = ['red', 'green', 'blue', 'gold'] as const
const BUSY_MS = 50_000

const schemaOf = ({ s }: typeof CrdtModule) => s.doc({
  theme: s.register<string>('light'), tags: s.set<string>(), clicks: s.counter(), byKey: s.map(s.counter()), note: s.text(), tasks: s.list<string>(),
})

interface Member {
  readonly doc: Doc<ReturnType<typeof schemaOf>>
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
// A damaged digit is a damaged byte, and the others stay where they were.
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/[^0-9a-f]/g, '0'), 'hex'))

/**
 * Invariant 6: members that talk by sessions over bad links collect garbage again and again while they write. What each shows is what its history means, told by an oracle
 * that knows of no collection; a member that is frozen for long only holds it back.
 */
export async function collection(load: Load): Promise<Campaign> {
  const api = await load<typeof CrdtModule>('crdt/src/index.ts')
  const { createSync } = await load<typeof SyncModule>('crdt/src/sync.ts')
  const schema = schemaOf(api)
  let oracle: Oracle

  async function build(env: Env): Promise<Member> {
    const doc = api.createDoc(schema, { actor: env.name, bufferSize: env.random.pick([0, 5, 8192]) })
    const sync = createSync(doc, { random: env.random, members: MEMBERS, collectAfter: 15 })
    const isWhole = (): boolean => Object.values(doc.version()).every((entry) => typeof entry === 'number')
    let shown = JSON.stringify(doc.value)
    let whole = true
    let problem: string | undefined
    const seen = (): void => {
      // What a listener finds is told here: events swallow what their listeners throw.
      must(problem === undefined, () => problem ?? '')
      shown = JSON.stringify(doc.value)
      oracle.agrees(doc.version(), shown)
    }
    sync.onEvent((event) => {
      if (event.type === 'collected') {
        env.sometimes('garbage is collected')
        if (event.epoch > 2) env.sometimes('garbage is collected again and again')
        const { value } = api.loadDoc(schema, doc.save(), { actor: 'reader' })
        if (JSON.stringify(value) !== JSON.stringify(doc.value)) problem = `a collection to change nothing, got ${JSON.stringify(value)} for ${JSON.stringify(doc.value)}`
      }
      if (event.type === 'stale' || event.type === 'fork') problem = `no member to be lost, got '${event.type}' at '${env.name}'`
      if (event.type === 'refused' && whole) problem = `whole messages to be taken, got ${String(event.error)}`
      if (event.type === 'refused' && !whole) env.sometimes('a damaged message is refused')
    })
    const sessions = new Map(env.net.peers.map((peer) => [peer, sync.connect((bytes) => env.net.send(peer, seal(hex(bytes))))]))
    env.net.onMessage((from, bytes) => {
      const message = open(bytes)
      whole = message.whole
      sessions.get(from)?.receive(bytesOf(message.text))
      if (whole) seen()
    })
    const change = (): void => {
      if (env.clock.monotonic() < BUSY_MS) env.clock.after(env.random.pick([5, 500, 2000, 4000]), change)
      if (!isWhole()) return
      const context = doc.version()
      const deeds: Deed[] = []
      if (!doc.edit((draft) => { for (let count = env.random.integer(1, 3); count > 0; count--) deeds.push(oracle.act(env, draft, doc.actor)) })) return
      oracle.record(doc.actor, context, doc.version(), deeds)
      seen()
    }
    const hello = (): void => {
      env.clock.after(env.random.integer(1000, 4000), hello)
      for (const session of sessions.values()) session.hello()
    }
    change()
    hello()
    return { doc }
  }

  return simulated<Member>('crdt/collection', {
    nodes: MEMBERS.length,
    forMs: 50_000,
    settleMs: 60_000,
    sometimes: ['garbage is collected', 'garbage is collected again and again', 'a damaged message is refused', 'a token is deleted', 'an element is added and removed at once'],
    build,
    workload() {
      oracle = createOracle(ELEMENTS)
    },
    // Once links heal, everybody ends up with everything, in one epoch, byte for byte.
    progress: (world: World<Member>) => world.now > BUSY_MS + 500 && new Set(world.nodes.map((node) => node.value?.doc.digest() ?? node.name)).size === 1,
    check(world: World<Member>) {
      const { doc } = world.node('a').value as Member
      oracle.explains(doc.version(), doc.value, world.sometimes)
    },
  }, { faults: swarm({ perKind: 4, kinds: ['loss', 'duplicate', 'reorder', 'corrupt', 'cut', 'slow', 'clog', 'pause', 'freeze'] }), share: 0.2 })
}
