/**
 * Documents and the parts of `s` one by one, for bundles that should hold only what a schema names: `record({ votes: counter() })` is `s.doc({ votes: s.counter() })`.
 * Text and lists are in `/text` and `/list`, trees in `/tree`.
 * @module
 */
export { createDoc, loadDoc } from './document.ts'
export { boundedCounter, counter } from './containers/counter.ts'
export { map } from './containers/map.ts'
export { record } from './containers/record.ts'
export { multiValue, register } from './containers/register.ts'
export { growOnlySet, removeWinsSet, set } from './containers/set.ts'
