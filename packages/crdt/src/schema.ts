/**
 * The schema: which containers a document has. It names each container by its path, so two replicas that start to use `todos` apart from each other mean the
 * same `todos` afterwards, and neither loses what it wrote.
 */
import { boundedCounter, counter } from './containers/counter.ts'
import { map, type MapBuilder } from './containers/map.ts'
import { movableList } from './containers/movable-list.ts'
import { record } from './containers/record.ts'
import { multiValue, register, type RegisterBuilder } from './containers/register.ts'
import { list, text } from './containers/sequence.ts'
import { growOnlySet, removeWinsSet, set } from './containers/set.ts'
import { tree } from './containers/tree.ts'

export interface SchemaBuilder {
  /** The root of a schema. */
  readonly doc: typeof record
  readonly record: typeof record
  readonly register: RegisterBuilder
  readonly multiValue: typeof multiValue
  readonly counter: typeof counter
  readonly boundedCounter: typeof boundedCounter
  readonly set: typeof set
  readonly removeWinsSet: typeof removeWinsSet
  readonly growOnlySet: typeof growOnlySet
  readonly map: MapBuilder
  readonly text: typeof text
  readonly list: typeof list
  readonly movableList: typeof movableList
  readonly tree: typeof tree
}

export const s: SchemaBuilder = {
  doc: record, record, register, multiValue, counter, boundedCounter, set, removeWinsSet, growOnlySet, map, text, list,
  movableList, tree,
}
