// Sagas as rows under the names of their steps: done steps are full, a failed one is crossed, undone ones are hollow again.

import type { VNode } from 'preact'
import { maxLive, type SagaView, type StepView } from '../../src/board/sagas.ts'
import type { SagaStepState } from '../../src/telemetry/events.ts'
import { sagas } from '../store.ts'
import { whole } from '../words.ts'

type Shown = SagaStepState | 'ahead' | 'retrying'
const glyphs: Readonly<Record<Shown, string>> = {
  ahead: '',
  retrying: '↻',
  running: '▸',
  done: '✓',
  failed: '✕',
  undoing: '◂',
  undone: '↺',
}

/** `enrol/AAA-2013J/28400/1` is the first try of learner 28400. */
const shortId = (id: string): string => {
  const parts = id.split('/')
  const [learner, attempt] = parts.slice(-2)
  return parts.length < 3 ? id.slice(-14) : attempt === '1' ? (learner ?? id) : `${learner} #${attempt}`
}

const Step = ({ name, step, over }: { readonly name: string; readonly step: StepView | undefined; readonly over: boolean }): VNode => {
  // A saga that goes on after a step has failed is going to try that step again.
  const state: Shown = step === undefined ? 'ahead' : step.state === 'failed' && !over ? 'retrying' : step.state
  const told = state === 'ahead' ? (over ? 'never begun' : 'still to come') : state === 'retrying' ? 'failed, will be tried again' : state
  return (
    <li
      class={`step ${state}${over && state === 'ahead' ? ' never' : ''}`}
      title={`${name}: ${told}${step?.error === undefined ? '' : `, ${step.error}`}`}
    >
      <span aria-hidden="true">{glyphs[state]}</span>
      <span class="sr">
        {name}: {told}
      </span>
    </li>
  )
}

const Row = ({ saga, plan }: { readonly saga: SagaView; readonly plan: readonly string[] }): VNode => (
  <li class="saga" title={saga.id}>
    <p class="who figure">{shortId(saga.id)}</p>
    <ol class="steps">
      {plan.map((name) => (
        <Step
          key={name}
          name={name}
          step={saga.steps.find((one) => one.step === name)}
          over={saga.state !== 'running' && saga.state !== 'waiting'}
        />
      ))}
    </ol>
    <p class={`outcome ${saga.state}`}>
      {saga.state}
      {saga.recovered && <span title="taken over from a process that died"> ↻</span>}
      {saga.recovered && <span class="sr">, recovered</span>}
    </p>
  </li>
)

const Kind = ({
  name,
  plan,
  rows,
}: {
  readonly name: string
  readonly plan: readonly string[]
  readonly rows: readonly SagaView[]
}): VNode => (
  <section aria-label={`sagas: ${name}`}>
    <div class="saga heads">
      <h3>{name}</h3>
      <ol class="steps" aria-hidden="true">
        {plan.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
    <ul>
      {rows.map((saga) => (
        <Row key={saga.id} saga={saga} plan={plan} />
      ))}
    </ul>
  </section>
)

/** The most that a panel of this height can be read for. */
const maxRows = 24

export const Sagas = (): VNode => {
  const { live, ended, plans, counts } = sagas.value
  const rows = [...live.toReversed(), ...ended].slice(0, maxRows)
  const kinds = Object.entries(plans).map(([name, plan]) => ({ name, plan, rows: rows.filter((saga) => saga.name === name) }))
  return (
    <>
      <p class="counts">
        <b class="figure">{`${live.length}${live.length < maxLive ? '' : '+'}`}</b> under way ·{' '}
        <b class="figure good">{whole(counts.completed)}</b> completed · <b class="figure warn">{whole(counts.compensated)}</b> compensated
        {counts.recovered > 0 && (
          <>
            {' '}
            · <b class="figure">{whole(counts.recovered)}</b> recovered
          </>
        )}
        {counts.stuck > 0 && (
          <>
            {' '}
            · <b class="figure bad">{whole(counts.stuck)}</b> stuck
          </>
        )}
      </p>
      {rows.length === 0 && <p class="quiet">No enrolment yet. Each is one saga: seat, charge, access, roster, notice.</p>}
      {kinds.map((kind) => kind.rows.length > 0 && <Kind key={kind.name} {...kind} />)}
    </>
  )
}
