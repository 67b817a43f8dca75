import type { Campaign, Load } from '../campaign.ts'

export async function breaker(_load: Load): Promise<readonly Campaign[]> {
  return []
}
