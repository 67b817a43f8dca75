// One screen: the stage, what it tells, and the switches.

import type { VNode } from 'preact'
import { Inspector } from './inspector.tsx'
import { Minute } from './minute.tsx'
import { Narration } from './narration.tsx'
import { Promises } from './promises.tsx'
import { Stage } from './stage.tsx'
import { Switches } from './switches.tsx'
import { TopBar } from './top-bar.tsx'

export const App = (): VNode => (
  <>
    <TopBar />
    <main>
      <Stage />
      <div class="tellers">
        <Inspector />
        <Narration />
        <Promises />
        <Minute />
      </div>
      <Switches />
    </main>
  </>
)
