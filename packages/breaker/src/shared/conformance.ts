import type { VerdictReport, VerdictStore, VerdictView } from './store.ts'

/** One promise of a verdict store, to be run by any test runner: it rejects with what was expected and what came. */
export interface StoreCheck {
  readonly name: string
  run(): Promise<void>
}

/**
 * What every store must keep, as checks with names. `make` gives an empty store, or one whose names are used for the first time;
 * `wait` lets its clock move on by so many milliseconds.
 */
export function verdictStoreChecks(make: () => VerdictStore | Promise<VerdictStore>, wait: (ms: number) => Promise<void>): readonly StoreCheck[] {
  const check = (name: string, body: (tell: (node: string, report?: Partial<VerdictReport>) => Promise<VerdictView>) => Promise<void>): StoreCheck => ({
    name,
    async run() {
      const store = await make()
      await body((node, report) => store.exchange({ name: 'b', node, verdict: 'closed', waitMs: 0, wantsProbe: false, leaseMs: 400, ttlMs: 400, ...report }))
    },
  })
  return [
    check('counts the nodes that look in and those that say open', async (tell) => {
      same(await tell('a'), { nodes: 1, votes: 0, waitMs: 0, leads: false, healings: 0 })
      const view = await tell('b', { verdict: 'open', waitMs: 5000 })
      same({ nodes: view.nodes, votes: view.votes, leads: view.leads }, { nodes: 2, votes: 1, leads: false })
      between(view.waitMs, 4900, 5000)
    }),
    check('takes a vote back when its node says closed', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 5000 })
      same((await tell('a')).votes, 0)
    }),
    check('answers with the longest wait of all votes', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 1000 })
      await tell('b', { verdict: 'open', waitMs: 3000 })
      between((await tell('c')).waitMs, 2900, 3000)
    }),
    check('forgets a node that no longer looks in, with its vote', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 60_000, ttlMs: 100 })
      await wait(150)
      same(await tell('b'), { nodes: 1, votes: 0, waitMs: 0, leads: false, healings: 0 })
    }),
    check('gives the leave to probe to one node only, when nobody wants to wait any longer', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 200 })
      same((await tell('b', { wantsProbe: true })).leads, false)
      await wait(250)
      same((await tell('b', { wantsProbe: true })).leads, true)
      same((await tell('a', { verdict: 'open', wantsProbe: true })).leads, false)
      same((await tell('b')).leads, true)
    }),
    check('takes that leave back after its lease', async (tell) => {
      same((await tell('a', { wantsProbe: true, leaseMs: 100 })).leads, true)
      await wait(150)
      same((await tell('b', { wantsProbe: true })).leads, true)
      same((await tell('a')).leads, false)
    }),
    check('forgets votes and leave when the fleet is healed, and counts the healings', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 5000 })
      await tell('b', { verdict: 'open', waitMs: 5000 })
      same((await tell('c', { verdict: 'healed' })).healings, 1)
      const view = await tell('a', { wantsProbe: true })
      same({ votes: view.votes, waitMs: view.waitMs, leads: view.leads, healings: view.healings }, { votes: 0, waitMs: 0, leads: true, healings: 1 })
    }),
    check('keeps breakers of different names apart', async (tell) => {
      await tell('a', { verdict: 'open', waitMs: 5000 })
      same((await tell('a', { name: 'another' })).votes, 0)
    }),
  ]
}

function same(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`)
}

function between(found: number, low: number, high: number): void {
  if (found < low || found > high) throw new Error(`expected ${low} to ${high}, got ${found}`)
}
