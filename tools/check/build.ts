import { workspacePackages } from '../workspace.ts'
import { inPairs, pnpm, together } from './run.ts'
import type { Ran } from './run.ts'

/** Builds all packages, two at a time; one that imports a neighbour waits for it, and goes without it when that build failed. */
export async function buildPackages(): Promise<Ran> {
  const finished = new Map<string, Promise<Ran>>()
  const results = await inPairs(workspacePackages(), async ({ name, folder, json }) => {
    const neighbours = Object.keys(json.dependencies ?? {}).flatMap((dependency) => finished.get(dependency) ?? [])
    const built = Promise.all(neighbours).then(() => pnpm(['--silent', 'build'], folder))
    finished.set(json.name, built)
    const { ok, output } = await built
    return { ok, output: `packages/${name}\n${output}` }
  })
  return together(results)
}
