// Promise: the page needs no build step: its sources are bundled in memory when the demo starts.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export interface PageBundle {
  readonly js: string
  readonly css: string
}

const source = (path: string): string => fileURLToPath(new URL(`../../web/${path}`, import.meta.url))

const bundleOne = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [source(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2023', 'chrome120', 'firefox121', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The workspace's own packages are read as sources.
    conditions: ['source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

export const bundlePage = async (): Promise<PageBundle> => {
  const [js, css] = await Promise.all([bundleOne('main.tsx'), bundleOne('theme.css')])
  return { js, css }
}
