/** Votes that open a fleet: the share of the nodes, rounded up, and never a single one where there are others to ask. */
export function quorumOf(nodes: number, share: number): number {
  return Math.max(Math.min(2, nodes), Math.ceil(share * nodes))
}
