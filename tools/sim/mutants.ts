import { readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import { SimulationFailed } from '../../packages/chaos/src/index.ts'
import { ExplorationFailed } from '../../packages/chaos/src/adapters/testing.ts'
import { home, loadAs } from './load.ts'
import { parsePatch, plant } from './patch.ts'
import type { Mutant } from './patch.ts'
import { subjects } from './subjects.ts'

const folder = new URL('./mutants/', import.meta.url)

/** What became of a mutant. */
export interface Hunt {
  readonly package: string
  readonly name: string
  readonly story: string
  readonly caught: boolean
  /** The campaign that caught it, and at which seed. */
  readonly by: string
  readonly seed: number | undefined
  readonly ms: number
  /** What it was caught by, or why it was not. */
  readonly told: string
}

/** All planted bugs of a package. */
export function mutantsOf(name: string): Mutant[] {
  const own = new URL(`${name}/`, folder)
  try {
    return readdirSync(own).filter((file) => file.endsWith('.patch')).sort().map((file) => parsePatch(name, file.slice(0, -6), readFileSync(new URL(file, own), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Runs a package's campaigns against one of its mutants, in a thread that can be stopped: a mutant may loop for ever. */
export function hunt(mutant: Mutant, settings: { readonly seeds: number; readonly seed: number }, limitMs: number): Promise<Hunt> {
  const { package: of, name, story } = mutant
  const began = performance.now()
  const base = { package: of, name, story, by: '', seed: undefined, caught: false }
  return new Promise((resolve) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { of, name, settings }, execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'], stderr: true })
    const done = (found: Partial<Hunt>): void => {
      clearTimeout(timer)
      void worker.terminate()
      resolve({ ...base, ms: performance.now() - began, told: '', ...found })
    }
    // Out of time is not caught: a campaign that is merely slow must not pass for one that sees.
    const timer = setTimeout(() => done({ told: `nothing was found in ${limitMs} ms` }), limitMs)
    worker.once('message', (found: Partial<Hunt>) => done(found))
    worker.once('error', (error) => done({ told: `the hunt itself failed: ${String(error)}` }))
    worker.once('exit', () => done({ told: 'the hunt ended without a word' }))
  })
}

async function huntHere({ of, name, settings }: { of: string; name: string; settings: { seeds: number; seed: number } }): Promise<Partial<Hunt>> {
  const mutant = mutantsOf(of).find((one) => one.name === name)
  if (mutant === undefined) throw new Error(`no mutant ${of}/${name}`)
  const planted = new Set<string>()
  const source = home(of).href
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      const parent = context.parentURL
      if (parent?.includes('?mutant=') !== true || !found.url.startsWith(source) || found.url.includes('?') || found.url.includes('/node_modules/')) return found
      return { ...found, url: `${found.url}?${parent.split('?')[1]}` }
    },
    load(url, context, next) {
      const file = url.split('?')[0]?.slice(source.length) ?? ''
      if (!url.includes('?mutant=') || !mutant.changes.some((change) => change.file === file)) return next(url, context)
      planted.add(file)
      return { format: 'module-typescript', shortCircuit: true, source: plant(mutant, file, readFileSync(new URL(url.split('?')[0] ?? url), 'utf8')) }
    },
  })
  const began = performance.now()
  const campaigns = (await subjects[of]?.(loadAs(name))) ?? []
  // A few seeds of every campaign first, so that a bug is not kept waiting by the campaigns that cannot see it.
  for (let from = settings.seed, seeds = 4; from < settings.seed + settings.seeds; from += seeds, seeds *= 2) {
    for (const campaign of campaigns) {
      try {
        await campaign.run({ seed: from, seeds: Math.min(seeds, settings.seed + settings.seeds - from), hunting: true })
      } catch (error) {
        if (!(error instanceof SimulationFailed) && !(error instanceof ExplorationFailed)) throw error
        const seed = error instanceof SimulationFailed ? error.failure?.seed : undefined
        return { caught: true, by: campaign.name, seed, ms: performance.now() - began, told: error.message.split('\n')[0] ?? '' }
      }
    }
  }
  const missing = mutant.changes.filter((change) => !planted.has(change.file)).map((change) => change.file)
  return { told: missing.length > 0 ? `no campaign loads ${missing.join(', ')}` : 'survived', ms: performance.now() - began }
}

if (!isMainThread && (workerData as { of?: string } | undefined)?.of !== undefined) {
  // A mutant may reject where nobody listens; the run that caused it is what fails.
  process.on('unhandledRejection', () => {})
  const parent = parentPort
  const tell = (found: Partial<Hunt>): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origins
    parent?.postMessage(found)
  }
  huntHere(workerData as Parameters<typeof huntHere>[0]).then(tell, (error: unknown) => tell({ told: `the hunt itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }))
}
