// Promise: a question that any peer may answer goes to the one that seems quickest; one that fails is left alone for a while, and who has it is found all the same.

import { describe, expect, test } from 'vitest'
import { boardOf } from './board-events.ts'
import { createFakePeers, type FakePeers } from './fake-peers.ts'

const balancing = ({ events }: FakePeers) => events.filter((event) => event.type === 'ejected' || event.type === 'restored')
/** A wait is by chance up to a fifth longer than its plan. */
const aboutMs = (ms: number) => expect.toSatisfy((waitMs: number) => waitMs >= ms && waitMs <= 1.2 * ms)
const unavailable = expect.objectContaining({ code: 'unavailable' })

/** Asks until the peer is ejected. */
async function ejected(world: FakePeers): Promise<void> {
  for (let finds = 0; finds < 60 && balancing(world).length === 0; finds += 1) {
    await world.find()
    // Its slowness is forgotten, so that it is tried again.
    await world.pass(100_000)
  }
}

describe('finding', () => {
  test('goes to the quick peer, and to the slow one only now and then', async () => {
    const world = createFakePeers()
    world.peers.singapore.ms = 100
    for (let finds = 0; finds < 200; finds += 1) expect(await world.find()).toBe('a page')
    const { dublin, singapore } = world.peers
    expect(dublin.asked).toBeGreaterThan(190)
    expect(singapore.asked).toBeGreaterThan(0)
    expect(dublin.asked + singapore.asked).toBe(200)
  })

  test('does not ask a peer first that failed, tells so, and asks it again once a probe went well', async () => {
    const world = createFakePeers()
    const { dublin, singapore } = world.peers
    singapore.says = 'down'
    await ejected(world)
    expect(balancing(world)).toEqual([{ type: 'ejected', peer: 'singapore', service: 'catalog', reason: '3 failures in a row', forMs: aboutMs(1_500) }])
    expect(world.telemetry.metrics.text()).toContain('distrolearn_ejections_total{region="virginia",peer="singapore",service="catalog"} 1\n')

    // The wait is over, the probe fails, and the next wait is longer. The learner has the page all the same.
    expect(await world.find()).toBe('a page')
    expect(balancing(world).slice(1)).toMatchObject([{ type: 'ejected', peer: 'singapore', forMs: aboutMs(3_000) }])
    const asked = singapore.asked
    for (let finds = 0; finds < 50; finds += 1) expect(await world.find()).toBe('a page')
    expect(singapore.asked).toBe(asked)

    singapore.says = 'a page'
    await world.pass(3_600)
    expect(await world.find()).toBe('a page')
    expect(balancing(world).slice(2)).toEqual([{ type: 'restored', peer: 'singapore', service: 'catalog' }])
    expect(world.telemetry.metrics.text()).toContain('distrolearn_restorations_total{region="virginia",peer="singapore",service="catalog"} 1\n')
    dublin.ms = 100
    await world.pass(3_000)
    for (let finds = 0; finds < 50; finds += 1) await world.find()
    expect(singapore.asked).toBeGreaterThan(asked + 40)
  })

  test('fails only when nobody had it and somebody failed, whoever was asked first', async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const world = createFakePeers({ seed })
      const { dublin, singapore } = world.peers
      dublin.says = null
      singapore.says = null
      expect(await world.find()).toBe(null)
      singapore.says = 'down'
      expect(await world.find()).toEqual(unavailable)
      dublin.says = 'a page'
      expect(await world.find()).toBe('a page')
    }
  })

  test('does not take a null for the whole truth while the peer that may have it is ejected', async () => {
    const world = createFakePeers()
    world.peers.singapore.says = 'down'
    await ejected(world)
    // At once after the probe that failed.
    await world.find()
    expect(balancing(world)).toHaveLength(2)
    world.peers.dublin.says = null
    expect(await world.find()).toEqual(unavailable)
    // Its breaker lets a call go by now, and the balancer none yet.
    await world.pass(1_450)
    world.peers.singapore.says = 'a page'
    expect(await world.find()).toBe('a page')
    expect(balancing(world)).toHaveLength(2)
  })

  test('asks the other peer when the first keeps it waiting, also where that one seems dearer than the busy one', async () => {
    const world = createFakePeers()
    const { dublin, singapore } = world.peers
    singapore.ms = 100
    for (let finds = 0; finds < 5; finds += 1) await world.find()
    dublin.asked = singapore.asked = 0
    dublin.ms = 1_500
    expect(await world.find()).toBe('a page')
    expect([dublin.asked, singapore.asked]).toEqual([1, 1])
  })

  test('waits for a slow peer when the quick one has nothing, and asks neither twice', async () => {
    const world = createFakePeers()
    const { dublin, singapore } = world.peers
    dublin.ms = 600
    for (let finds = 1; finds <= 5; finds += 1) {
      singapore.says = null
      expect(await world.find()).toBe('a page')
      expect([dublin.asked, singapore.asked]).toEqual([finds, finds])
    }
  })

  test('does not hold it against a peer that it says no', async () => {
    const world = createFakePeers()
    world.peers.singapore.says = 'no'
    for (let finds = 0; finds < 20; finds += 1) expect(await world.find()).toBe('a page')
    expect(world.peers.singapore.asked).toBeGreaterThan(5)
    expect(balancing(world)).toEqual([])
  })

  test('leaves a peer that does not hear it for its clock', async () => {
    const world = createFakePeers()
    world.peers.singapore.says = 'drift'
    await ejected(world)
    expect(balancing(world)).toMatchObject([{ type: 'ejected', peer: 'singapore' }])
    // For the breaker that is no failure.
    expect(world.mesh.breakers.map(({ state }) => state)).toEqual(['closed', 'closed'])
  })

  test('does not take a second look at a busy peer for an answer', async () => {
    const world = createFakePeers({ known: ['singapore'] })
    Object.assign(world.peers.singapore, { ms: 150, says: 'down' })
    for (let finds = 0; finds < 3; finds += 1) expect(await world.find()).toEqual(unavailable)
    expect(balancing(world)).toMatchObject([{ type: 'ejected', peer: 'singapore' }])
  })

  test('leaves a peer that its own breaker keeps it from', async () => {
    const world = createFakePeers()
    const { dublin, singapore } = world.peers
    singapore.says = 'down'
    await world.ended(Promise.allSettled([1, 2].map(() => world.mesh.ask('singapore', 'catalog', 'own', {}))))
    singapore.says = 'a page'
    const [before, asked] = [singapore.asked, dublin.asked]
    expect(world.mesh.breakers.find(({ name }) => name === 'region singapore')?.state).toBe('open')
    for (let finds = 0; finds < 6; finds += 1) await world.find()
    expect([singapore.asked - before, dublin.asked - asked]).toEqual([0, 6])
    expect(world.events.filter((event) => event.type === 'refused').length).toBeLessThan(2 + 3)
  })

  test('is unavailable while no other region is known, and hears of one as soon as it has an address', async () => {
    const world = createFakePeers({ known: [] })
    expect(await world.find()).toEqual(unavailable)
    world.registry.update({ singapore: 'http://singapore' })
    expect(await world.find()).toBe('a page')
    expect(world.peers.singapore.asked).toBe(1)
    // Dublin might have it: what Singapore does not have is not what nobody has.
    world.peers.singapore.says = null
    expect(await world.find()).toEqual(unavailable)
    world.registry.update({ dublin: 'http://dublin' })
    expect(await world.find()).toBe('a page')
  })
})

test('an ejection and its end are one sentence each in the journal', () => {
  const { journal } = boardOf(
    [0, 'virginia', { type: 'ejected', peer: 'dublin', service: 'catalog', reason: '3 failures in a row', forMs: 1_000 }],
    [2_000, 'virginia', { type: 'restored', peer: 'dublin', service: 'catalog' }],
  )
  expect(journal.lines.map(({ text }) => text)).toEqual([
    'Dublin is back among the peers asked for catalog',
    'Dublin was ejected from the peers asked for catalog: 3 failures in a row; a probe may go in 1.0 s',
  ])
})
