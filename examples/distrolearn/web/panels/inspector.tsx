// A closer look: the sagas, or the trace of whatever was clicked.

import type { VNode } from 'preact'
import { inspectorTab, type InspectorTab } from '../store.ts'
import { Sagas } from './sagas.tsx'
import { TraceView } from './trace.tsx'

const tabs: readonly (readonly [InspectorTab, string])[] = [
  ['sagas', 'Sagas'],
  ['trace', 'Trace'],
]

const move = (event: KeyboardEvent): void => {
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return
  const other = inspectorTab.value === 'sagas' ? 'trace' : 'sagas'
  inspectorTab.value = other
  document.getElementById(`tab-${other}`)?.focus()
}

export const Inspector = (): VNode => (
  <section class="panel inspector" aria-label="a closer look">
    <header>
      <h2 class="sr">A closer look</h2>
      <div role="tablist" aria-label="a closer look" onKeyDown={move}>
        {tabs.map(([id, title]) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-controls="inspector-body"
            aria-selected={inspectorTab.value === id}
            tabIndex={inspectorTab.value === id ? 0 : -1}
            onClick={() => {
              inspectorTab.value = id
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <p class="hint">{inspectorTab.value === 'sagas' ? 'all steps, or each undone again' : 'click a dot on the stage'}</p>
    </header>
    <div id="inspector-body" role="tabpanel" aria-labelledby={`tab-${inspectorTab.value}`} tabIndex={0} class="scroll">
      {inspectorTab.value === 'sagas' ? <Sagas /> : <TraceView />}
    </div>
  </section>
)
