/**
 * What must hold of the order of siblings, without a look at the positions that the package gives them. Of any two edges:
 * a writer that put one beside the other has said which comes first, and what one replica shows in an order, no other shows in another.
 */
import type { Edge, Hung, Laid } from './tree.ts'

export class Siblings {
  readonly #first = new Map<Edge, Set<Edge>>()
  readonly #strict = new Map<Edge, Set<Edge>>()
  /** How many pairs were compared with what a writer had said of them. */
  compared = 0

  /** An edge is put at an index among the others, which its writer sees in this order. */
  put(edge: Edge, others: readonly Edge[], index: number): void {
    for (const other of others.slice(0, index)) this.#say(other, edge)
    for (const other of others.slice(index)) this.#say(edge, other)
  }

  /** A replica shows these nodes; returns the siblings that contradict what is known. */
  contradictions(shown: readonly Hung[], laid: ReadonlyMap<string, Laid>): (readonly [Edge, Edge])[] {
    return [null, ...laid.keys()].flatMap((parent) => this.#among(shown.filter((one) => one.parent === parent).map(({ id }) => laid.get(id)!.edge)))
  }

  #among(shown: readonly Edge[]): (readonly [Edge, Edge])[] {
    const wrong: (readonly [Edge, Edge])[] = []
    for (const [index, a] of shown.entries()) {
      for (const b of shown.slice(index + 1)) {
        if (this.#first.get(b)?.has(a) === true) wrong.push([a, b])
        if (this.#strict.get(a)?.has(b) === true) this.compared++
        this.#note(a, b)
      }
    }
    return wrong
  }

  #say(a: Edge, b: Edge): void {
    this.#note(a, b)
    this.#strict.set(a, (this.#strict.get(a) ?? new Set()).add(b))
  }

  #note(a: Edge, b: Edge): void {
    this.#first.set(a, (this.#first.get(a) ?? new Set()).add(b))
  }
}
