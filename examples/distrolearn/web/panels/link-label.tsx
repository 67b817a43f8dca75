// A link's label is its switch: it shows what a round trip takes, and cuts the link when pressed.

import type { Signal } from '@preact/signals'
import type { VNode } from 'preact'
import type { LinkView } from '../../src/board/links.ts'
import { faultOn, linkCut } from '../../src/board/faults.ts'
import { type Edges, labelOf } from '../draw/edges.ts'
import { faults, regions } from '../store.ts'
import { duration, titles } from '../words.ts'
import { work } from './switch.tsx'

export interface LinkState {
  readonly kind: 'open' | 'cut' | 'off'
  readonly width: number
}

export const linkState = ({ ends, roundTripMs }: LinkView): LinkState => {
  const [a, b] = ends
  const dead = [a, b].some((name) => ['killed', 'down'].includes(regions.value[name].state))
  const kind = dead ? 'off' : linkCut(faults.value, a, b) ? 'cut' : 'open'
  return { kind, width: kind === 'open' ? 1.5 + Math.min(5, Math.log2(1 + Math.max(0, roundTripMs) / 25)) : 1.5 }
}

export const LinkLabel = ({ link, edges }: { readonly link: LinkView; readonly edges: Signal<Edges> }): VNode | null => {
  const edge = edges.value[link.name]
  if (edge === undefined) return null
  const [a, b] = link.ends
  const { kind } = linkState(link)
  const cut = linkCut(faults.value, a, b)
  const { x, y } = labelOf(edge)
  const loss = faultOn(faults.value, 'loss', link.name)
  const figure = cut ? 'cut' : link.roundTripMs < 0 ? 'quiet' : duration(link.roundTripMs)
  const measured = link.roundTripMs < 0 ? 'nothing measured yet' : `round trip ${duration(link.roundTripMs)}`
  const name = cut ? `heal the link ${titles[a]} – ${titles[b]}` : `cut the link ${titles[a]} – ${titles[b]}, ${measured}`
  return (
    <button
      type="button"
      class={`link ${kind}`}
      style={{ left: `${x}px`, top: `${y}px` }}
      aria-pressed={cut}
      aria-label={name}
      title={name}
      onClick={() => work({ action: 'cut', a, b, on: !cut })}
    >
      <span class="figure">{figure}</span>
      {loss !== undefined && !cut && <span class="loss figure">{Math.round(loss.amount * 100)} % lost</span>}
      <span class="scissors" aria-hidden="true">
        ✂
      </span>
    </button>
  )
}
