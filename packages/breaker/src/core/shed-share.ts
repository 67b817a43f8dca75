/** The share of calls to shed on the client's side: max(0, (requests - k accepts) / (requests + 1)), from the SRE book. */
export function shedShare(requests: number, accepts: number, k: number): number {
  return Math.max(0, (requests - k * accepts) / (requests + 1))
}
