import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

// In a process of its own: a test runner would count the rejection as its own failure.
const run = (program: string): { status: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', `import { createWorld } from ${JSON.stringify(index)}\n${program}`], { encoding: 'utf8' })
  return { status, out: stdout + stderr }
}

test('a rejection that a node leaves to nobody fails its world, with the name of the node', () => {
  const { status, out } = run(`
    const world = createWorld({ seed: 1 })
    world.node('b').start((env) => void env.clock.after(5, () => void Promise.reject(new Error('nobody listens'))))
    await world.run(100).catch((error) => console.log(error.code, error.node, error.cause.message))
  `)
  expect([status, out.trim()]).toEqual([0, 'uncaught b nobody listens'])
})

test('a rejection of the program around it ends the program as it always does', () => {
  const { status, out } = run(`
    const world = createWorld({ seed: 1 })
    world.every(1, () => {})
    setTimeout(() => void Promise.reject(new Error('not of the simulation')), 1)
    await world.run(10_000_000)
  `)
  expect(status).toBe(1)
  expect(out).toContain('not of the simulation')
})
