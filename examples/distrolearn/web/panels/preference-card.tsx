// One learner's preferences as this region's replica sees them. Fields on which the regions differ glow until the replicas have met.

import { computed } from '@preact/signals'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { linkCut } from '../../src/board/faults.ts'
import { changesBehind } from '../../src/board/lag.ts'
import { regionNames, type RegionName } from '../../src/ground/regions.ts'
import { faults, regions } from '../store.ts'
import { plural, short, titles } from '../words.ts'
import { work } from './switch.tsx'

/** Keys of the watched learner's preferences, in one order for all three cards, with those on which the regions differ. */
const fields = computed(() => {
  const cards = regionNames.map((name) => regions.value[name].status?.preferences.values).filter((values) => values !== undefined)
  const keys = [...new Set(cards.flatMap((values) => Object.keys(values)))].toSorted()
  return keys.map((key) => ({ key, differs: new Set(cards.map((values) => values[key])).size > 1 }))
})

const behind = computed(() =>
  changesBehind(
    Object.fromEntries(
      regionNames.flatMap((name) =>
        regions.value[name].status === undefined ? [] : [[name, regions.value[name].status?.replica.version ?? {}]],
      ),
    ),
  ),
)

const suggestions: Readonly<Record<string, readonly string[]>> = {
  theme: ['light', 'dark', 'sepia'],
  language: ['en', 'ga', 'zh', 'es'],
  pace: ['relaxed', 'steady', 'intense'],
  captions: ['on', 'off'],
}

const Editor = ({ name, keys }: { readonly name: RegionName; readonly keys: readonly string[] }): VNode => {
  const choices = keys.length > 0 ? keys : Object.keys(suggestions)
  const [key, setKey] = useState(choices[0] ?? 'theme')
  const [value, setValue] = useState('')
  const list = `${name}-${key}-values`
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault()
        if (value === '') return
        work({ action: 'preference', region: name, key, value })
        setValue('')
      }}
    >
      <select aria-label={`preference to set in ${titles[name]}`} value={key} onChange={(event) => setKey(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
      <input
        aria-label={`new value of ${key} in ${titles[name]}`}
        list={list}
        maxLength={80}
        placeholder="new value"
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <datalist id={list}>
        {(suggestions[key] ?? []).map((choice) => (
          <option key={choice} value={choice} />
        ))}
      </datalist>
      <button type="submit" aria-label={`set it in ${titles[name]}`} disabled={value === ''}>
        Set
      </button>
    </form>
  )
}

export const PreferenceCard = ({ name }: { readonly name: RegionName }): VNode => {
  const { status } = regions.value[name]
  const lag = behind.value[name] ?? 0
  // A few changes are always on their way; they are worth a colour where they cannot come.
  const apart = regionNames.some((other) => other !== name && linkCut(faults.value, name, other))
  const version = Object.entries(status?.replica.version ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return (
    <section class="card" data-card={name} aria-label={`preferences as ${titles[name]} sees them`}>
      <header>
        <h4>{status === undefined ? 'preferences' : `${status.preferences.learner} prefers`}</h4>
        <p class={lag > 0 && apart ? 'lag behind' : 'lag'}>
          {status === undefined ? '' : lag === 0 ? '= in step' : `${plural(lag, 'change')} behind`}
        </p>
      </header>
      <dl>
        {fields.value.slice(0, 5).map(({ key, differs }) => (
          <div key={key} class={differs ? 'differs' : ''} data-field={key} data-differs={differs}>
            <dt>{key}</dt>
            <dd>
              {status?.preferences.values[key] ?? '–'}
              {differs && <span class="sr"> (regions differ)</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p class="version" title="how many changes of each writer this replica has seen (its version vector)">
        has seen
        {version.slice(0, 4).map(([actor, count]) => (
          <span key={actor}>
            {short(actor)} <b class="figure">{count}</b>
          </span>
        ))}
        {version.length > 4 && `and ${version.length - 4} more`}
      </p>
      <Editor name={name} keys={fields.value.map(({ key }) => key)} />
    </section>
  )
}
