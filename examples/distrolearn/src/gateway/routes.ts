// Promise: what the gateway may ask of the region behind it, and nothing more.

import type { CatalogAnswer, CatalogPage } from '../services/catalog.ts'
import type { EnrolmentStatus } from '../sagas/enrolment.ts'
import type { ProgressRow, Submission } from '../services/progress.ts'
import type { Logger } from '../telemetry/log.ts'

export interface ProgressAnswer {
  readonly rows: readonly ProgressRow[]
  /** No write up to this stamp is missing. */
  readonly asOf: string
  /** Who answered: this region's follower, or the home region. */
  readonly from: 'follower' | 'home'
}

export interface Routes {
  enrol(request: { readonly course: string; readonly student: string; readonly card: string; readonly attempt: number }): Promise<EnrolmentStatus>
  withdraw(request: { readonly course: string; readonly student: string; readonly day: number }): Promise<EnrolmentStatus>
  saga(id: string, waitMs: number): Promise<EnrolmentStatus | undefined>
  recordProgress(submission: Submission, expectedVersion: number): Promise<ProgressRow>
  /** Never older than `token`. */
  progress(course: string, student: string, token: string): Promise<ProgressAnswer>
  addClicks(course: string, student: string, clicks: number, key: string): { readonly clicks: number }
  clicks(course: string, student: string): number
  setPreference(learner: string, key: string, value: string, requestKey: string): { readonly key: string; readonly value: string }
  preferences(learner: string): Readonly<Record<string, string>>
  note(line: string, requestKey: string): { readonly length: number }
  notes(): string
  roster(course: string): readonly string[]
  page(course: string, id: string): Promise<CatalogAnswer | undefined>
  editPage(course: string, id: string, title: string): Promise<CatalogPage | undefined>
  readonly log: Logger
}
