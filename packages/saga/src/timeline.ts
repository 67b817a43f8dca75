/** A saga's log as a person reads it: one line for each thing that happened, with the time since the start. */
import { replay } from './core/state.ts'
import type { Entry } from './ground/log.ts'
import type { Loaded } from './ground/store.ts'

const VALUE_WIDTH = 72

/** A saga's log as plain text for a terminal. Values are shown as they are stored, cut to a line. */
export function timelineOf({ row, log }: Loaded): string {
  const names = replay(log).steps.map((step) => step.name)
  const name = (ord: number): string => names[ord] ?? `step ${ord}`
  const lines = log.flatMap(({ at, entries }) => entries.map((entry) => {
    const [mark, what, detail] = describe(entry, name)
    return `${`+${Math.round(at - row.createdAt)} ms`.padStart(12)}  ${mark} ${what}${detail === undefined ? '' : `  ${cut(detail)}`}`
  }))
  const head = `${row.name} ${row.id}  ${row.state}${row.epoch > 1 ? `, life ${row.epoch}` : ''}, since ${new Date(row.createdAt).toISOString()}`
  return [head, `${''.padStart(12)}  ○ started  ${cut(row.input)}`, ...lines].join('\n')
}

function describe(entry: Entry, name: (ord: number) => string): [mark: string, what: string, detail?: string | undefined] {
  switch (entry.kind) {
    case 'intent': return ['▸', `${entry.type === undefined ? '' : `${entry.type} `}${entry.name}${entry.pivot ? ' (pivot)' : ''}`, entry.until === undefined ? undefined : `until ${new Date(entry.until).toISOString()}`]
    case 'done': return ['✓', name(entry.ord), entry.value]
    case 'failed': return ['✗', name(entry.ord), `${entry.error.message}${entry.nothing ? ' (nothing happened)' : ''}${entry.unknown ? ' (may still happen)' : ''}`]
    case 'later': return ['…', name(entry.ord), `attempt ${entry.attempt}: ${entry.error.message}; again at ${new Date(entry.until).toISOString()}`]
    case 'late': return ['✓', `${name(entry.ord)} (too late)`, entry.value]
    case 'cancel': return ['!', 'asked to go back', entry.cause.message]
    case 'back': return ['←', 'going back', entry.cause.message]
    case 'undo-intent': return ['◂', `undo ${name(entry.ord)}`]
    case 'undone': return ['↶', name(entry.ord), entry.note]
    case 'stuck': return ['■', `stuck${entry.ord === undefined ? '' : ` at ${name(entry.ord)}`}`, entry.error.message]
    case 'retry': return ['!', 'told to try again']
    case 'signal': return ['✉', `signal ${entry.name}`, entry.value]
    case 'emit': return ['→', `message ${entry.nth} for ${entry.topic}`]
    case 'note': return ['·', entry.text]
    case 'end': return ['●', entry.state]
  }
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > VALUE_WIDTH ? `${line.slice(0, VALUE_WIDTH - 1)}…` : line
}
