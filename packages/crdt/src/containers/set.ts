/** Sets in documents. They differ in one question: what holds when one replica adds what another removes at the same time. */
import { clearNode } from '../core/branch.ts'
import { drop, put, type EntriesNode } from '../core/entries.ts'
import { entriesKind, isMember } from '../core/entries-kind.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Form, Type } from '../core/schema.ts'
import { checkScalar, compareScalars } from '../core/value.ts'
import { MAX_KEY_LENGTH } from '../ground/defaults.ts'
import type { GrowOnlySetDraft, SetDraft } from '../ground/drafts.ts'
import type { Scalar } from '../ground/types.ts'

/** An add-wins set: an addition survives a removal that has not seen it. Leaves no tombstones. */
export function set<T extends Scalar = string>(): Type<readonly T[], SetDraft<T>> {
  return typeOf('set', 'An element is in while an addition stands that no removal has seen.')
}

/** A remove-wins set: a removal beats an addition that has not seen it, as for revoked rights. Remembers what was removed until it is added again. */
export function removeWinsSet<T extends Scalar = string>(): Type<readonly T[], SetDraft<T>> {
  return typeOf('removeWinsSet', 'An element is in if an addition stands and no removal does.')
}

/** A set that only grows. The cheapest, for facts that stay true. */
export function growOnlySet<T extends Scalar = string>(): Type<readonly T[], GrowOnlySetDraft<T>> {
  return typeOf('growOnlySet', 'An element is in once anybody has added it.')
}

const typeOf = (form: Form, rule: string): Type<never, never> => ({ form, rule, kind: entriesKind, draft: (node, desk) => setDraft(node as EntriesNode, form, desk) })

function setDraft(node: EntriesNode, form: Form, desk: Desk): SetDraft<Scalar> {
  const has = (element: Scalar): boolean => isMember(node.entries.get(element))
  const members = (): Scalar[] => [...node.entries.keys()].filter(has).sort(compareScalars)
  const remove = (element: Scalar): boolean => {
    const edit = desk.edit ?? outside()
    if (form === 'set') return drop(node, checkScalar(element), edit)
    if (form === 'growOnlySet') throw new TypeError('A grow-only set cannot remove. Use s.set().')
    if (!has(checkScalar(element))) return false
    put(node, element, false, edit, false)
    return true
  }
  return {
    get size() { return form === 'set' ? node.entries.size : members().length },
    has,
    add: ((element) => {
      const edit = desk.edit ?? outside()
      // As in maps: an element that is plainly good takes no call.
      if (!(typeof element === 'string' && element.length <= MAX_KEY_LENGTH && element.isWellFormed())) checkScalar(element)
      if (form !== 'growOnlySet' || !node.entries.has(element)) put(node, element, true, edit, false)
    }),
    delete: remove,
    clear: () => clearNode(node, desk.edit ?? outside()),
    [Symbol.iterator]: () => members().values(),
  }
}
