/**
 * Loaded with `--import` beside an example: every `@distrokit/*` is entered by its own front door, so that one package's README
 * may show another that it does not depend on.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    const name = /^@distrokit\/([^/]+)/.exec(specifier)?.[1]
    if (name === undefined) return next(specifier, context)
    return next(specifier, { ...context, parentURL: new URL(`../../packages/${name}/package.json`, import.meta.url).href })
  },
})
