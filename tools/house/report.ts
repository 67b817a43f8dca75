import type { Violation } from './types.ts'

/** Violations as a page: one paragraph per file, one line each. */
export function report(violations: readonly Violation[]): string {
  const files = Map.groupBy(violations, ({ file }) => file)
  return [...files]
    .map(([file, list]) => [file, ...list.map(({ line, rule, message }) => `  ${line}  ${rule}: ${message}`)].join('\n'))
    .join('\n\n')
}
