import type { Service } from './detect.ts'

/** One line per service; the missing ones are loud. */
export function announcement(services: readonly Service[]): string {
  return services
    .map(({ title, host, port, greeting }) => greeting.ok
      ? `${title} answers at ${host}:${port}`
      : `!! ${title} does not answer at ${host}:${port} (${greeting.reason}): its suites are SKIPPED`)
    .join('\n')
}
