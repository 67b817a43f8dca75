import { expect, test } from 'vitest'

import { createWorld } from '../../src/index.ts'

test('what a program throws in the turn in which it was killed reaches nobody; the next life goes on', async () => {
  const world = createWorld({ seed: 1, nodes: ['a', 'b'] })
  const node = world.node('a')
  let lives = 0
  node.start((env) => {
    lives++
    if (env.life > 1) return
    env.clock.after(5, async () => {
      env.net.send('b', new Uint8Array([1]))
      // The program goes on to the end of its turn, on a machine that is no longer there.
      await Promise.resolve()
      throw new Error('the database is closed')
    })
  })
  node.atIo(1, () => {
    node.crash()
    world.after(10, () => node.restart())
  })
  await world.run(100)
  expect(lives).toBe(2)
})
