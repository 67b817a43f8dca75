// Promise: what a run of the demo stands on, and all of it: real processes, or a simulated world. The run itself does not know which.

import type { Outside } from '../cohort/learner.ts'
import type { ProviderName, Providers } from './providers.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'

export interface Platform {
  readonly mode: 'processes' | 'simulated'
  /** Where learners live, and the run itself. */
  readonly outside: Outside
  /** Milliseconds that nobody's wall clock bends. */
  readonly trueTime: () => number
  /** A key of this run, the same each time for the same name. */
  secret(name: string): string
  /** Lets the regions reach the outside providers; gives their addresses. */
  serve(providers: Providers): Promise<Readonly<Record<ProviderName, string>>>
  startRegions(options: SupervisorOptions): Promise<Supervisor>
  close(): Promise<void>
}
