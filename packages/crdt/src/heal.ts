/** Healing a fork: what was done under an actor id that is taken goes on under another. */
import { keysOf } from './core/branch.ts'
import { absorb } from './core/absorb.ts'
import type { Tally } from './core/counter.ts'
import { parseFrame } from './core/parse.ts'
import type { Plan } from './core/plan.ts'
import type { Replica } from './core/replica.ts'
import { reissueFrame } from './core/reissue-frame.ts'
import type { AnyDoc } from './doc.ts'
import { createDoc } from './document.ts'
import { checkActor } from './ground/options.ts'
import { insideOf, type Step } from './inside.ts'

export interface Counted {
  watch(step: Step): void
  /** What this replica had counted at a place before its first count there. */
  at(table: number, keys: readonly string[], to: number): Tally | undefined
}

/** Remembers the sums at which this replica's own counters stood when it began: one entry per counter that it counts in. */
export function createCounted({ schema }: Replica): Counted {
  const first = new Map<string, Tally | undefined>()
  const keyOf = (table: number, keys: readonly string[], place: number): string => JSON.stringify([table, keys, place])
  return {
    watch({ touched }) {
      for (const { node, touches } of touched) {
        const { plan } = node
        if (plan.type.form !== 'counter' && plan.type.form !== 'boundedCounter') continue
        for (const { place, before } of touches) {
          // Places of counters are packed pairs; those below the size of the table of actors begin with this replica.
          if ((place as number) >= 2 ** 20) continue
          const key = keyOf(schema.tableOf.get(plan)!, keysOf(node), place as number)
          if (!first.has(key)) first.set(key, before as Tally | undefined)
        }
      }
    },
    at: (table, keys, to) => first.get(keyOf(table, keys, to)),
  }
}

export function heal(doc: AnyDoc, actor: string, above: number, counted: Counted): Uint8Array {
  const old = insideOf(doc)
  if (checkActor(actor) === doc.actor || old.replica.actors.indices.has(actor)) throw new TypeError(`A forked replica goes on under an actor that nobody has used; got ${JSON.stringify(actor)}.`)
  const healed = createDoc(old.schema, { actor, id: old.id })
  const { replica } = insideOf(healed)
  replica.epoch = old.replica.epoch
  const frame = parseFrame(replica, doc.save())
  const ids = [...replica.actors.ids, ...frame.newActors]
  const from = ids.indexOf(doc.actor)
  if (from === -1) return healed.save()
  const tableOf = (plan: Plan): number => replica.schema.tableOf.get(plan)!
  absorb(replica, reissueFrame(frame, {
    from,
    above,
    counted(plan, keys, place) {
      // The other end of a pair is another index in the old replica.
      const to = old.replica.actors.indices.get(ids[place % 2 ** 20]!)!
      return counted.at(tableOf(plan), keys, to)
    },
  }))
  return healed.save()
}
