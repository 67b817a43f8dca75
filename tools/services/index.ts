/**
 * For suites that need a real server: `describeWith('postgres', 'the PostgreSQL store', (url) => { … })` runs them where it answers,
 * and says loudly that they are skipped where it does not. With REQUIRE_SERVICES=1 a missing server is a failing test.
 */
import { describe, it } from 'vitest'
import { areRequired, detectServices } from './detect.ts'
import type { ServiceName } from './detect.ts'

// Asked once, before vitest collects: whether a suite runs must be known when it is declared.
const services = await detectServices()

export function describeWith(service: ServiceName, name: string, body: (url: string) => void): void {
  const { title, host, port, url, greeting } = services[service]
  if (greeting.ok) {
    describe(name, () => body(url))
    return
  }
  const reason = `${title} does not answer at ${host}:${port} (${greeting.reason})`
  if (areRequired()) {
    describe(name, () => {
      it(`needs ${title}`, () => {
        throw new Error(`${reason}, and REQUIRE_SERVICES=1 says that it must. Start it, or unset REQUIRE_SERVICES to skip these suites.`)
      })
    })
    return
  }
  console.warn(`!! ${reason}: "${name}" is SKIPPED`)
  // Skipped because no server answers; the line above says so in the output of the run. The body is not even read: it may open connections.
  describe.skip(name, () => {
    it(`needs ${title}`, () => undefined)
  })
}
