/** What a saga has to do with other sagas: children it starts, waits for and undoes, a parent that may undo it, and locks it queues for. */
import { asError, toError, toFailure } from './core/failure.ts'
import { encodeBounded } from './core/payload.ts'
import type { Step } from './core/state.ts'
import { LockBusy, SagaCancelled } from './ground/errors.ts'
import type { Letter } from './ground/log.ts'
import type { Life } from './life.ts'
import type { Waits } from './waits.ts'

type FromChild = Extract<Letter, { kind: 'child' }>

export interface Children {
  /** Something has to be said to the store before this process may let go. */
  busy(): boolean
  /** Steps whose child has been told, in this life, to undo itself. */
  readonly undoing: ReadonlySet<number>
  /** The intent of step `ord` is on its way to the log. */
  expect(ord: number): void
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
  /** This saga has come to the head of the queue for a lock. */
  locked(name: string): void
  /** The store has said whether the lock that step `ord` queued for is held. */
  queued(ord: number): void
}

const AGAIN_MS = 1_000

/** A child's id: the same in every life of the parent. */
export const childId = (id: string, name: string): string => `${id}/${name}`

export function createChildren(life: Life, waits: () => Waits): Children {
  const { house, journal, asks, row, id, definition } = life
  const pending = new Set<number>()
  const undoing = new Set<number>()

  const stepAt = (ord: number): Step => journal.state.steps[ord] as Step

  function settle(ord: number): void {
    pending.delete(ord)
    // Now there may be nothing to do here but to let go.
    if (life.live) journal.touch()
  }

  /** Says it until the store has heard it: a parent that let go before would wait for ever. */
  function insist(ord: number, say: () => Promise<void>): void {
    pending.add(ord)
    life.whenFresh(() => void say().then(() => settle(ord), (error: unknown) => {
      house.events.emit({ type: 'store-failed', error: asError(error) })
      house.clock.after(AGAIN_MS, () => insist(ord, say))
    }))
  }

  function start(ord: number): void {
    const step = stepAt(ord)
    const child = asks.get(step.name)?.child
    if (child === undefined || step.outcome !== undefined || journal.state.direction === 'back') return settle(ord)
    let input: string
    try {
      input = encodeBounded(house.codec, child.input, `the input of child '${step.name}'`, house.maxPayloadBytes)
      house.check(child.definition)
    } catch (error) {
      waits().refuse(ord, error as Error)
      return settle(ord)
    }
    insist(ord, () => house.startChild(child.definition, childId(id, step.name), input, { id, ord }))
  }

  function undo(ord: number): void {
    const step = stepAt(ord)
    const tell = (): void => insist(ord, async () => {
      const answer = await house.tell(childId(id, step.name), { kind: 'undo', reason: `undone with '${id}'` })
      // It was undone before, or never began: either way nothing is left of it.
      if (answer === 'gone' && life.live && stepAt(ord).phase !== 'undone') undone(ord)
    })
    undoing.add(ord)
    pending.add(ord)
    if (step.phase === 'undoing') tell()
    else journal.record({ kind: 'undo-intent', ord }, tell)
  }

  function undone(ord: number): void {
    undoing.delete(ord)
    journal.record({ kind: 'undone', ord })
    life.pump()
  }

  function heard(letter: FromChild): void {
    const step = journal.state.steps[letter.ord]
    if (step === undefined || step.phase === 'undone') return
    if (journal.state.direction === 'back') {
      if (letter.state === 'compensated') return undone(step.ord)
      undoing.delete(step.ord)
      if (letter.state === 'stuck') life.stick(step.ord, toError(letter.error ?? toFailure(new Error(`child '${step.name}' cannot be undone`))))
    } else if (step.outcome === undefined && letter.state !== 'stuck') {
      if (letter.state === 'completed') waits().fulfil(step.ord, letter.value ?? house.codec.encode(undefined))
      else waits().refuse(step.ord, toError(letter.error ?? toFailure(new Error(`child '${step.name}' was undone`))))
    }
  }

  function undoMe(reason: string): void {
    const { state } = journal
    if (row.parent === undefined) return
    const { id: to, ord } = row.parent
    const answer = (how: 'compensated' | 'stuck', why?: string): void => journal.post(to, { kind: 'child', ord, state: how, ...(why === undefined ? {} : { error: toFailure(new Error(why)) }) })
    if (state.ended === 'compensated') return answer('compensated')
    if (state.pivoted) return answer('stuck', `child saga '${definition.name}' (${id}) is past its pivot and cannot be undone; look at it, then resolve this step`)
    if (state.ended === 'completed') journal.record({ kind: 'back', cause: toFailure(new SagaCancelled(reason)) })
    else life.cancel(new SagaCancelled(reason))
  }

  return {
    busy: () => pending.size > 0,
    undoing, start, undo, heard, undoMe,
    expect: (ord) => void pending.add(ord),
    tellParent(state) {
      if (row.parent === undefined) return
      const { id: to, ord } = row.parent
      const { cause } = journal.state
      journal.post(to, { kind: 'child', ord, state, ...(state === 'completed' ? { value: journal.outcome as string } : cause === undefined ? {} : { error: cause }) })
    },
    locked(name) {
      journal.held.add(name)
      const step = journal.state.steps.find((each) => each.type === 'lock' && each.name === name && each.outcome === undefined)
      if (step !== undefined && journal.state.direction === 'forward') waits().fulfil(step.ord, house.codec.encode(undefined))
    },
    queued(ord) {
      const step = stepAt(ord)
      settle(ord)
      if (step.outcome !== undefined || journal.state.direction === 'back') return
      if (journal.held.has(step.name)) waits().fulfil(ord, house.codec.encode(undefined))
      else if (asks.get(step.name)?.refuse === true) waits().refuse(ord, new LockBusy(step.name))
    },
  }
}
