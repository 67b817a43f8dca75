// The breaker once more, slow and obvious: it keeps every record and works the state out from them each time it is asked.

export type ModelVerdict = 'ok' | 'fail' | 'ignore'
type Opens = (records: readonly { readonly at: number; readonly failed: boolean }[], now: number) => boolean

export interface ModelOptions {
  readonly openMs: number
  readonly probes: number
  readonly tolerated: number
  readonly probeMs: number
  readonly opens: Opens
}

interface Pass {
  readonly generation: number
  readonly leaseEnd: number
  settled: boolean
}

export class BreakerModel {
  readonly #options: ModelOptions
  readonly history: string[] = []
  phase: 'closed' | 'open' | 'half-open' = 'closed'
  isolations = 0
  #generation = 0
  #openings = 0
  #reopenAt = 0
  #records: { at: number; failed: boolean }[] = []
  #probes: { pass: Pass; verdict?: ModelVerdict }[] = []

  constructor(options: ModelOptions) {
    this.#options = options
  }

  get state(): string {
    return this.isolations > 0 ? 'isolated' : this.phase
  }

  retryAfterMs(now: number): number {
    return this.phase === 'open' ? Math.max(0, this.#reopenAt - now) : 0
  }

  enter(now: number): Pass | 'refused' {
    if (this.isolations > 0) return 'refused'
    if (this.phase === 'open' && now >= this.#reopenAt) this.#go('half-open')
    if (this.phase === 'open') return 'refused'
    const pass = { generation: this.#generation, leaseEnd: now + this.#options.probeMs, settled: false }
    if (this.phase === 'half-open') {
      const decided = this.#probes.filter(({ verdict }) => verdict === 'ok' || verdict === 'fail').length
      const out = this.#probes.filter(({ verdict, pass }) => verdict === undefined && pass.leaseEnd > now).length
      if (decided + out >= this.#options.probes) return 'refused'
      this.#probes.push({ pass })
    }
    return pass
  }

  settle(pass: Pass, verdict: ModelVerdict, now: number): void {
    if (pass.settled) return
    pass.settled = true
    if (pass.generation !== this.#generation) return
    if (this.phase === 'closed' && verdict !== 'ignore') {
      this.#records.push({ at: now, failed: verdict === 'fail' })
      if (verdict === 'fail' && this.#options.opens(this.#records, now)) this.#open(now)
    } else if (this.phase === 'half-open') {
      const probe = this.#probes.find((probe) => probe.pass === pass)
      if (probe !== undefined) probe.verdict = verdict
      const count = (wanted: ModelVerdict) => this.#probes.filter((probe) => probe.verdict === wanted).length
      if (count('fail') > this.#options.tolerated) this.#open(now)
      else if (count('ok') >= this.#options.probes - this.#options.tolerated) this.#close()
    }
  }

  reset(): void {
    this.#close()
  }

  #open(now: number): void {
    this.#openings++
    this.#reopenAt = now + this.#options.openMs * Math.min(3, 2 ** (this.#openings - 1))
    this.#go('open')
  }

  #close(): void {
    this.#openings = 0
    this.#go('closed')
  }

  #go(phase: 'closed' | 'open' | 'half-open'): void {
    if (phase !== this.phase && this.isolations === 0) this.history.push(`${this.phase} → ${phase}`)
    this.phase = phase
    this.#generation++
    this.#records = []
    this.#probes = []
  }
}

/** The three rules, each as one sentence over all records. */
export const opens = {
  consecutive: (limit: number): Opens => (records) => records.length >= limit && records.slice(-limit).every(({ failed }) => failed),
  failureCount: (size: number, ratio: number, min: number): Opens => (records) => {
    const last = records.slice(-size)
    return last.length >= min && last.filter(({ failed }) => failed).length >= ratio * last.length
  },
  failureRate: (windowMs: number, slices: number, ratio: number, min: number): Opens => (records, now) => {
    const slice = (at: number) => Math.floor(at / (windowMs / slices))
    const recent = records.filter(({ at }) => slice(now) - slice(at) < slices)
    return recent.length >= min && recent.filter(({ failed }) => failed).length >= ratio * recent.length
  },
}
