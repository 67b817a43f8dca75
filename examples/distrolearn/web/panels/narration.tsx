// What just happened, one sentence each, newest on top.

import type { VNode } from 'preact'
import { lines, nowMs } from '../store.ts'
import { titles, whole } from '../words.ts'
import { Panel } from './panel.tsx'

const ago = (ms: number): string => (ms < 1500 ? 'now' : ms < 99_500 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`)

export const Narration = (): VNode => (
  <Panel id="narration" title="What is happening" hint="newest first">
    <div class="scroll" role="log" aria-label="what is happening" tabIndex={0}>
      <ol>
        {lines.value.length === 0 && <li class="quiet">Nothing worth telling yet.</li>}
        {lines.value.map((line) => (
          <li key={line.sequence}>
            <span class="figure when" aria-hidden="true">
              {ago(nowMs.value - line.atMs)}
            </span>
            <span>
              {line.region !== 'world' && <b>{titles[line.region]}: </b>}
              {line.text}
              {line.more > 0 && <span class="more figure"> +{whole(line.more)} alike</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  </Panel>
)
