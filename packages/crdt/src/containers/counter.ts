/** Counters in documents: one that goes up and down, and one that never goes below its bound, also when nobody can be asked. */
import { readNode } from '../core/branch.ts'
import { checkAmount } from '../core/counter.ts'
import { add, counterKind, rightsOf, transfer, type CounterNode } from '../core/counter-kind.ts'
import { outside } from '../core/outside.ts'
import type { Type } from '../core/schema.ts'
import type { BoundedCounterDraft, CounterDraft } from '../ground/drafts.ts'
import { CrdtError } from '../ground/errors.ts'
import { checkActor, checkOptions, show } from '../ground/options.ts'

/** A whole number that goes up and down; no increment is ever lost. */
export function counter(): Type<number, CounterDraft> {
  return {
    form: 'counter',
    rule: 'The sum of what every actor has added and taken away.',
    kind: counterKind,
    draft: (node, desk): CounterDraft => ({
      get value() { return readNode(node, desk.ids) as number },
      add: (amount) => add(node as CounterNode, checkAmount(amount), desk.edit ?? outside()),
    }),
  }
}

export interface BoundedCounterOptions {
  /** The value never falls below it. Default 0. */
  readonly min?: number
}

/**
 * A counter with a floor, by escrow: who adds holds the right to take as much away, and rights move between replicas. Spending needs rights that are held here, so no
 * two replicas can spend the same. (Balegas et al. 2015: Extending eventually consistent cloud databases for enforcing numeric invariants; O'Neil 1986.)
 */
export function boundedCounter(options: BoundedCounterOptions = {}): Type<number, BoundedCounterDraft> {
  checkOptions(options, ['min'], 'boundedCounter')
  const { min = 0 } = options
  if (!Number.isSafeInteger(min)) throw new RangeError(`\`min\` is a whole number; got ${show(min)}.`)
  return {
    form: 'boundedCounter',
    rule: 'The bound plus the sum of what every actor has added and taken away.',
    kind: counterKind,
    min,
    draft(plain, desk): BoundedCounterDraft {
      const node = plain as CounterNode
      const spend = (amount: number, what: string): void => {
        const rights = rightsOf(node, 0)
        if (amount > rights) throw new CrdtError('no-rights', `${what} ${amount} needs as many rights here; there are ${rights}. Ask another replica to transfer some, or add first.`)
      }
      return {
        get value() { return readNode(node, desk.ids) as number },
        get rights() { return rightsOf(node, 0) },
        rightsOf: (actor) => rightsOf(node, desk.indexOf(checkActor(actor))),
        add(amount) {
          const edit = desk.edit ?? outside()
          if (checkAmount(amount) < 0) spend(-amount, 'Taking')
          add(node, amount, edit)
        },
        transfer(actor, amount) {
          const edit = desk.edit ?? outside()
          if (checkAmount(amount) < 1) throw new RangeError(`A transfer moves 1 or more; got ${amount}.`)
          spend(amount, 'Transferring')
          transfer(node, desk.indexOf(checkActor(actor)), amount, edit)
        },
      }
    },
  }
}
