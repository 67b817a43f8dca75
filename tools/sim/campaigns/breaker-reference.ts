/** The rules of opening that the reference knows, each as a question about the whole list of what was seen since the last change. */
export type ReferenceRule =
  | { readonly type: 'consecutive'; readonly failures: number }
  | { readonly type: 'count'; readonly size: number; readonly ratio: number; readonly min: number }
  | { readonly type: 'rate'; readonly windowMs: number; readonly slices: number; readonly ratio: number; readonly min: number }
  | { readonly type: 'any'; readonly rules: readonly ReferenceRule[] }

export interface ReferencePlan {
  readonly rule: ReferenceRule
  readonly openMs: number
  readonly probes: number
  /** Probes that may fail without opening again. */
  readonly tolerated: number
  readonly probeMs: number
}

type Phase = 'closed' | 'open' | 'half-open'
type Verdict = 'ok' | 'fail' | 'ignore'

/** A call that was let through. */
export interface Admission {
  readonly generation: number
  readonly number: number
}

/** A breaker as one would write it on a whiteboard: it keeps everything, and counts from the beginning each time. */
export function createReference(plan: ReferencePlan) {
  let phase: Phase = 'closed'
  let generation = 0
  let openings = 0
  let openedAt = 0
  let calls = 0
  let outcomes: { readonly at: number; readonly failed: boolean }[] = []
  let probes: { readonly number: number; readonly at: number; verdict: Verdict | undefined }[] = []
  const transitions: string[] = []

  const waitMs = (): number => plan.openMs * Math.min(2 ** (openings - 1), 4)
  const turn = (to: Phase, now: number): void => {
    transitions.push(`${phase} to ${to}`)
    phase = to
    generation++
    outcomes = []
    probes = []
    if (to === 'open') {
      openings++
      openedAt = now
    }
    if (to === 'closed') openings = 0
  }

  function mustOpen(rule: ReferenceRule, now: number): boolean {
    if (rule.type === 'any') return rule.rules.some((one) => mustOpen(one, now))
    if (rule.type === 'consecutive') return outcomes.length >= rule.failures && outcomes.slice(-rule.failures).every((one) => one.failed)
    const width = rule.type === 'rate' ? rule.windowMs / rule.slices : 0
    const seen = rule.type === 'count' ? outcomes.slice(-rule.size) : outcomes.filter((one) => Math.floor(one.at / width) > Math.floor(now / width) - rule.slices)
    const failed = seen.filter((one) => one.failed).length
    return seen.length >= rule.min && failed >= rule.ratio * seen.length
  }

  return {
    transitions,
    get phase() {
      return phase
    },
    /** Calls that hold a probe's place at this instant. */
    out: (now: number): number => probes.filter((probe) => probe.verdict === undefined && probe.at + plan.probeMs > now).length,
    retryAfterMs: (now: number): number => (phase === 'open' ? Math.max(0, openedAt + waitMs() - now) : 0),
    admit(now: number): Admission | undefined {
      if (phase === 'open' && now >= openedAt + waitMs()) turn('half-open', now)
      if (phase === 'open') return undefined
      const number = calls++
      if (phase === 'half-open') {
        const decided = probes.filter((probe) => probe.verdict === 'ok' || probe.verdict === 'fail').length
        const out = probes.filter((probe) => probe.verdict === undefined && probe.at + plan.probeMs > now).length
        if (decided + out >= plan.probes) return undefined
        probes.push({ number, at: now, verdict: undefined })
      }
      return { generation, number }
    },
    settle(admission: Admission, verdict: Verdict, now: number): void {
      if (admission.generation !== generation) return
      if (phase === 'half-open') {
        const probe = probes.find((one) => one.number === admission.number)
        if (probe !== undefined) probe.verdict = verdict
        const ended = (as: Verdict): number => probes.filter((one) => one.verdict === as).length
        if (ended('fail') > plan.tolerated) turn('open', now)
        else if (ended('ok') >= plan.probes - plan.tolerated) turn('closed', now)
      } else if (verdict !== 'ignore') {
        outcomes.push({ at: now, failed: verdict === 'fail' })
        if (verdict === 'fail' && mustOpen(plan.rule, now)) turn('open', now)
      }
    },
  }
}
