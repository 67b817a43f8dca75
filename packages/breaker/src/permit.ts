/** Leave to make one call, given by `enter()`. Settled exactly once: whatever comes after the first of these changes nothing. */
export interface Permit extends Disposable {
  /** The call went well. */
  ok(): void
  /** The call failed. */
  fail(error?: unknown): void
  /** The call says nothing about the target; a probe gives its place back. Disposing of an unsettled permit does the same. */
  ignore(): void
}
