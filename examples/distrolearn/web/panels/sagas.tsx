// Sagas as rows of steps: done steps are full, a failed one is crossed, undone ones are hollow again.

import type { VNode } from 'preact'
import type { SagaView, StepView } from '../../src/board/sagas.ts'
import type { SagaStepState } from '../../src/telemetry/events.ts'
import { sagas } from '../store.ts'
import { whole } from '../words.ts'

const glyphs: Readonly<Record<SagaStepState | 'ahead', string>> = { ahead: '', running: '▸', done: '✓', failed: '✕', undoing: '◂', undone: '↺' }

const Step = ({ name, step }: { readonly name: string; readonly step: StepView | undefined }): VNode => {
  const state = step?.state ?? 'ahead'
  return (
    <li class={`step ${state}`} title={`${name}: ${state}${step?.error === undefined ? '' : `, ${step.error}`}`}>
      <span class="glyph" aria-hidden="true">
        {glyphs[state]}
      </span>
      <span class="name">{name}</span>
      <span class="sr">: {state === 'ahead' ? 'still to come' : state}</span>
    </li>
  )
}

const Row = ({ saga, plan }: { readonly saga: SagaView; readonly plan: readonly string[] }): VNode => {
  const ahead = plan.filter((name) => !saga.steps.some((one) => one.step === name))
  return (
    <li class={`saga ${saga.state}`}>
      <p class="who">
        <b>{saga.name}</b> <span class="figure id">{saga.id.length > 14 ? `…${saga.id.slice(-12)}` : saga.id}</span>
      </p>
      <ol class="steps">
        {saga.steps.map((step) => (
          <Step key={step.step} name={step.step} step={step} />
        ))}
        {(saga.state === 'running' || saga.state === 'waiting') && ahead.map((name) => <Step key={name} name={name} step={undefined} />)}
      </ol>
      <p class="outcome">
        {saga.state}
        {saga.recovered && <span title="taken over from a process that died"> · recovered</span>}
      </p>
    </li>
  )
}

/** The most that a panel of this height can be read for. */
const maxRows = 14

export const Sagas = (): VNode => {
  const { live, ended, plans, counts } = sagas.value
  const rows = [...live.toReversed(), ...ended].slice(0, maxRows)
  return (
    <>
      <p class="counts">
        <b class="figure">{whole(counts.started)}</b> started · <b class="figure good">{whole(counts.completed)}</b> completed · <b class="figure warn">{whole(counts.compensated)}</b> compensated
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
      {rows.length === 0 ? (
        <p class="quiet">No enrolment yet. Each is one saga: seat, charge, access, roster, notice.</p>
      ) : (
        <ul class="sagas">
          {rows.map((saga) => (
            <Row key={saga.id} saga={saga} plan={plans[saga.name] ?? []} />
          ))}
        </ul>
      )}
    </>
  )
}
