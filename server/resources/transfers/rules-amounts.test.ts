/** How much may be sent, received, charged and said along, to the cent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textTable } from '../../testing/text-table.ts'
import { mondayOf } from './limits.ts'
import type { PaymentFacts } from './rules.ts'
import {
  account,
  type Change,
  factsWith,
  fee,
  kindOf,
  lines,
  pointOfSale,
  said,
  source,
  usual,
  words,
} from './rules-fixture.ts'

describe('how much', () => {
  const cents = (dollars: string): bigint => BigInt(dollars.replace(/[,.]/g, ''))

  it('may be sent depends on who sends: 10,000.00 at once, or 5,000.00 in a week', () => {
    const rows = textTable(
      ['who', 'to', 'amount', 'sent', 'says'],
      `
      Pv | other | 10,000.00      | 9,999.00 |
      Pv | other | 10,000.01      | 0.00     | limit
      Bv | other | 10,000.00      | 0.00     |
      Bv | other | 10,000.01      | 0.00     | limit
      Bv | self  | 10,000.00      | 0.00     |
      Bv | self  | 10,000.01      | 0.00     | withdrawalLimit
      A  | other | 999,999,999.99 | 0.00     |
      A  | self  | 999,999,999.99 | 0.00     |
      Uu | other | 5,000.00       | 0.00     |
      Uu | other | 5,000.01       | 0.00     | limit
      Uu | other | 0.01           | 4,999.99 |
      Uu | other | 0.02           | 4,999.99 | limit
      Uu | other | 0.01           | 5,000.00 | limit
      `,
    )
    const says: { [word: string]: string } = { '': '', ...words }
    for (const { who, to: whom, amount, sent, says: word } of rows) {
      const isSelf = whom === 'self'
      const facts = factsWith(
        { transfer: { amountCents: cents(amount), fees: [] }, sentCents: cents(sent), spendableCents: 10n ** 12n },
        { sender: kindOf(who), receiver: isSelf ? { ...kindOf(who), party: 'payer' } : {} },
      )
      assert.equal(said(facts), says[word], `${who} ${amount} after ${sent}`)
    }
  })

  it('may be received in a week has no limit unless it is given one, and the account never has', () => {
    const full = { receivedCents: 9001n, settings: { weeklyReceiveLimitCents: 10_000 } }
    assert.equal(said(factsWith({ receivedCents: 10n ** 12n })), '')
    assert.equal(said(factsWith(full, { receivedCents: 9000n })), '')
    assert.equal(said(factsWith(full)), words.received)
    assert.equal(said(factsWith(full, { receiver: account })), '')
    assert.equal(said(factsWith(full, { receiver: { ...usual.receiver, party: 'payer' }, transfer: { fees: [] } })), '')
  })

  it('may be there on the same day is a million, for a withdrawal in other words', () => {
    const big = {
      spendableCents: 10n ** 12n,
      sender: account,
      transfer: { fees: [], clearing: { destination: 'next-available' } },
    }
    const self = { receiver: { ...account, party: 'payer' } }
    assert.equal(said(factsWith(big, { transfer: { amountCents: 100_000_000n } })), '')
    assert.equal(said(factsWith(big, { transfer: { amountCents: 100_000_001n } })), words.sameDay)
    assert.equal(said(factsWith(big, self, { transfer: { amountCents: 100_000_000n } })), '')
    assert.equal(
      said(factsWith(big, self, { transfer: { amountCents: 100_000_001n } })),
      'Restricted /amount/value Amount is above the allowed threshold for the specified clearing type.',
    )
    assert.equal(
      said(factsWith({ transfer: { clearing: { source: 'next-available' } }, settings: { mayClearSameDay: false } })),
      '',
    )
  })

  it('may be spent is what a balance has, with the fees that its owner pays', () => {
    const pays = (party: string, feeCents: bigint, spendableCents: bigint | null) =>
      said(factsWith({ transfer: { fees: [fee(party, feeCents)] }, spendableCents }))
    assert.equal(pays('payer', 200n, 1200n), '')
    assert.equal(pays('payer', 201n, 1200n), words.funds)
    assert.equal(pays('payee', 500n, 1000n), '')
    assert.equal(pays('payee', 500n, 999n), words.funds)
    assert.equal(pays('payer', 500n, -1n), words.funds)
    assert.equal(pays('payer', 500n, null), '')
  })

  it('is counted from Monday, by UTC', () => {
    const days = textTable(
      ['instant', 'monday'],
      `
      2026-11-22T23:59:59.999Z | 2026-11-16
      2026-11-23T00:00:00.000Z | 2026-11-23
      2026-11-29T23:59:59.999Z | 2026-11-23
      2026-11-30T00:00:00.000Z | 2026-11-30
      2027-01-01T12:00:00.000Z | 2026-12-28
      2028-02-29T12:00:00.000Z | 2028-02-28
      2026-11-23T01:00:00+02:00 | 2026-11-16
      `,
    )
    for (const { instant, monday } of days) assert.equal(mondayOf(new Date(instant)), monday, instant)
  })
})

describe('fees', () => {
  const paidBy = (fees: ReturnType<typeof fee>[], ...changes: Change<PaymentFacts>[]) =>
    said(factsWith({ transfer: { fees } }, ...changes))

  it('come to half of the payment at the most, whatever it is and however many there are', () => {
    const rows = textTable(
      ['amount', 'fees', 'says'],
      `
      1000 | 500         |
      1000 | 501         | sum
      1000 | 250 250     |
      1000 | 250 251     | sum
      1001 | 500         |
      1001 | 501         | sum
      1    | 1           | sum
      2    | 1           |
      3    | 1           |
      3    | 1 1         | sum
      `,
    )
    for (const { amount, fees, says } of rows)
      assert.equal(
        paidBy(
          fees.split(' ').map((each) => fee('payer', BigInt(each))),
          { transfer: { amountCents: BigInt(amount) } },
        ),
        says === 'sum' ? words.sum : '',
        `${fees} of ${amount}`,
      )
  })

  it('are paid by the sender, or by a receiver who has a balance, and never by the account that gets them', () => {
    const unverified = { type: 'unverified', status: 'unverified' } as const
    const receiveOnly = { type: 'receive-only', status: 'unverified' } as const
    assert.equal(paidBy([fee('payee', 100n), fee('payee', 1n)]), '')
    assert.equal(paidBy([fee('payer', 100n)], { sender: unverified }), '')
    assert.equal(paidBy([fee('payee', 100n)], { receiver: { status: 'retry' } }), '')
    assert.equal(paidBy([fee('payee', 100n)], { receiver: unverified }), words.payer)
    assert.equal(paidBy([fee('payee', 100n)], { receiver: receiveOnly }), words.payer)
    assert.equal(paidBy([fee('payee', 100n)], { receiver: account }), words.payer)
    assert.equal(paidBy([fee('payer', 100n)], { sender: account }), words.payer)
  })

  it('are not taken for a withdrawal, but for what comes from a bank of one’s own', () => {
    const own = { receiver: { ...kindOf('Pv'), party: 'payer' } }
    assert.equal(paidBy([fee('payer', 100n)], own), words.facilitate)
    const deposit = { sender: source('from', 'bank'), receiver: { ...own.receiver, ...source('to', 'balance') } }
    assert.equal(paidBy([fee('payer', 100n)], deposit as Change<PaymentFacts>, { spendableCents: null }), '')
  })
})

describe('lines for a bank', () => {
  it('are those of businesses, and of the account', () => {
    const given = (side: 'source' | 'destination', ...changes: object[]) =>
      said(factsWith({ transfer: { fees: [], achDetails: { [side]: lines } } }, ...changes))
    assert.equal(given('source'), words.lines)
    assert.equal(given('destination'), '')
    assert.equal(given('source', { sender: kindOf('Bv') }), '')
    assert.equal(given('source', { sender: account }), '')
    assert.equal(given('destination', { receiver: kindOf('Pv') }), words.lines)
    assert.equal(given('destination', { receiver: kindOf('Ou') }), '')
  })

  it('of a point of sale are an account’s that may send them', () => {
    const given = factsWith({ transfer: { achDetails: { source: { addenda: { pointOfSale } } } } })
    const allowed = factsWith(given, { settings: { maySendPointOfSaleAddenda: true }, sender: kindOf('Bv') })
    assert.equal(said(given), 'NotAllowed  Supplying point of sale addenda entries is currently not enabled.')
    assert.equal(said(allowed), '')
    assert.equal(said(factsWith(allowed, { settings: { maySendAddenda: false } })), words.lines)
  })
})
