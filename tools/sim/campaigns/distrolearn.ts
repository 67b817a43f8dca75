import type * as CampaignModule from '../../../examples/distrolearn/src/sim/campaign/campaign.ts'
import { simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'

/** The example's own campaigns: a system where the packages are together. Each run is that of many machines, so there are fewer of them. */
export async function distrolearn(load: Load): Promise<readonly Campaign[]> {
  const campaigns = await load<typeof CampaignModule>('distrolearn/src/sim/campaign/campaign.ts')
  return (['rush', 'regions'] as const).map((name) => {
    const { options, faults } = campaigns[name]()
    return simulated(`distrolearn/${name}`, options, { share: 0.05, faults })
  })
}
