// Promise: one document holds everything that may diverge while a region is cut off, and all regions' copies become equal.

import { s } from '@distrokit/crdt'

export const courseDocument = s.doc({
  /** `course/student` → clicks on the course's pages. Concurrent increments add up. */
  activity: s.map(s.counter()),
  /** `course/student`; added by the enrolment saga, taken off by the withdrawal. Add wins over a concurrent remove. */
  roster: s.set<string>(),
  /** `learner/key` → value. The last writer wins, by hybrid logical clock. */
  preferences: s.map(s.register<string>('')),
  /** Shared course notes: concurrent insertions both stay, none is interleaved with another. */
  notes: s.text(),
})
