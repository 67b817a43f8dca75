// A titled room of the page. The hint says in plain words what the title's term means.

import type { ComponentChildren, VNode } from 'preact'

export interface PanelProps {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly children: ComponentChildren
}

export const Panel = ({ id, title, hint, children }: PanelProps): VNode => (
  <section class={`panel ${id}`} aria-labelledby={`${id}-title`}>
    <header>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="hint">{hint}</p>
    </header>
    {children}
  </section>
)
