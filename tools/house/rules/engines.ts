import ts from 'typescript'
import { rooms } from '../floors.ts'
import { lineOf } from '../imports.ts'
import { memberOf, walkValues } from '../syntax.ts'
import type { Rule } from '../types.ts'

/** Globals that Node 22 does not have, though the compiler's libraries and the Node that runs the tests do. */
const younger = new Set([
  'DisposableStack', 'AsyncDisposableStack', 'SuppressedError', 'Temporal', 'Float16Array', 'URLPattern', 'EventSource', 'CloseEvent', 'ErrorEvent',
  'Storage', 'localStorage', 'sessionStorage',
])

/** Members that Node 22 does not have. */
const youngerMembers: Readonly<Record<string, readonly string[]>> = {
  Promise: ['try'],
  Error: ['isError'],
  RegExp: ['escape'],
  Math: ['sumPrecise', 'f16round'],
  Uint8Array: ['fromBase64', 'fromHex'],
  Iterator: ['concat'],
}

const why = 'the oldest Node that `engines` promises is 22.12, and the tests run on a younger one.'

export const engines: Rule = {
  name: 'engines',
  promise: 'sources stay inside what Node 22.12 has: no `using`, no younger globals',
  *check(house) {
    for (const { source } of rooms(house)) {
      for (const node of walkValues(source.tree)) {
        const at = { file: source.path, line: lineOf(source.tree, node), rule: 'engines' }
        if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) {
          yield { ...at, message: `\`using\` is a syntax error there: ${why} Instead: try … finally with [Symbol.dispose]().` }
        }
        const member = memberOf(node, house)
        const isYounger = member !== undefined && youngerMembers[member.object]?.includes(member.name) === true
        if (isYounger) yield { ...at, message: `${member.object}.${member.name} is missing there: ${why} Instead: a few lines that do the same.` }
        if (ts.isIdentifier(node) && younger.has(node.text) && house.isGlobal(node)) {
          yield { ...at, message: `${node.text} is missing there: ${why} Instead: a few lines that do the same, or an option that brings it.` }
        }
      }
    }
  },
}
