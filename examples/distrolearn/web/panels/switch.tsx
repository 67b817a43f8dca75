// Every switch asks the world and shows what the world confirmed; in between it shows what was asked.

import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import type { Control } from '../../src/world/control.ts'
import { send } from '../connection.ts'

/** The last refusal, for the switches' status line. */
export const trouble = signal('')

/** Works a switch. A refusal ends up in the status line, and the next success clears it. */
export const work = (message: Control): void => {
  void send(message).then((refusal) => {
    trouble.value = refusal ?? ''
  })
}

export interface ToggleProps {
  readonly name: string
  readonly on: boolean
  readonly message: (on: boolean) => Control
}

export const Toggle = ({ name, on, message }: ToggleProps): VNode => (
  <button type="button" class="toggle" aria-pressed={on} onClick={() => work(message(!on))}>
    {name}
  </button>
)

export const Push = ({ name, label, message }: { readonly name: string; readonly label?: string; readonly message: Control }): VNode => (
  <button type="button" aria-label={label} onClick={() => work(message)}>
    {name}
  </button>
)
