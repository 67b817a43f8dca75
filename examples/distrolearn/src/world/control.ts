// Promise: every switch on the page is one validated message, and each is itself an event, so a run can be told again.

import { z } from 'zod'
import { regionNames } from '../ground/regions.ts'

const region = z.enum(regionNames)

export const controlSchema = z.discriminatedUnion('action', [
  /** One-way delay between two regions (or all links), milliseconds. */
  z.object({ action: z.literal('latency'), from: region.optional(), to: region.optional(), latencyMs: z.number().min(0).max(10_000) }),
  /** Share of messages lost between regions, 0..1. */
  z.object({ action: z.literal('loss'), from: region.optional(), to: region.optional(), share: z.number().min(0).max(1) }),
  /** Cut or heal the link between two regions, both ways. */
  z.object({ action: z.literal('cut'), a: region, b: region, on: z.boolean() }),
  /** Share of messages with a flipped byte. */
  z.object({ action: z.literal('corrupt'), share: z.number().min(0).max(1) }),
  /** Share of messages that overtake others. */
  z.object({ action: z.literal('reorder'), share: z.number().min(0).max(1) }),
  /** SIGKILL the region's process; the supervisor starts it again. */
  z.object({ action: z.literal('kill'), region }),
  /** Set a region's wall clock off by so many milliseconds. */
  z.object({ action: z.literal('skew'), region, offsetMs: z.number().min(-60_000).max(60_000) }),
  /** Every read and write of the home region's database takes so much longer. */
  z.object({ action: z.literal('slow-database'), delayMs: z.number().min(0).max(5_000) }),
  /** The outside payment provider stops answering. */
  z.object({ action: z.literal('payment-down'), on: z.boolean() }),
  z.object({ action: z.literal('notifications-down'), on: z.boolean() }),
  /** A flood of requests at one region's gateway for some seconds. */
  z.object({ action: z.literal('flood'), region, seconds: z.number().min(0).max(30) }),
  /** Set one preference of the watched learner at one region's replica. */
  z.object({ action: z.literal('preference'), region, key: z.string().min(1).max(40), value: z.string().max(80) }),
  /** Start a named scenario, as `--chaos` does. */
  z.object({ action: z.literal('scenario'), name: z.enum(['payment-dark', 'cable-cut', 'region-crash', 'clock-drift', 'black-friday']) }),
  /** All faults off. */
  z.object({ action: z.literal('heal') }),
])

export type Control = z.infer<typeof controlSchema>
