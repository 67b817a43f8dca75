/** `node tools/sizes/main.ts`: bytes of every import listed in a package's sizes.json; exits 1 when one is over its limit. Reads dist/: build first. */
import { workspacePackages } from '../workspace.ts'
import { survey, table } from './survey.ts'

const { rows, faults } = await survey(workspacePackages())
if (rows.length > 0) console.log(table(rows))
for (const fault of faults) console.error(`!! ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
