/**
 * For tests of what uses a limiter and of what a limiter uses: a clock that moves when you say so, the specification to compare with,
 * and the suite that every store has to pass.
 */
export { memoryBackend } from '../testing/backend.ts'
export { manualClock, type ManualClock } from '../testing/clock.ts'
export { compareWithModel, type DifferentialOptions, type DifferentialResult } from '../testing/differential.ts'
export { readAccessLog, simulate, type KeyOutcome, type LogEntry, type SimulationResult } from '../testing/simulate.ts'
export { bigintModel, type Model } from '../testing/model.ts'
export { storeSuite, type StoreCheck, type StoreSuiteOptions } from '../testing/suite.ts'
