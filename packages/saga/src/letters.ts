/** What is said to a saga from outside, as it takes effect: each letter becomes entries, in the commit that forgets it. */
import type { Children } from './children.ts'
import { SagaCancelled } from './ground/errors.ts'
import type { Letter } from './ground/log.ts'
import type { Life } from './life.ts'
import type { Waits } from './waits.ts'

export function takeEffect(letter: Letter, life: Life, waits: Waits, children: Children): void {
  const { journal, house } = life
  const { state } = journal
  switch (letter.kind) {
    case 'signal':
      if (state.signals.length >= house.maxSteps) return journal.record({ kind: 'note', text: `signal '${letter.name}' dropped: ${house.maxSteps} are waiting to be asked for` })
      journal.record({ kind: 'signal', name: letter.name, value: letter.value }, life.report({ type: 'signalled', signal: letter.name }))
      return waits.heed(letter.name)
    case 'cancel':
      return state.ended === undefined && state.direction === 'forward' ? life.cancel(new SagaCancelled(letter.reason)) : undefined
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
