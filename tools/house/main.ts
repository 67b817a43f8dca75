/** `node tools/house/main.ts [--list] [rule …]`: the habits of the house as a check; exits 1 when one is broken. */
import { fileURLToPath } from 'node:url'
import { readHouse } from './disk.ts'
import { report } from './report.ts'
import { inspect, rules } from './rules.ts'

const words = process.argv.slice(2)
if (words.includes('--list')) {
  for (const rule of rules) console.log(`${rule.name.padEnd(14)}${rule.promise}`)
} else {
  const unknown = words.filter((word) => !rules.some((rule) => rule.name === word))
  if (unknown.length > 0) throw new Error(`No rule is called ${unknown.join(', ')}. There are: ${rules.map((rule) => rule.name).join(', ')}.`)
  const chosen = words.length === 0 ? rules : rules.filter((rule) => words.includes(rule.name))
  const house = readHouse(fileURLToPath(new URL('../..', import.meta.url)))
  const violations = inspect(house, chosen)
  if (violations.length > 0) console.log(`${report(violations)}\n`)
  console.log(`${chosen.length} rules, ${house.sources.length} source files, ${violations.length} violations`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
