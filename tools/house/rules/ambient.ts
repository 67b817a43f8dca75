import ts from 'typescript'
import { rooms } from '../floors.ts'
import { lineOf } from '../imports.ts'
import { memberOf, namesBound, walkValues } from '../syntax.ts'
import type { House, Rule, Source, Violation } from '../types.ts'

const time = 'take `clock` as an option (now, monotonic, after) and read it when called; the default lives in ground/clock.ts. ' +
  'Then a test or a simulation decides what time it is.'
const timers = 'take `clock` as an option and use `clock.after(ms, run)`; the default lives in ground/clock.ts. ' +
  'Then no test has to sleep, and every wait can be cancelled.'
const chance = 'take `random: () => number` as an option; the default lives in ground/clock.ts. Then a seed replays every run.'

/** Globals that are ambient whenever their value is used. `queueMicrotask` orders work without waiting for time, so it is free. */
const globals: Readonly<Record<string, string>> = {
  setTimeout: timers, setInterval: timers, setImmediate: timers, requestAnimationFrame: timers, requestIdleCallback: timers,
}

/** Members of globals that are ambient. */
const members: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Date: { now: time },
  performance: { now: time, timeOrigin: time },
  process: { hrtime: time, uptime: time },
  Math: { random: chance },
  crypto: { randomUUID: chance, getRandomValues: chance },
  AbortSignal: { timeout: timers },
}

/** Builtins that give the same under other names; `true` stands for all of their exports. */
const builtins: Readonly<Record<string, readonly string[] | true>> = {
  'node:timers': true,
  'node:timers/promises': true,
  'node:perf_hooks': ['performance'],
  'node:process': ['hrtime', 'uptime'],
  'node:crypto': ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues', 'webcrypto'],
}

const clockRoom = 'ground/clock.ts'

/** Decided on the syntax tree: strings, comments, types and parameters of the same name do not count. */
export const ambient: Rule = {
  name: 'ambient',
  promise: `no clock, timer or randomness of the runtime outside ${clockRoom}`,
  *check(house) {
    for (const { source, place } of rooms(house)) {
      if (place.room === clockRoom) continue
      yield* imported(source)
      yield* used(source, house)
    }
  },
}

function* imported(source: Source): Iterable<Violation> {
  for (const entry of source.imports) {
    const banned = builtins[entry.specifier]
    if (banned === undefined || entry.typeOnly) continue
    const found = banned === true ? entry.specifier : entry.names.find((name) => banned.includes(name))
    if (found !== undefined) yield violation(source, entry.line, `${found} of '${entry.specifier}'`, adviceFor(found))
    if (banned !== true && entry.whole !== undefined) yield* throughModule(source, entry.whole, banned)
  }
}

/** `crypto.randomUUID()` where `crypto` is `import * as crypto from 'node:crypto'`. */
function* throughModule(source: Source, whole: string, banned: readonly string[]): Iterable<Violation> {
  for (const node of walkValues(source.tree)) {
    if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== whole) continue
    if (banned.includes(node.name.text)) yield violation(source, lineOf(source.tree, node), `${whole}.${node.name.text}`, adviceFor(node.name.text))
  }
}

function adviceFor(name: string): string {
  return /random|crypto/i.test(name) ? chance : time
}

function* used(source: Source, house: House): Iterable<Violation> {
  for (const node of walkValues(source.tree)) {
    const line = lineOf(source.tree, node)
    const callsDate = (ts.isNewExpression(node) || ts.isCallExpression(node)) && isAmbientDate(node, house)
    if (callsDate) yield violation(source, line, ts.isNewExpression(node) ? 'new Date() without an argument' : 'Date()', time)

    const member = memberOf(node, house)
    const advice = member === undefined ? undefined : members[member.object]?.[member.name]
    if (member !== undefined && advice !== undefined) yield violation(source, line, `${member.object}.${member.name}`, advice)
    if (member?.object === 'globalThis' && globals[member.name] !== undefined) yield violation(source, line, `globalThis.${member.name}`, timers)

    if (ts.isIdentifier(node) && globals[node.text] !== undefined && house.isGlobal(node)) {
      yield violation(source, line, node.text, globals[node.text] ?? timers)
    }
    if (ts.isIdentifier(node) && isHandedOn(node) && house.isGlobal(node)) {
      yield violation(source, line, `${node.text} handed on as a value`, time)
    }
    if (ts.isVariableDeclaration(node)) {
      for (const { object, name } of namesBound(node, house)) {
        const found = object === 'globalThis' ? globals[name] : members[object]?.[name]
        if (found !== undefined) yield violation(source, line, `{ ${name} } = ${object}`, found)
      }
    }
  }
}

/** `const D = Date`, `f(performance)`: under another name nobody would see it any more. `x instanceof Date` asks for nothing. */
function isHandedOn(node: ts.Identifier): boolean {
  if (node.text !== 'Date' && node.text !== 'performance') return false
  const { parent } = node
  const isCalled = ts.isNewExpression(parent) || (ts.isCallExpression(parent) && parent.expression === node)
  const isUsedHere = isCalled || ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)
  const isDestructured = ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name)
  return !isUsedHere && !isDestructured && !ts.isTypeOfExpression(parent) && !ts.isExpressionWithTypeArguments(parent) &&
    !(ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)
}

function isAmbientDate(node: ts.NewExpression | ts.CallExpression, house: House): boolean {
  const callee = node.expression
  if (!ts.isIdentifier(callee) || callee.text !== 'Date' || !house.isGlobal(callee)) return false
  return ts.isCallExpression(node) || (node.arguments?.length ?? 0) === 0
}

function violation(source: Source, line: number, found: string, advice: string): Violation {
  return {
    file: source.path, line, rule: 'ambient',
    message: `${found}: the world outside is read here, so nobody can replay it. ` +
      `Instead: ${advice}`,
  }
}
