import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { s } from '../src/index.ts'
import { createMessage, elements, insert, move, remove, type MovableMessage } from './model/movable-list.ts'
import { standing } from './model/sequence.ts'
import { play, program, type Model } from './model/world.ts'

const schema = s.doc({ it: s.movableList(s.register('')) })

const counting: Model<typeof schema, MovableMessage> = {
  schema,
  begin: (actor, heard) => createMessage(actor, heard),
  edit(draft, message, heard, { kind, at, to }) {
    const { length } = elements(heard)
    if (kind === 'insert') {
      const element = `${message.actor}${[...heard].flatMap(({ born }) => born.filter((name) => name.startsWith(message.actor))).length}`
      draft.it.insert(at % (length + 1), element)
      insert(message, heard, element, at % (length + 1))
    } else if (length > 0 && kind === 'move') {
      draft.it.move(at % length, to % length)
      move(message, heard, at % length, to % length)
    } else if (length > 0) {
      draft.it.delete(at % length)
      remove(message, heard, at % length)
    }
  },
  standing,
  check: (value, heard) => expect(value.it).toEqual(elements(heard)),
}

/** Clocks of which one is ahead, one slow, and one stands still. The model takes a millisecond as a thousand, as that many writes have room in one. */
function clocked(): typeof counting {
  let now = 0
  return {
    ...counting,
    begin(actor, heard) {
      now = actor === 'a' ? heard.size + 3 : actor === 'b' ? heard.size : 1
      return createMessage(actor, heard, now * 1000)
    },
    stamp: () => now,
  }
}

/** Three elements that everybody has. */
const beginning = [0, 1, 2].map((at) => ({ kind: 'insert' as const, at, to: 0, size: 0 }))

describe.each([['by count', counting], ['by clocks', clocked()]])('movable lists stamped %s against the slow model', (_name, model) => {
  it('show after every step each element where its last move put it, and none that anybody deleted', () => {
    let [ties, races, deleted, waits] = [0, 0, 0, 0]
    fc.assert(fc.property(program({ insert: 2, delete: 1, move: 6 }), (steps) => {
      const { sent, waits: here } = play(model, steps, beginning)
      const moves = sent.flatMap(({ moves, ...message }) => moves.map((one) => ({ ...one, ...message })))
      waits += here
      // Two moves of one element with one stamp were made apart; so were two of which the one with the lower stamp was made later.
      ties += moves.filter((one) => moves.some((other) => other.element === one.element && other.stamp === one.stamp && other.actor !== one.actor)).length
      races += moves.filter((one, index) => moves.slice(0, index).some((earlier) => earlier.element === one.element && earlier.stamp > one.stamp)).length
      deleted += sent.filter(({ ended }) => ended.some((element) => sent.filter((message) => message.ended.includes(element)).length > 1)).length
    }), { numRuns: 300 })
    expect(ties).toBeGreaterThan(80)
    expect(races).toBeGreaterThan(50)
    expect(deleted).toBeGreaterThan(10)
    expect(waits).toBeGreaterThan(100)
  })
})
