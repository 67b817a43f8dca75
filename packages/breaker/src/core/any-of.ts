import type { Rule, Window } from './rule.ts'

const effort = ['nothing', 'time', 'duration'] as const

/** One rule out of several, which opens as soon as one of them says so. */
export function anyOf(rules: readonly Rule[]): Rule {
  return {
    name: rules.map(({ name }) => name).join(' or '),
    needs: effort.findLast((needs) => rules.some((rule) => rule.needs === needs)) ?? 'nothing',
    start: () => new Several(rules),
  }
}

class Several implements Window {
  readonly #rules: readonly Rule[]
  readonly #windows: readonly Window[]
  /** The place of the rule that said so last. */
  #opener = 0

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
    this.#windows = rules.map((rule) => rule.start())
  }

  get opener(): string | undefined {
    return this.#rules[this.#opener]?.name
  }

  /** Every window must see every outcome, also after one of them has spoken. */
  record(failed: boolean, now: number, durationMs: number): boolean {
    const opens = this.#windows.map((window) => window.record(failed, now, durationMs))
    this.#opener = Math.max(0, opens.indexOf(true))
    return opens.includes(true)
  }

  describe(): string {
    return this.#windows[this.#opener]?.describe() ?? ''
  }

  clear(): void {
    for (const window of this.#windows) window.clear()
  }
}
