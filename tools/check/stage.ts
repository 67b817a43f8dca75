/** What one stage of the check found. */
export interface Verdict {
  readonly ok: boolean
  /** Shown when the stage failed. */
  readonly output: string
  /** Shown always: a table worth reading. */
  readonly table?: string
}

export interface Stage {
  readonly name: string
  readonly heading: string
  run(): Promise<Verdict>
}

/** Runs stages in order, all of them, and prints each with its time. Resolves to how many failed. */
export async function runStages(stages: readonly Stage[], print: (line: string) => void, now: () => number): Promise<number> {
  let failed = 0
  for (const { heading, run } of stages) {
    const start = now()
    const verdict = await run().catch((error: unknown): Verdict => ({ ok: false, output: wordsOf(error) }))
    const seconds = ((now() - start) / 1000).toFixed(1)
    print(`${verdict.ok ? 'ok   ' : 'FAIL '} ${heading} (${seconds} s)`)
    if (verdict.table !== undefined) print(indent(verdict.table))
    if (!verdict.ok) {
      failed += 1
      print(`${indent(verdict.output)}\n`)
    }
  }
  print(`${stages.length - failed} passed, ${failed} failed`)
  return failed
}

/** The stages of these names, in the order of the list; throws on a name that no stage has. */
export function choose(stages: readonly Stage[], names: readonly string[]): readonly Stage[] {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name))
  if (unknown.length > 0) throw new RangeError(`no stage is called ${unknown.join(', ')}; there are: ${stages.map(({ name }) => name).join(', ')}`)
  return names.length === 0 ? stages : stages.filter(({ name }) => names.includes(name))
}

/** An error that a stage throws on purpose speaks for itself; any other is a fault of the check, and its stack says where. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.constructor === Error ? error.message : error.stack ?? error.message
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '      ')
}
