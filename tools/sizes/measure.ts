import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { WorkspacePackage } from '../workspace.ts'
import type { Budget } from './budget.ts'

export interface Size {
  readonly minifiedBytes: number
  readonly gzipBytes: number
}

/**
 * What one import adds to a bundle: the package's own build and its dependencies, minified, without what the user brings (peers, `node:*`).
 * Nothing is run, so an export that a bundler cannot drop counts.
 */
export async function measure({ folder, json }: WorkspacePackage, budget: Budget): Promise<Size> {
  const target = json.exports?.[budget.from]
  if (typeof target !== 'object' || target.default === undefined) {
    throw new RangeError(`${json.name} has no subpath '${budget.from}'; there are ${Object.keys(json.exports ?? {}).join(', ')}`)
  }
  const { outputFiles } = await build({
    stdin: { contents: `export ${budget.import} from ${JSON.stringify(join(folder, target.default))}`, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', ...Object.keys(json.peerDependencies ?? {}).flatMap((peer) => [peer, `${peer}/*`])],
    logLevel: 'silent',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  return { minifiedBytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length }
}
