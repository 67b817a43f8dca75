// The switches: break it yourself.

import type { VNode } from 'preact'
import { faultOn, type Faults, linkCut } from '../../src/board/faults.ts'
import { shownSkewMs } from '../../src/board/regions.ts'
import { linkName, type RegionName } from '../../src/ground/regions.ts'
import type { Control } from '../../src/world/control.ts'
import { faults, links, regions } from '../store.ts'
import { duration, plural, signedSeconds, titles, westToEast } from '../words.ts'
import { Slider } from './slider.tsx'
import { Push, Toggle, work, trouble } from './switch.tsx'

const amount = (fault: string): number => faultOn(faults.value, fault)?.amount ?? 0
const milliseconds = (value: number): string => (value === 0 ? 'off' : `+${duration(value)}`)
const percent = (value: number): string => (value === 0 ? 'off' : `${Math.round(value * 100)} %`)

const Network = (): VNode => (
  <fieldset>
    <legend>Links</legend>
    <Slider
      name="latency"
      hint="delay each way on every link"
      max={1000}
      step={20}
      value={amount('latency')}
      show={milliseconds}
      message={(latencyMs) => ({ action: 'latency', latencyMs })}
    />
    <Slider
      name="loss"
      hint="share of messages lost between regions"
      max={0.5}
      step={0.01}
      value={amount('loss')}
      show={percent}
      message={(share) => ({ action: 'loss', share })}
    />
    <div class="row">
      {links.value.map(({ ends: [a, b] }) => (
        <Toggle
          key={linkName(a, b)}
          name={`✂ ${titles[a].slice(0, 3)}–${titles[b].slice(0, 3)}`}
          on={linkCut(faults.value, a, b)}
          message={(on) => ({ action: 'cut', a, b, on })}
        />
      ))}
    </div>
  </fieldset>
)

const skews = [-30_000, -5_000, 0, 5_000, 30_000] as const

const RegionRow = ({ name }: { readonly name: RegionName }): VNode => {
  const skewMs = shownSkewMs(regions.value[name])
  const known = (skews as readonly number[]).includes(skewMs) ? skews : [...skews, skewMs].toSorted((a, b) => a - b)
  return (
    <div class="row">
      <span class="name">{titles[name]}</span>
      <Push name="kill" label={`kill ${titles[name]}`} message={{ action: 'kill', region: name }} />
      <Push name="flood" label={`flood ${titles[name]}`} message={{ action: 'flood', region: name, seconds: 8 }} />
      <label>
        <span class="sr">skew of {titles[name]}’s clock</span>
        <select
          value={skewMs}
          class={skewMs === 0 ? '' : 'on'}
          onChange={(event) => work({ action: 'skew', region: name, offsetMs: Number(event.currentTarget.value) })}
        >
          {known.map((value) => (
            <option key={value} value={value}>
              {value === 0 ? 'clock right' : `clock ${signedSeconds(value)}`}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

const Outside = (): VNode => (
  <fieldset>
    <legend>What it depends on</legend>
    <div class="row">
      <Toggle
        name="payment down"
        on={faultOn(faults.value, 'payment-down') !== undefined}
        message={(on) => ({ action: 'payment-down', on })}
      />
      <Toggle
        name="notifications down"
        on={faultOn(faults.value, 'notifications-down') !== undefined}
        message={(on) => ({ action: 'notifications-down', on })}
      />
    </div>
    <Slider
      name="slow database"
      hint="every read and write in the home region takes so much longer"
      max={2000}
      step={50}
      value={amount('slow-database')}
      show={milliseconds}
      message={(delayMs) => ({ action: 'slow-database', delayMs })}
    />
  </fieldset>
)

type Scenario = Extract<Control, { action: 'scenario' }>['name']
const scenarios: readonly (readonly [Scenario, string])[] = [
  ['payment-dark', 'payment goes dark'],
  ['cable-cut', 'cable cut'],
  ['region-crash', 'region crash'],
  ['clock-drift', 'clock drift'],
  ['black-friday', 'black friday'],
]

const Scenarios = (): VNode => (
  <fieldset>
    <legend>Scenarios</legend>
    <div class="wrap">
      {scenarios.map(([name, title]) => (
        <Push key={name} name={title} message={{ action: 'scenario', name }} />
      ))}
    </div>
  </fieldset>
)

const told = (all: Faults): string =>
  `${plural(all.length, 'fault')} on: ${all
    .map(({ fault, target }) =>
      [
        fault.replaceAll('-', ' '),
        ...target
          .split('-')
          .filter(Boolean)
          .map((name) => titles[name as RegionName] ?? name),
      ].join(' '),
    )
    .join(', ')}`

export const Switches = (): VNode => (
  <section class="panel switches" aria-labelledby="switches-title">
    <header>
      <h2 id="switches-title">Break it</h2>
      <button type="button" class={`heal ${faults.value.length > 0 ? 'needed' : ''}`} onClick={() => work({ action: 'heal' })}>
        Heal all
      </button>
      <p class="hint">{faults.value.length === 0 ? 'every switch is real, and every fault can be taken back' : told(faults.value)}</p>
      <p class="trouble" role="status">
        {trouble.value}
      </p>
    </header>
    <div class="groups">
      <Network />
      <fieldset>
        <legend>Regions</legend>
        {westToEast.map((name) => (
          <RegionRow key={name} name={name} />
        ))}
      </fieldset>
      <Outside />
      <Scenarios />
    </div>
  </section>
)
