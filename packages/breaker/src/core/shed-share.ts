/**
 * The share of calls to shed on the client's side: max(0, (requests - k accepts) / (requests + 1)), from the SRE book. `requests` may be
 * below 0 for a while, where calls were taken back that had begun before the window.
 */
export function shedShare(requests: number, accepts: number, k: number): number {
  const unanswered = requests - k * accepts
  return unanswered > 0 ? unanswered / (requests + 1) : 0
}
