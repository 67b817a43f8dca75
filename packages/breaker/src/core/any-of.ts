import type { Rule, Window } from './rule.ts'

/** One rule out of several, which opens as soon as one of them says so. Every window sees every outcome, also when another has spoken. */
export function anyOf(rules: readonly Rule[]): Rule {
  return {
    name: rules.map(({ name }) => name).join(' or '),
    clockReads: Math.max(...rules.map(({ clockReads }) => clockReads)) as Rule['clockReads'],
    start(): Window {
      const windows = rules.map((rule) => rule.start())
      let opener = -1
      return {
        record(failed, now, durationMs) {
          opener = windows.map((window) => window.record(failed, now, durationMs)).indexOf(true)
          return opener >= 0
        },
        describe: () => windows[opener]?.describe() ?? '',
        clear: () => windows.forEach((window) => window.clear()),
        get opener() {
          return rules[opener]?.name
        },
      }
    },
  }
}
