/** Run before the tests: says which services answer. With REQUIRE_SERVICES=1 a missing one ends the run here. */
import { areRequired, detectServices } from './detect.ts'
import { announcement } from './lines.ts'

const services = Object.values(await detectServices())
console.log(announcement(services))
const missing = services.filter(({ greeting }) => !greeting.ok)
if (missing.length > 0 && areRequired()) {
  console.error(`REQUIRE_SERVICES=1, and ${missing.map(({ title }) => title).join(' and ')} must answer. Start what is missing, or unset REQUIRE_SERVICES.`)
  process.exitCode = 1
}
