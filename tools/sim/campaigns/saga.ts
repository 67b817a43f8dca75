import type { Campaign, Load } from '../campaign.ts'

export async function saga(_load: Load): Promise<readonly Campaign[]> {
  return []
}
