/** What a saga has to do with other sagas: children it starts, waits for and undoes, a parent that may undo it, and locks it queues for. */
import { toError, toFailure } from './core/failure.ts'
import { encodeBounded } from './core/payload.ts'
import type { Step } from './core/state.ts'
import { LockBusy, SagaCancelled } from './ground/errors.ts'
import type { Letter } from './ground/log.ts'
import type { Life } from './life.ts'
import type { Waits } from './waits.ts'

type FromChild = Extract<Letter, { kind: 'child' }>

export interface Children {
  /** Starts the child of step `ord`, once. */
  start(ord: number): void
  /** Undoes the child of step `ord`: cancels it if it runs, turns it back if it completed. */
  undo(ord: number): void
  /** A child ended, or cannot be undone. */
  heard(letter: FromChild): void
  /** The parent takes this saga back, though it may have completed. */
  undoMe(reason: string): void
  /** Tells the parent how this saga ended. */
  tellParent(state: 'completed' | 'compensated'): void
  /** This saga is at the head of the queue for a lock, or may be. */
  locked(name: string): void
  /** After a commit that joined a queue: whether the lock is already there. */
  queued(ord: number): void
}

export const childId = (id: string, name: string): string => `${id}/${name}`

export function createChildren(life: Life, waits: () => Waits): Children {
  const { house, journal, asks, row, id, definition } = life

  function start(ord: number): void {
    life.whenFresh(() => {
      const step = journal.state.steps[ord] as Step
      const asked = asks.get(step.name)
      if (asked?.child === undefined || step.outcome !== undefined || journal.state.direction === 'back') return
      let input: string
      try {
        input = encodeBounded(house.codec, asked.child.input, `the input of child '${step.name}'`, house.maxPayloadBytes)
      } catch (error) {
        journal.record({ kind: 'failed', ord, error: toFailure(error), nothing: true })
        return asked.reject(error as Error)
      }
      // Not told: the store failed. The lease runs out or the next life asks again; the child's id makes it one child.
      void house.startChild(asked.child.definition, childId(id, step.name), input, { id, ord }).catch((error: unknown) => {
        house.events.emit({ type: 'store-failed', error: error instanceof Error ? error : new Error(String(error)) })
        house.clock.after(1_000, () => life.live && start(ord))
      })
    })
  }

  function undo(ord: number): void {
    const step = journal.state.steps[ord] as Step
    const tell = (): void => life.whenFresh(() => {
      void house.tell(childId(id, step.name), { kind: 'undo', reason: `undone with '${id}'` }).then((state) => {
        if (!life.live || journal.state.steps[ord]?.phase === 'undone') return
        // It was undone before, or never began: either way nothing is left of it.
        if (state === 'gone') {
          journal.record({ kind: 'undone', ord })
          life.pump()
        }
      }, () => house.clock.after(1_000, () => life.live && tell()))
    })
    if (step.phase === 'undoing') tell()
    else journal.record({ kind: 'undo-intent', ord }, tell)
  }

  function heard(letter: FromChild): void {
    const step = journal.state.steps[letter.ord]
    if (step === undefined || step.phase === 'undone') return
    if (journal.state.direction === 'back') {
      if (letter.state === 'compensated') journal.record({ kind: 'undone', ord: step.ord })
      if (letter.state === 'stuck') life.stick(step.ord, toError(letter.error ?? toFailure(new Error(`child '${step.name}' cannot be undone`))))
      return
    }
    const asked = asks.get(step.name)
    if (step.outcome !== undefined || letter.state === 'stuck') return
    if (letter.state === 'completed') {
      const value = letter.value ?? house.codec.encode(undefined)
      journal.record({ kind: 'done', ord: step.ord, value })
      asked?.resolve(house.codec.decode(value))
    } else {
      const error = letter.error ?? toFailure(new Error(`child '${step.name}' was undone`))
      journal.record({ kind: 'failed', ord: step.ord, error, nothing: true })
      asked?.reject(toError(error))
    }
  }

  function undoMe(reason: string): void {
    const { state } = journal
    if (row.parent === undefined) return
    const { id: to, ord } = row.parent
    const answer = (how: 'compensated' | 'stuck', why?: string): void => journal.post(to, { kind: 'child', ord, state: how, ...(why === undefined ? {} : { error: toFailure(new Error(why)) }) })
    if (state.ended === 'compensated') return answer('compensated')
    if (state.pivoted) return answer('stuck', `child saga '${definition.name}' (${id}) is past its pivot and cannot be undone; look at it, then resolve this step`)
    if (state.direction === 'back') return
    if (state.ended === 'completed') journal.record({ kind: 'back', cause: toFailure(new SagaCancelled(reason)) })
    else life.cancel(new SagaCancelled(reason))
  }

  return {
    start, undo, heard, undoMe,
    tellParent(state) {
      if (row.parent === undefined) return
      const { id: to, ord } = row.parent
      const { cause } = journal.state
      journal.post(to, { kind: 'child', ord, state, ...(state === 'completed' ? { value: journal.outcome as string } : cause === undefined ? {} : { error: cause }) })
    },
    locked(name) {
      const step = journal.state.steps.find((each) => each.type === 'lock' && each.name === name && each.outcome === undefined)
      const asked = step && asks.get(step.name)
      if (step !== undefined && asked !== undefined && journal.state.direction === 'forward') waits().fulfil(asked, step.ord, house.codec.encode(undefined))
      else journal.held.add(name)
    },
    queued(ord) {
      const step = journal.state.steps[ord] as Step
      const asked = asks.get(step.name)
      const { name } = step
      if (asked === undefined || step.outcome !== undefined || journal.state.direction === 'back') return
      if (journal.held.has(name)) waits().fulfil(asked, ord, house.codec.encode(undefined))
      else if (asked.refuse === true) {
        const error = toFailure(new LockBusy(name))
        journal.record({ kind: 'failed', ord, error, nothing: true })
        asked.reject(toError(error))
      }
    },
  }
}
