import { builtinModules } from 'node:module'
import ts from 'typescript'
import { packagesOf, rooms } from '../floors.ts'
import { lineOf, packageOf } from '../imports.ts'
import { walkValues } from '../syntax.ts'
import type { Rule } from '../types.ts'

const nodeOnly = new Set(['process', 'Buffer', '__dirname', '__filename', 'require', 'module', 'global'])
const instead = 'Instead: keep it in a file under adapters/ with a subpath of its own, and let the shell take what it needs as an option.'

export const platform: Rule = {
  name: 'platform',
  promise: 'ground, core, shell and front door run in a browser too: `node:*`, Node-only globals and optional peers stay in adapters/',
  *check(house) {
    const peers = new Map(packagesOf(house).map((manifest) => [manifest.folder, new Set(Object.keys(manifest.json.peerDependencies ?? {}))]))
    for (const { source, place } of rooms(house)) {
      const at = { file: source.path, rule: 'platform' }
      for (const entry of source.imports) {
        if (builtinModules.includes(entry.specifier) && !entry.specifier.startsWith('node:')) {
          yield {
            ...at, line: entry.line,
            message: `'${entry.specifier}' could be a package of that name. ` +
              `Instead: 'node:${entry.specifier}', which can only be Node's.`,
          }
        }
        if (place.floor === 'adapters') continue
        if (entry.specifier.startsWith('node:')) {
          const how = entry.typeOnly ? ' (its types reach the published declarations)' : ''
          yield { ...at, line: entry.line, message: `'${entry.specifier}' in the ${place.floor} shuts the browser out${how}. ${instead}` }
        }
        const name = packageOf(entry.specifier)
        if (name !== undefined && peers.get(place.folder)?.has(name) === true) {
          yield { ...at, line: entry.line, message: `'${entry.specifier}' is an optional peer, and the ${place.floor} would fail to load for everybody without it. ${instead}` }
        }
      }
      if (place.floor === 'adapters') continue
      for (const node of walkValues(source.tree)) {
        // `globalThis.process` is how one asks whether it is there; the bare name throws where it is not.
        if (!ts.isIdentifier(node) || !nodeOnly.has(node.text) || !house.isGlobal(node)) continue
        yield { ...at, line: lineOf(source.tree, node), message: `\`${node.text}\` exists in Node only, and the ${place.floor} runs in a browser too. ${instead}` }
      }
    }
  },
}
