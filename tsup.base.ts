// One build for all packages. Kept small on purpose: tsup is at the end of its life, and a move to its
// successor should be an afternoon's work (ARCHITECTURE.md, "The build").
import { defineConfig } from 'tsup'

export function build(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'neutral',
    splitting: true,
    sourcemap: true,
    clean: true,
    removeNodeProtocol: false,
    external: [/^node:/],
    dts: {
      compilerOptions: {
        composite: false,
        customConditions: [],
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
      },
    },
  })
}
