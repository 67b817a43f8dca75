/**
 * Metrics of a clock for OpenTelemetry: drift, lead, refusals. The meter is taken by its shape, so nothing of OpenTelemetry is loaded.
 *
 * | metric | kind | unit | attributes |
 * |---|---|---|---|
 * | `hlc.drift` | histogram: how far remote stamps are ahead of the wall clock here (negative: behind) | ms | |
 * | `hlc.lead` | gauge: how far hybrid time is ahead of the wall clock here | ms | |
 * | `hlc.refused` | counter of remote stamps that were too far ahead | | `hlc.remote` |
 * | `hlc.events` | counter of what the clock told (`conflict`, `lead`, `forward`, `backward`, `suspended`, `save-failed`) | | `hlc.event` |
 * @module
 */
export { meterClock } from '../metered.ts'
export type { Counter, Histogram, Meter, MeteredClock, MeterOptions, ObservableGauge } from '../metered.ts'
