// Promise: a switch shows what the world confirmed, not what was asked of it.

import { linkName, type RegionName } from '../ground/regions.ts'
import type { FedEvent } from './fed-event.ts'

const maxFaults = 32

export interface FaultView {
  readonly fault: string
  /** A region, a link as linkName gives it, or '' for everything. */
  readonly target: string
  /** In the switch's own unit: ms or share. */
  readonly amount: number
  readonly detail: string
  readonly sinceMs: number
}

/** The faults that are on, oldest first. */
export type Faults = readonly FaultView[]

export const noFaults: Faults = []

export const reduceFaults = (faults: Faults, events: readonly FedEvent[]): Faults => {
  let result = faults
  for (const event of events) {
    if (event.type !== 'fault') continue
    const { fault, target = '', amount = 0, detail, arrivedMs: sinceMs } = event
    if (fault === 'heal') result = noFaults
    else if (event.on) result = [...without(result, fault, target), { fault, target, amount, detail, sinceMs }].slice(-maxFaults)
    else result = without(result, fault, target)
  }
  return result
}

/** Switching a fault off everywhere also ends it wherever it was on alone. */
const without = (faults: Faults, fault: string, target: string): Faults =>
  faults.filter((one) => one.fault !== fault || (target !== '' && one.target !== target))

export const faultOn = (faults: Faults, fault: string, target = ''): FaultView | undefined =>
  faults.findLast((one) => one.fault === fault && (one.target === target || one.target === ''))

export const linkCut = (faults: Faults, a: RegionName, b: RegionName): boolean => faultOn(faults, 'cut', linkName(a, b)) !== undefined
