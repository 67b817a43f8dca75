import { check, expect } from '../ground/options.ts'
import { isRule } from './rule.ts'
import type { Rule, Window } from './rule.ts'

/**
 * One rule out of several, which opens as soon as one of them says so; when several speak at once, the first of them is named. Each sees
 * every outcome, also when another has spoken or thrown. Rules nest: `anyOf(anyOf(a, b), c)` is `anyOf(a, b, c)`.
 *
 * @throws TypeError for anything that is no rule, and when there is none
 */
export function anyOf(...rules: readonly Rule[]): Rule {
  expect('anyOf', 'rules', rules, check(rules, 'one rule or more', () => rules.length > 0 && rules.every(isRule)))
  return {
    clockReads: Math.max(...rules.map(({ clockReads = 0 }) => clockReads)) as Rule['clockReads'],
    start(): Window {
      const windows = rules.map((rule) => rule.start())
      let opener = -1
      return {
        get name() {
          return windows[opener]?.name ?? windows.map(({ name }) => name).join(' or ')
        },
        record(failed, now, durationMs) {
          opener = -1
          let bug: { readonly error: unknown } | undefined
          for (const [index, window] of windows.entries()) {
            try {
              if (window.record(failed, now, durationMs) && opener < 0) opener = index
            } catch (error) {
              bug = { error }
            }
          }
          if (opener < 0 && bug !== undefined) throw bug.error
          return opener >= 0
        },
        describe: () => windows[opener]?.describe() ?? '',
      }
    },
  }
}
