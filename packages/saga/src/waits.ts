/** What a saga waits for: sleeps, signals, back-offs, its deadline. One timer for all of them, by the store's time. */
import { toFailure } from './core/failure.ts'
import type { Step } from './core/state.ts'
import type { Effects } from './effects.ts'
import { DeadlinePassed, StepTimeout } from './ground/errors.ts'
import type { Timer } from './ground/types.ts'
import type { Life } from './life.ts'

export interface Waits {
  /** Sees to it that `ring` comes no later than this, in the store's time. */
  arm(until: number): void
  /** Gives a waiting `signal` the oldest letter of its name. The log has one writer, so a signal and its time-out have one winner. */
  heed(name: string): void
  /** Gives a wait what it waited for. */
  fulfil(ord: number, value: string): void
  /** Ends a wait without what it waited for; nothing has happened, so nothing has to be undone. */
  refuse(ord: number, error: Error): void
  /** Goes on with actions that have begun and are not under way. */
  resume(): void
  stop(): void
}

export function createWaits(life: Life, effects: () => Effects): Waits {
  const { house, journal, asks, row } = life
  let alarm: { readonly at: number; readonly timer: Timer } | undefined

  function arm(until: number): void {
    if (alarm !== undefined && alarm.at <= until) return
    alarm?.timer.cancel()
    alarm = { at: until, timer: house.clock.after(Math.max(0, until - house.storeTime.latest()), ring) }
  }

  /** The timer says when to ask; whether it is time, the store says. */
  function ring(): void {
    if (alarm === undefined || !life.live) return
    const { at } = alarm
    alarm = undefined
    if (house.storeTime.told >= at) look()
    else house.storeTime.whenTold(look)
  }

  function look(): void {
    if (!life.live) return
    const { state } = journal
    const now = house.storeTime.told
    const forward = state.direction === 'forward'
    if (forward && row.deadlineAt !== undefined) {
      if (row.deadlineAt <= now) life.cancel(new DeadlinePassed())
      else arm(row.deadlineAt)
    }
    for (const step of state.steps) {
      if (step.until === undefined) continue
      if (step.until > now) arm(step.until)
      else if (forward && step.outcome === undefined) due(step)
    }
    life.pump()
  }

  function due(step: Step): void {
    const asked = asks.get(step.name)
    if (asked === undefined || !asks.caughtUp() || journal.state.direction === 'back') return
    if (step.type === 'step' || step.type === 'tx') return effects().perform(step.ord)
    if (step.type === 'sleep') return fulfil(step.ord, house.codec.encode(undefined))
    if (asked.otherwise !== undefined) return fulfil(step.ord, house.codec.encode(asked.otherwise.value))
    refuse(step.ord, new StepTimeout(step.name, asked.ms ?? 0))
  }

  function fulfil(ord: number, value: string): void {
    journal.record({ kind: 'done', ord, value })
    asks.settle(journal.state.steps[ord] as Step)
  }

  function refuse(ord: number, error: Error): void {
    journal.record({ kind: 'failed', ord, error: toFailure(error), nothing: true })
    asks.settle(journal.state.steps[ord] as Step)
  }

  function heed(name: string): void {
    const { state } = journal
    const letter = state.signals.find((each) => each.name === name)
    const step = state.steps.find((each) => each.name === name && each.type === 'signal' && each.outcome === undefined)
    if (letter !== undefined && step !== undefined && state.direction === 'forward') fulfil(step.ord, letter.value)
  }

  function resume(): void {
    if (!asks.caughtUp() || journal.state.direction === 'back') return
    for (const { ord, outcome, until, type } of journal.state.steps) {
      if (outcome === undefined && until === undefined && (type === 'step' || type === 'tx')) effects().perform(ord)
    }
  }

  return { arm, heed, fulfil, refuse, resume, stop: () => alarm?.timer.cancel() }
}
