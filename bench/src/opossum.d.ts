/** opossum 10 ships no types of its own; this is the part that is measured. */
declare module 'opossum' {
  export interface Options {
    readonly timeout?: number | false
    readonly errorThresholdPercentage?: number
    readonly resetTimeout?: number
    readonly volumeThreshold?: number
    readonly rollingPercentilesEnabled?: boolean
    readonly enableSnapshots?: boolean
  }

  export default class CircuitBreaker<Arguments extends unknown[], Result> {
    constructor(work: (...input: Arguments) => Promise<Result>, options?: Options)
    fire(...input: Arguments): Promise<Result>
    open(): void
    shutdown(): void
  }
}
