import { everyOrder } from '../../../packages/chaos/src/adapters/testing.ts'
import { flipByte, swarm } from '../../../packages/chaos/src/index.ts'
import type { Env, World } from '../../../packages/chaos/src/index.ts'
import type * as CrdtModule from '../../../packages/crdt/src/index.ts'
import type { Doc, VersionVector } from '../../../packages/crdt/src/index.ts'
import type * as HlcModule from '../../../packages/hlc/src/index.ts'
import { exhaustive, must, simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'
import { collection } from './crdt-collection.ts'
import { createOracle } from './crdt-oracle.ts'
import type { Deed, Oracle } from './crdt-oracle.ts'
import { open, seal } from './seal.ts'

type Api = typeof CrdtModule

const ELEMENTS = ['red', 'green', 'blue', 'gold'] as const
const BUSY_MS = 50_000

const schemaOf = ({ s }: Api) => s.doc({
  theme: s.register<string>('light'), tags: s.set<string>(), clicks: s.counter(), byKey: s.map(s.counter()), note: s.text(), tasks: s.list<string>(),
})
type Schema = ReturnType<typeof schemaOf>

interface Replica {
  readonly doc: Doc<Schema>
  /** Whether it knows changes whose forerunners died with their author. */
  readonly gaps: () => boolean
}

/** As JSON, with the keys of every object in order: which key came first is nobody's knowledge. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
// A damaged digit is a damaged byte, and the others stay where they were.
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/[^0-9a-f]/g, '0'), 'hex'))

export async function crdt(load: Load): Promise<readonly Campaign[]> {
  const api = await load<Api>('crdt/src/index.ts')
  const { createClock } = await load<typeof HlcModule>('hlc/src/index.ts')
  const schema = schemaOf(api)
  let oracle: Oracle
  let counting = false

  /** Opens what the disk has kept. Every life is an actor of its own: an older copy may come back, and two must never share a name. */
  async function opened(env: Env): Promise<Doc<Schema>> {
    const actor = `${env.name}${env.life}`
    // Half of the runs count without a clock, which makes equal stamps common.
    const clock = counting ? undefined : createClock({ node: actor, clock: env.clock, maxDriftMs: Infinity, random: env.random })
    const saved = await env.disk.read('doc')
    if (saved !== undefined) {
      try {
        const doc = api.loadDoc(schema, saved, { actor, ...(clock && { clock }) })
        // Invariant 7: a crash leaves a state that was saved, never a mixture.
        must(oracle.saved.has(doc.digest()), `'${env.name}' to load a state that was saved`)
        env.sometimes('a replica is loaded')
        return doc
      } catch (error) {
        must((error as { code?: string }).code !== undefined, () => `a torn save to be refused with a code, got ${String(error)}`)
        env.sometimes('a torn save is refused')
      }
    }
    return api.createDoc(schema, { actor, ...(clock && { clock }), bufferSize: env.random.pick([0, 5, 8192]) })
  }

  async function build(env: Env): Promise<Replica> {
    const doc = await opened(env)
    let version = doc.version()
    /** Whether some change came before an earlier one of its actor. */
    let gaps = false

    /** Invariants 1 and 3: what is known never shrinks, and equal knowledge is an equal state, in value and in bytes. */
    const seen = (): void => {
      const next = doc.version()
      must(api.covers(next, version), () => `'${env.name}' never to forget ${JSON.stringify(version)}, got ${JSON.stringify(next)}`)
      version = next
      if (env.random.chance(0.2)) oracle.agrees(doc.version(), `${doc.digest()} ${sorted(doc.value)}`)
    }

    env.net.onMessage((from, bytes) => {
      const { text, whole } = open(bytes)
      const [kind = '', body = ''] = text.split(' ')
      if (kind === 'version' && whole) {
        const lacking = doc.changesSince(JSON.parse(body) as VersionVector)
        if (lacking !== undefined) env.net.send(from, seal(`changes ${hex(lacking)}`))
      } else if (kind === 'changes') take(bytesOf(body), whole)
    })

    /** Invariant 8: damaged bytes change nothing. */
    function take(changes: Uint8Array, whole: boolean): void {
      const before = whole ? '' : doc.digest()
      try {
        const { pending, missing } = doc.apply(changes)
        gaps = missing.length > 0
        if (gaps) env.sometimes('a change arrives before an earlier one')
        if (pending > 0) env.sometimes('a change waits for an earlier one')
      } catch (error) {
        must(!whole, () => `a whole change to be taken, got ${String(error)}`)
        must((error as { code?: string }).code !== undefined, () => `damaged bytes to be refused with a code, got ${String(error)}`)
        must(doc.digest() === before, 'refused bytes to change nothing')
        return env.sometimes('damaged bytes are refused')
      }
      if (whole) seen()
    }

    const change = (): void => {
      if (env.clock.monotonic() < BUSY_MS) env.clock.after(env.random.pick([5, 50, 500, 4000, 4000]), change)
      // What its author knew must be a causal history.
      if (gaps) return
      const context = doc.version()
      const deeds: Deed[] = []
      const bytes = doc.change((draft) => {
        for (let count = env.random.integer(1, 3); count > 0; count--) deeds.push(oracle.act(env, draft, doc.actor))
      })
      if (bytes === undefined) return
      oracle.record(doc.actor, context, doc.version(), deeds)
      seen()
      if (env.random.chance(0.1)) take(flipByte(bytes, { at: env.random(), mask: env.random.integer(1, 255) }), false)
      for (const peer of env.net.peers) if (env.random.chance(0.7)) env.net.send(peer, seal(`changes ${hex(bytes)}`))
    }
    const gossip = (): void => {
      env.clock.after(env.random.integer(200, 3000), gossip)
      env.net.send(env.random.pick(env.net.peers), seal(`version ${JSON.stringify(doc.version())}`))
    }
    const keep = async (): Promise<void> => {
      for (;;) {
        await env.sleep(env.random.integer(1000, 8000))
        oracle.saved.add(doc.digest())
        const bytes = doc.save()
        // Invariant 10: no more than the live data and a little for every change.
        must(bytes.length < 40_000, () => `a small document to stay small, got ${bytes.length} bytes`)
        await env.disk.write('doc', bytes).then(() => env.disk.sync()).catch(() => env.sometimes('a save fails'))
      }
    }
    change()
    gossip()
    void keep()
    return { doc, gaps: () => gaps }
  }

  const replicas = simulated<Replica>('crdt/replicas', {
    nodes: 3,
    forMs: 50_000,
    settleMs: 60_000,
    clock: (_name, random) => ({ offsetMs: random.integer(-5000, 5000), ratePpm: random.integer(-200, 200) }),
    sometimes: ['a replica is loaded', 'damaged bytes are refused', 'a change waits for an earlier one', 'a change arrives before an earlier one', 'a save fails', 'an element is added and removed at once', 'a token is deleted'],
    build,
    workload(world: World<Replica>) {
      oracle = createOracle(ELEMENTS)
      counting = world.random.fork('stamps').chance(0.5)
    },
    // Invariant 9: once links heal, everybody ends up with everything.
    progress: (world: World<Replica>) => world.now > BUSY_MS + 500 && new Set(world.nodes.map((node) => node.value?.doc.digest() ?? node.name)).size === 1,
    check(world: World<Replica>) {
      // A change that was sent before an earlier one was lost with its author leaves a gap for ever: then the oracle, which thinks in causal histories, has no word for what is shown.
      if (world.nodes.some((node) => node.value?.gaps() === true)) return world.sometimes('a gap that nobody can fill')
      const { doc } = world.node('a').value as Replica
      oracle.explains(doc.version(), doc.value, world.sometimes)
    },
  }, { faults: swarm({ perKind: 4 }), share: 0.2 })

  return [replicas, await collection(load), small(api)]
}

