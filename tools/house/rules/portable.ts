import type { Rule } from '../types.ts'

/** Patterns of what only one machine knows. They are spelled so that they do not match themselves. */
const machine: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[^\w.:/@-])\/(?:work|root|home\/[\w.-]+|Users\/[\w.-]+)\/[\w.-]/, 'a path of one machine'],
  [/\b[A-Z]:\\+Users\\/, 'a path of one machine'],
  [/\.\.\/shared\/(?:bench|data|design|hooks|research)\b/, 'a path outside the repository'],
]

const registry: readonly RegExp[] = [
  /^\s*(?:@[\w-]+:)?registry\s*=/m,
  /https?:\/\/(?:registry|npm|artifactory|verdaccio|nexus)[\w-]*\.[\w.-]+/,
  /^\s*(?:resolution:.*)?tarball: *https?:/m,
  /"resolved": *"https?:/,
]

export const portable: Rule = {
  name: 'portable',
  promise: 'no absolute machine path and no registry host in a tracked file',
  *check(house) {
    for (const { path, text } of house.documents) {
      for (const [index, line] of text.split('\n').entries()) {
        const at = { file: path, line: index + 1, rule: 'portable' }
        for (const [pattern, what] of machine) {
          const found = pattern.exec(line)?.[0].trim()
          if (found !== undefined) yield {
            ...at,
            message: `'${found}' is ${what}; on every other one it is missing. ` +
              `Instead: a path from the root of the repository, or os.tmpdir().`,
          }
        }
        const host = registry.map((pattern) => pattern.exec(line)?.[0].trim()).find((found) => found !== undefined)
        if (host !== undefined) yield {
          ...at,
          message: `'${host}' ties installs to one registry, and others may not reach it. ` +
            `Instead: leave the choice to the user's own configuration.`,
        }
      }
    }
  },
}
