/** The simulation finds planted mistakes, and finds nothing in a saga that makes none. */
import { saga } from '@distrokit/saga'
import { simulate, type Fixture } from '@distrokit/saga/testing'
import { describe, expect, test } from 'vitest'

interface Flaws {
  readonly chargeIgnoresKey?: boolean
  readonly refundIgnoresKey?: boolean
  readonly refundNeedsOutput?: boolean
  readonly refundForgets?: boolean
  readonly refundInventsMoney?: boolean
  readonly noTombstone?: boolean
  readonly holdHasNoUndo?: boolean
}

/** A bank and a warehouse that keep keys, and a saga over them, with flaws on request. */
const shop = (flaws: Flaws) => (): Fixture<{ cents: number }> => {
  const bank = { balance: 100, charges: new Map<string, number>(), refunded: new Set<string>() }
  const stock = { held: new Set<string>(), released: new Set<string>() }
  const order = saga('order', async ({ step, id }, { cents }: { cents: number }) => {
    await step('hold', () => {
      if (stock.released.has(id)) throw new Error('was undone before')
      stock.held.add(id)
    }, ...(flaws.holdHasNoUndo ? [] : [() => {
      stock.released.add(id)
      stock.held.delete(id)
    }] as const))
    await step('charge', ({ key }) => {
      const name = flaws.chargeIgnoresKey ? `${key} ${bank.charges.size}` : key
      if (bank.charges.has(name)) return { charge: name }
      if (!flaws.noTombstone && bank.refunded.has(key)) throw new Error('was undone before')
      bank.charges.set(name, cents)
      bank.balance -= cents
      return { charge: name }
    }, ({ key, output }) => {
      const charge = flaws.refundNeedsOutput ? (output as { charge: string }).charge : key.replace(/undo.*$/, 'do')
      if (flaws.refundInventsMoney) bank.balance += cents
      else if (!flaws.refundForgets && (flaws.refundIgnoresKey || !bank.refunded.has(charge))) {
        const paid = [...bank.charges.keys()].find((each) => each.startsWith(charge))
        if (paid !== undefined) bank.balance += cents
      }
      bank.refunded.add(charge)
    })
    await step('mail', () => {})
    return 'fine'
  })
  return { definition: order, input: { cents: 30 }, state: () => ({ balance: bank.balance, held: [...stock.held] }) }
}

test('a careful saga has no findings', async () => {
  const report = await simulate(shop({}))
  expect(report.findings).toEqual([])
  expect(report.steps).toEqual(['hold', 'charge', 'mail'])
  // Four commits, around each of which it was killed and whose answer was lost, and each step meddled with.
  expect(report.runs).toBeGreaterThan(20)
})

describe('a planted mistake is found, with its step', () => {
  test.each([
    ['chargeIgnoresKey', 'action-not-idempotent', 'charge'],
    ['refundIgnoresKey', 'undo-not-idempotent', 'charge'],
    ['refundNeedsOutput', 'undo-needs-output', 'charge'],
    ['refundForgets', 'undo-incomplete', 'charge'],
    ['refundInventsMoney', 'undo-of-nothing', 'charge'],
    ['noTombstone', 'late-effect', 'charge'],
    ['holdHasNoUndo', 'no-undo', 'hold'],
  ] as const)('%s: %s', async (flaw, kind, step) => {
    const { findings } = await simulate(shop({ [flaw]: true }))
    expect(findings.map((finding) => [finding.kind, finding.step])).toContainEqual([kind, step])
  })

  test('effects between steps are found by the crashes and named as such', async () => {
    const { findings } = await simulate(() => {
      let mails = 0
      const definition = saga('careless', async ({ step }) => {
        await step('a', () => 1)
        mails += 1
        await step('b', () => 2)
      })
      return { definition, input: null, state: () => ({ mails }) }
    })
    expect(findings.map((finding) => finding.kind)).toContain('crash')
  })
})