/** Every order of applying eight changes of three replicas, some of which had seen others: one state, one digest. */
function small(api: Api): Campaign {
  return exhaustive('crdt/every-order', () => {
    const schema = schemaOf(api)
    const [a, b, c] = ['a', 'b', 'c'].map((actor) => api.createDoc(schema, { actor })) as [Doc<Schema>, Doc<Schema>, Doc<Schema>]
    const changes: Uint8Array[] = []
    const made = (bytes: Uint8Array | undefined): Uint8Array => {
      if (bytes === undefined) throw new Error('a change that changed nothing')
      changes.push(bytes)
      return bytes
    }
    const first = made(a.change((draft) => { draft.tags.add('x'); draft.note.insert(0, 'one') }))
    b.apply(first)
    made(b.change((draft) => { draft.tags.delete('x'); draft.note.insert(3, ' two') }))
    made(a.change((draft) => { draft.tags.add('x'); draft.clicks.add(2); draft.note.delete(0, 1) }))
    made(c.change((draft) => { draft.theme.set('dark'); draft.clicks.add(-1); draft.tasks.push('t') }))
    const fifth = made(b.change((draft) => { draft.byKey.get('k').add(5); draft.theme.set('blue') }))
    c.apply(first)
    c.apply(fifth)
    made(c.change((draft) => { draft.byKey.delete('k'); draft.note.insert(0, 'zero ') }))
    made(a.change((draft) => { draft.byKey.get('k').add(1); draft.clicks.add(3); draft.tasks.insert(0, 's'); draft.theme.set('red') }))
    made(c.change((draft) => { draft.tags.delete('x') }))
    let expected: string | undefined
    return everyOrder<readonly number[], number>({
      start: [],
      events: changes.map((_bytes, at) => at),
      apply: (state, at) => [...state, at],
      key: (state) => state.join(),
      checkEnd(order) {
        const doc = api.createDoc(schema, { actor: 'z' })
        for (const at of order) doc.apply(changes[at] as Uint8Array)
        const got = `${doc.digest()} ${JSON.stringify(doc.value)}`
        expected ??= got
        must(got === expected, () => `${expected}, got ${got}`)
      },
    })
  })
}
