// The page's beginning: draw, then listen.

import { render } from 'preact'
import { connect } from './connection.ts'
import { App } from './panels/app.tsx'
import { startTicking } from './store.ts'

const root = document.getElementById('app')
if (root !== null) {
  render(<App />, root)
  startTicking()
  connect()
}
