// Promise: what a saga does is told in the demo's one stream of events.

import type { SagaEvent } from '@distrokit/saga'
import type { Emit } from '../telemetry/events.ts'

export function tellSaga(event: SagaEvent, emit: Emit): void {
  switch (event.type) {
    case 'started':
      return emit({ type: 'saga', id: event.id, name: event.saga, state: 'running' })
    case 'recovered':
      return emit({ type: 'saga', id: event.id, name: event.saga, state: 'running', recovered: true })
    case 'waiting':
    case 'compensating':
    case 'completed':
    case 'compensated':
    case 'stuck':
      return emit({ type: 'saga', id: event.id, name: event.saga, state: event.type })
    case 'step-started':
      return emit({ type: 'saga-step', id: event.id, name: event.saga, step: event.step, state: 'running' })
    case 'step-done':
    case 'step-late':
      return emit({ type: 'saga-step', id: event.id, name: event.saga, step: event.step, state: 'done' })
    case 'undo-started':
      return emit({ type: 'saga-step', id: event.id, name: event.saga, step: event.step, state: 'undoing' })
    case 'undone':
      return emit({ type: 'saga-step', id: event.id, name: event.saga, step: event.step, state: 'undone' })
    case 'step-failed':
    case 'undo-failed':
      return emit({ type: 'saga-step', id: event.id, name: event.saga, step: event.step, state: 'failed', error: event.error.message })
  }
}
