import type { Campaign, Load } from '../campaign.ts'

export async function ratelimit(_load: Load): Promise<readonly Campaign[]> {
  return []
}
