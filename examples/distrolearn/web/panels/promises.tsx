// The invariants: what must hold whatever is broken.

import type { VNode } from 'preact'
import { invariants } from '../store.ts'
import { Panel } from './panel.tsx'

export const Promises = (): VNode => {
  // A broken one comes first, wherever it stands in the list.
  const ordered = [...invariants.value.filter(({ holds }) => !holds), ...invariants.value.filter(({ holds }) => holds)]
  return (
    <Panel id="promises" title="Promises" hint="checked all the time">
      <ul class="scroll" tabIndex={0} aria-label="promises">
        {invariants.value.length === 0 && <li class="quiet">Not checked yet.</li>}
        {ordered.map(({ name, holds, detail }) => (
          <li key={name} class={holds ? 'holds' : 'broken'} title={detail}>
            <span class="mark" aria-hidden="true">
              {holds ? '✔' : '✘'}
            </span>
            <span>
              <span class="sr">{holds ? 'holds: ' : 'broken: '}</span>
              {name}
              {detail !== '' && <small class="detail"> {detail}</small>}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
