/** `node tools/readme/main.ts [word …]`: runs the examples of the READMEs whose path contains a word; exits 1 when one fails. */
import { pages } from './pages.ts'
import { runPages } from './run.ts'

const words = process.argv.slice(2)
const chosen = pages().filter(({ path }) => words.length === 0 || words.some((word) => path.includes(word)))
const outcomes = await runPages(chosen, ({ at, failure }) => {
  console.log(failure === undefined ? `ok    ${at}` : `FAIL  ${at}\n${failure.replaceAll(/^/gm, '      ')}\n`)
})
const failed = outcomes.filter(({ failure }) => failure !== undefined).length
console.log(`${outcomes.length - failed} examples ran, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
