/** `pnpm check [stage …]`: everything but the tests. Runs every stage, prints one line each, exits 1 when one failed. */
import { choose, runStages } from './check/stage.ts'
import { stages } from './check/stages.ts'

const names = process.argv.slice(2)
if (names.includes('--list')) {
  for (const { name, heading } of stages) console.log(`${name.padEnd(14)}${heading}`)
} else {
  const failed = await runStages(choose(stages, names), (line) => console.log(line), () => performance.now())
  process.exitCode = failed > 0 ? 1 : 0
}
