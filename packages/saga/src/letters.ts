/** What is said to a saga from outside, as it takes effect: each letter becomes entries, in the commit that forgets it. */
import type { Children } from './children.ts'
import { SagaCancelled } from './ground/errors.ts'
import type { Letter, Mail } from './ground/log.ts'
import type { Life } from './life.ts'
import type { Waits } from './waits.ts'

/** Returns the function that reads letters; those with a number that was read before are skipped. */
export function createLetters(life: Life, waits: Waits, children: Children): (mail: readonly Mail[]) => void {
  const { journal, about, house } = life
  const { events } = house
  let readUpTo = 0

  function take(letter: Letter): void {
    const { state } = journal
    switch (letter.kind) {
      case 'signal':
        if (state.signals.length >= house.maxSteps) return journal.record({ kind: 'note', text: `signal '${letter.name}' dropped: ${house.maxSteps} are waiting to be asked for` })
        journal.record({ kind: 'signal', name: letter.name, value: letter.value }, () => events.watched && events.emit({ ...about, type: 'signalled', signal: letter.name }))
        return waits.heed(letter.name)
      case 'cancel':
        if (state.ended === undefined && state.direction === 'forward') life.cancel(new SagaCancelled(letter.reason))
        return
      case 'undo': return children.undoMe(letter.reason)
      case 'retry':
        if (state.stuck === undefined) return
        journal.record({ kind: 'retry' })
        // It was not let go of since: something else was running.
        return waits.resume()
      case 'resolve': {
        const step = state.steps.find((each) => each.name === letter.step)
        if (step !== undefined && state.direction === 'back' && step.phase !== 'undone') journal.record({ kind: 'undone', ord: step.ord, note: letter.note })
        return
      }
      case 'child': return children.heard(letter)
      case 'lock': return children.locked(letter.name)
    }
  }

  return (mail) => {
    for (const { number, letter } of mail) {
      if (number <= readUpTo || !life.live) continue
      readUpTo = number
      journal.read(number)
      take(letter)
      journal.touch()
    }
    life.pump()
  }
}
