import { ambient } from './rules/ambient.ts'
import { cycles } from './rules/cycles.ts'
import { dependencies } from './rules/dependencies.ts'
import { doors } from './rules/doors.ts'
import { engines } from './rules/engines.ts'
import { floors } from './rules/floors.ts'
import { graph } from './rules/graph.ts'
import { leftovers } from './rules/leftovers.ts'
import { links } from './rules/links.ts'
import { manifests } from './rules/manifests.ts'
import { markdown } from './rules/markdown.ts'
import { names } from './rules/names.ts'
import { platform } from './rules/platform.ts'
import { portable } from './rules/portable.ts'
import { reach } from './rules/reach.ts'
import { size } from './rules/size.ts'
import { specifiers } from './rules/specifiers.ts'
import type { House, Rule, Violation } from './types.ts'

/** The habits of the house, architecture first. */
export const rules: readonly Rule[] = [
  floors, cycles, graph, reach, specifiers, ambient, platform, engines, doors, manifests, dependencies, size, names, leftovers, markdown, links, portable,
]

/** All violations of all rules, by file and line. */
export function inspect(house: House, chosen: readonly Rule[] = rules): readonly Violation[] {
  const found = chosen.flatMap((rule) => [...rule.check(house)])
  const unique = new Map(found.map((violation) => [JSON.stringify(violation), violation]))
  return [...unique.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}
