// A fault with an amount: dragging shows it, letting go sends it.

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Control } from '../../src/world/control.ts'
import { work } from './switch.tsx'

export interface SliderProps {
  readonly name: string
  readonly hint: string
  readonly max: number
  readonly step: number
  /** What the world confirmed. */
  readonly value: number
  readonly show: (value: number) => string
  readonly message: (value: number) => Control
}

export const Slider = ({ name, hint, max, step, value, show, message }: SliderProps): VNode => {
  const [dragged, setDragged] = useState<number>()
  const shown = dragged ?? value
  return (
    <label class={`slider ${shown > 0 ? 'on' : ''}`} title={hint}>
      <span>{name}</span>
      <input
        type="range"
        min={0}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={show(shown)}
        onInput={(event) => setDragged(Number(event.currentTarget.value))}
        onChange={(event) => {
          work(message(Number(event.currentTarget.value)))
          setDragged(undefined)
        }}
      />
      <output class="figure">{show(shown)}</output>
    </label>
  )
}
