import type { Campaign, Load } from '../campaign.ts'

export async function crdt(_load: Load): Promise<readonly Campaign[]> {
  return []
}
