import type * as CampaignModule from '../../../examples/distrolearn/src/sim/campaign/campaign.ts'
import { simulated } from '../campaign.ts'
import type { Campaign, Load } from '../campaign.ts'

/** The example's own campaigns: a system where the packages are together. Each run is that of many machines, so there are fewer of them. */
export async function distrolearn(load: Load): Promise<readonly Campaign[]> {
  const campaigns = await load<typeof CampaignModule>('distrolearn/src/sim/campaign/campaign.ts')
  const campaign = (name: string, { options, faults }: ReturnType<typeof campaigns.regions>, share: number): Campaign => simulated(`distrolearn/${name}`, options, { share, faults })
  /** One long run: a week where thousands of seeds are asked for, a day where hundreds, else an hour. */
  const long = (seeds: number): Campaign => campaign('long', campaigns.long(seeds >= 1_000 ? 7 : seeds >= 100 ? 1 : 1 / 24), 0)
  return [
    campaign('rush', campaigns.rush(), 0.05),
    campaign('regions', campaigns.regions(), 0.05),
    { name: 'distrolearn/long', run: (settings) => long(settings.seeds).run({ ...settings, seeds: 1 }) },
  ]
}
