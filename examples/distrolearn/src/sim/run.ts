// Promise: a run in the simulated world looks from outside like any other run.

import { startRun, type Run, type RunOptions } from '../world/run.ts'
import type { Simulation } from './simulation.ts'

export async function startSimulatedRun(simulation: Simulation, options: Omit<RunOptions, 'platform'>): Promise<Run> {
  const { enter, outside, platform } = simulation
  // A signal may fire at any moment, and the world is touched only while it stands still.
  const inside = new AbortController()
  options.signal.addEventListener('abort', () => void enter(async () => inside.abort(options.signal.reason)).catch(() => undefined), { once: true })
  const run = await enter(() => startRun({ ...options, platform, signal: inside.signal, onEvent: (event) => outside(() => options.onEvent(event)) }))
  return {
    control: (message) => enter(() => run.control(message)),
    replayed: () => enter(() => run.replayed()),
    close: () => enter(() => run.close()),
  }
}
