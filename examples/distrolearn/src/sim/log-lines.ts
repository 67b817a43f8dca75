// Promise: a simulated region's log is a file like any other, written at once, for a simulation may not wait for the machine.

import { appendFileSync } from 'node:fs'
import type { LogSink } from '../telemetry/log.ts'

export function logLines(path: string): LogSink {
  return { write: (line) => appendFileSync(path, line), close: async () => undefined }
}
