import type { Campaign, Load } from './campaign.ts'
import { breaker } from './campaigns/breaker.ts'
import { crdt } from './campaigns/crdt.ts'
import { distrolearn } from './campaigns/distrolearn.ts'
import { hlc } from './campaigns/hlc.ts'
import { ratelimit } from './campaigns/ratelimit.ts'
import { saga } from './campaigns/saga.ts'

/** The campaigns of each package, and of the example that composes them. */
export const subjects: Readonly<Record<string, (load: Load) => Promise<readonly Campaign[]>>> = { hlc, ratelimit, breaker, saga, crdt, distrolearn }
