// Three regions, what they depend on, and what travels between them.

import { useEffect, useRef } from 'preact/hooks'
import { type Signal, useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { type Box, type Edges, layOut, pathOf } from '../draw/edges.ts'
import { breakers, links, regions } from '../store.ts'
import { westToEast } from '../words.ts'
import { Dots } from './dots.tsx'
import { LinkLabel, linkState } from './link-label.tsx'
import { PreferenceCard } from './preference-card.tsx'
import { Provider, providersOf } from './provider.tsx'
import { RegionPlate } from './region-plate.tsx'

const kinds = [
  ['ok', '●', 'answered'],
  ['retried', '○', 'answered after a retry'],
  ['failed', '✕', 'failed'],
  ['refused', '□', 'refused, to protect'],
  ['gossip', '◆', 'replicas gossiping'],
] as const

const Legend = (): VNode => (
  <ul class="legend" aria-label="what the dots mean">
    {kinds.map(([kind, glyph, meaning]) => (
      <li key={kind}>
        <span class={kind} aria-hidden="true">
          {glyph}
        </span>{' '}
        {meaning}
      </li>
    ))}
  </ul>
)

/** Reads from the page where the browser has put everything, in the stage's own pixels. */
const measure = (stage: HTMLElement): Edges => {
  const origin = stage.getBoundingClientRect()
  const boxOf = (element: Element): Box => {
    const { left, top, right, bottom } = element.getBoundingClientRect()
    return { left: left - origin.left, top: top - origin.top, right: right - origin.left, bottom: bottom - origin.top }
  }
  const boxes = (name: string): Record<string, Box> =>
    Object.fromEntries(
      [...stage.querySelectorAll<HTMLElement>(`[data-${name}]`)].map((element) => [element.dataset[name] ?? '', boxOf(element)]),
    )
  const plates = boxes('plate')
  const columns = boxes('column')
  const { dublin, virginia, singapore } = plates
  if (dublin === undefined || virginia === undefined || singapore === undefined) return {}
  return layOut({
    plates: { dublin, virginia, singapore },
    columns: { dublin, virginia, singapore, ...columns },
    providers: boxes('provider'),
    width: origin.width,
  })
}

const Lines = ({ edges }: { readonly edges: Signal<Edges> }): VNode => (
  <svg class="lines" aria-hidden="true">
    {Object.entries(edges.value).map(([name, edge]) => {
      const link = links.value.find((one) => one.name === name)
      const state = link === undefined ? undefined : linkState(link)
      const kind = link === undefined ? (name.startsWith('learners') ? 'entry' : 'supply') : (state?.kind ?? '')
      return (
        <g key={name}>
          <path d={pathOf(edge)} class={`line ${kind}`} style={{ strokeWidth: state?.width ?? 1 }} />
          {kind === 'entry' && (
            <text x={edge.from.x - 15} y={edge.from.y + 8} class="entry">
              learners
            </text>
          )}
        </g>
      )
    })}
  </svg>
)

export const Stage = (): VNode => {
  const stage = useRef<HTMLDivElement>(null)
  const edges = useSignal<Edges>({})
  const providers = providersOf(breakers.value)

  useEffect(() => {
    const element = stage.current
    if (element === null) return
    const update = (): void => {
      edges.value = measure(element)
    }
    const observer = new ResizeObserver(update)
    observer.observe(element)
    for (const child of element.querySelectorAll('[data-column],[data-plate],[data-provider]')) observer.observe(child)
    update()
    return () => observer.disconnect()
  }, [providers.map(({ name }) => name).join()])

  return (
    <section class="panel stage-panel" aria-labelledby="stage-title">
      <header>
        <h2 id="stage-title">Three regions, one course</h2>
        <p class="hint">exact things live in Dublin only; the rest lives everywhere and converges</p>
        <Legend />
      </header>
      <div class="stage" ref={stage}>
        <Lines edges={edges} />
        {westToEast.map((name) => (
          <article key={name} class={`column ${name}`} data-column={name} aria-labelledby={`${name}-title`}>
            <RegionPlate view={regions.value[name]} />
            <PreferenceCard name={name} />
          </article>
        ))}
        {providers.map(({ name, breakers: rings }, index) => (
          <Provider key={name} name={name} rings={rings} place={index} />
        ))}
        {links.value.map((link) => (
          <LinkLabel key={link.name} link={link} edges={edges} />
        ))}
        <Dots edges={edges} />
      </div>
    </section>
  )
}
