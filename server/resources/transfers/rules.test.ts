/** Every rule about who may pay whom, typed from Dwolla's documentation, alone and beside the others. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { textTable } from '../../testing/text-table.ts'
import type { PaymentFacts } from './rules.ts'
import {
  account,
  type Change,
  factsWith,
  fee,
  flow,
  from,
  hasBalance,
  isTree,
  kindOf,
  lines,
  pointOfSale,
  said,
  source,
  statuses,
  type Tree,
  to,
  usual,
  words,
} from './rules-fixture.ts'

/** The places that a change is made at. */
const leavesOf = (change: Tree, at = ''): string[] =>
  Object.entries(change).flatMap(([key, value]) => (isTree(value) ? leavesOf(value, `${at}/${key}`) : [`${at}/${key}`]))

/** In the order in which they are looked at; each breaks its rule, and those below it may be broken besides. */
const broken: readonly (readonly [what: string, change: Change<PaymentFacts>, says: string])[] = [
  ['customers may not pay each other', { settings: { mayFacilitateFunds: false } }, flow('Facilitate')],
  [
    'an instant payment',
    { transfer: { processingChannel: 'instant' } },
    'Forbidden Real Time Payments not enabled for this account',
  ],
  ['a source that is gone', { sender: { source: { is_removed: true } } }, words.source],
  [
    'a loan that pays',
    { sender: { source: { bank_account_type: 'loan' } } },
    `Invalid ${from} Invalid bank account type`,
  ],
  [
    'a destination that is gone',
    { receiver: { source: { is_removed: true } } },
    `Invalid ${to} Invalid destination funding source.`,
  ],
  [
    'a ledger that nobody approved of',
    { receiver: { source: { bank_account_type: 'general-ledger' } } },
    `Invalid ${to} Invalid bank account type`,
  ],
  ['one source for both', { receiver: { source: { id: 'from' } } }, words.owner],
  [
    'a bank that is blocked',
    { receiver: { isBlocked: true } },
    `NotAllowed ${to} Due to account restrictions, we are unable to process this transaction.`,
  ],
  ['a sender who may not send', { sender: { status: 'suspended' } }, words.sender],
  ['a receiver who may not receive', { receiver: { status: 'deactivated' } }, words.receiver],
  [
    'two who are not verified',
    { sender: { type: 'unverified', status: 'unverified' }, receiver: { type: 'unverified', status: 'unverified' } },
    words.pair,
  ],
  ['too much for the sender', { settings: { transferLimitCents: 999, unverifiedWeeklyLimitCents: 999 } }, words.limit],
  ['too much for the receiver', { settings: { weeklyReceiveLimitCents: 1000 }, receivedCents: 1n }, words.received],
  [
    'same day, where nobody may',
    { transfer: { clearing: { destination: 'next-available' } as never }, settings: { mayClearSameDay: false } },
    'Restricted /clearing/destination Destination clearing type is currently not enabled.',
  ],
  [
    'too much for the same day',
    { transfer: { clearing: { destination: 'next-available' } as never }, settings: { sameDayLimitCents: 999 } },
    words.sameDay,
  ],
  [
    'a point of sale',
    { transfer: { achDetails: { source: { addenda: { pointOfSale } } } as never } },
    'NotAllowed  Supplying point of sale addenda entries is currently not enabled.',
  ],
  [
    'lines for a bank',
    { transfer: { achDetails: { destination: lines } as never }, settings: { maySendAddenda: false } },
    words.lines,
  ],
  ['fees, where there are none', { settings: { mayChargeFees: false } }, words.facilitate],
  ['a payer whom nobody knows', { isPayerKnown: false }, 'Invalid  Facilitator fee account not found.'],
  ['a payer who is no party', { transfer: { fees: [fee('stranger', 501n)] } }, words.payer],
  ['several payers', { transfer: { fees: [fee('payer', 1n), fee('payee', 500n)] } }, words.payers],
  ['fees of more than half', { transfer: { fees: [fee('payer', 501n)] } }, words.sum],
  ['a balance that has less', { spendableCents: 999n }, words.funds],
]

describe('a payment is refused for', () => {
  it('nothing, when nothing is wrong with it', () => assert.equal(said(usual), ''))

  for (const [what, change, says] of broken) it(what, () => assert.equal(said(factsWith(change)), says))

  it('the first thing in order, when several are wrong with it', () => {
    let tried = 0
    for (const [first, [what, change, says]] of broken.entries())
      for (const [other, more] of broken.slice(first + 1)) {
        const places = new Set(leavesOf(change as Tree))
        if (leavesOf(more as Tree).some((place) => places.has(place))) continue
        tried++
        assert.equal(said(factsWith(more, change)), says, `${what}, and ${other}`)
      }
    assert.ok(tried > 200, `${tried} pairs were tried`)
  })
})

/** From each to each: `.` may pay, `S` the sender is restricted, `R` the receiver is, `P` the pair is not allowed. */
const pairs = `
     A  Pv Pr Pd Pk Ps Px Bv Bu Br Bd Bs Bx Uu Us Ux Ou Os Ox
  A  -  .  .  .  .  R  R  .  .  .  .  R  R  .  R  R  .  R  R
  Pv .  .  .  .  .  R  R  .  .  .  .  R  R  .  R  R  .  R  R
  Pr S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Pd S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Pk S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Ps S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Px S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Bv .  .  .  .  .  R  R  .  .  .  .  R  R  .  R  R  .  R  R
  Bu S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Br S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Bd S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Bs S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Bx S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Uu .  .  .  .  .  R  R  .  .  .  .  R  R  P  R  R  P  R  R
  Us S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Ux S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Ou S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Os S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
  Ox S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S  S
`

/**
 * To oneself, from bank to balance, balance to bank, and bank to another bank; who has no balance has just the last.
 */
const within = textTable(
  ['who', 'in', 'out', 'across'],
  `
  A  | .       | .          | .
  Pv | .       | .          | .
  Pr | deposit | withdrawal | deposit
  Pd | deposit | withdrawal | deposit
  Pk | deposit | withdrawal | deposit
  Ps | deposit | withdrawal | deposit
  Px | deposit | withdrawal | deposit
  Bv | .       | .          | .
  Bu | deposit | withdrawal | deposit
  Br | deposit | withdrawal | deposit
  Bd | deposit | withdrawal | deposit
  Bs | deposit | withdrawal | deposit
  Bx | deposit | withdrawal | deposit
  Uu | -       | -          | owner
  Us | -       | -          | owner
  Ux | -       | -          | owner
  Ou | -       | -          | owner
  Os | -       | -          | owner
  Ox | -       | -          | owner
  `,
)

describe('who may pay whom', () => {
  test('depends on what both are, and on nothing about the sources they have', () => {
    const [head = '', ...rows] = pairs.trim().split('\n')
    const receivers = head.trim().split(/\s+/)
    assert.deepEqual([receivers.length, rows.length], [statuses.length, statuses.length])
    const says: { [letter: string]: string } = { '.': '', S: words.sender, R: words.receiver, P: words.pair }
    for (const row of rows) {
      const [sender = '', ...cells] = row.trim().split(/\s+/)
      for (const [index, cell] of cells.entries()) {
        if (cell === '-') continue
        const receiver = receivers[index] ?? ''
        for (const paying of hasBalance(sender) ? (['bank', 'balance'] as const) : (['bank'] as const))
          for (const paid of hasBalance(receiver) ? (['bank', 'balance'] as const) : (['bank'] as const)) {
            const facts = factsWith(
              { transfer: { fees: [] } },
              { sender: { ...kindOf(sender), ...source('from', paying) } },
              { receiver: { ...kindOf(receiver), ...source('to', paid) } },
            )
            assert.equal(said(facts), says[cell], `${sender} ${paying} to ${receiver} ${paid}`)
          }
      }
    }
  })

  test('is another matter where it is oneself', () => {
    const ways = { in: ['bank', 'balance'], out: ['balance', 'bank'], across: ['bank', 'bank'] } as const
    const says: { [word: string]: string } = { '.': '', ...words }
    assert.equal(within.length, statuses.length)
    for (const { who, ...row } of within)
      for (const [way, [paying, paid]] of Object.entries(ways)) {
        const expected = row[way as keyof typeof ways]
        if (expected === '-') continue
        const side = (id: string, type: 'bank' | 'balance') => ({ ...kindOf(who), party: 'one', ...source(id, type) })
        const facts = factsWith({ transfer: { fees: [] }, sender: side('from', paying), receiver: side('to', paid) })
        assert.equal(said(facts), says[expected], `${who} ${way}`)
        const same = factsWith({ transfer: { fees: [] }, sender: side('it', 'bank'), receiver: side('it', 'bank') })
        assert.equal(said(same), words.owner, `${who} to the same source`)
      }
  })

  test('depends on the flags of the account', () => {
    const rows: [Change<PaymentFacts>, string][] = [
      [{ settings: { mayReceiveFunds: false, maySendFunds: false } }, ''],
      [{ receiver: account, settings: { mayReceiveFunds: false } }, flow('Receive')],
      [{ receiver: account, settings: { mayFacilitateFunds: false, maySendFunds: false } }, ''],
      [{ transfer: { fees: [] }, sender: account, settings: { maySendFunds: false } }, flow('Send')],
      [
        { transfer: { fees: [] }, sender: account, settings: { mayFacilitateFunds: false, mayReceiveFunds: false } },
        '',
      ],
    ]
    const shut = { settings: { mayReceiveFunds: false, maySendFunds: false, mayFacilitateFunds: false } }
    for (const kind of [account, { type: 'personal', status: 'verified' }]) {
      const side = { ...kind, party: 'one' }
      assert.equal(said(factsWith(shut, { transfer: { fees: [] }, sender: side, receiver: side })), '')
    }
    for (const [change, says] of rows) assert.equal(said(factsWith(change)), says, JSON.stringify(change))
  })

  test('depends on the sources: one that pays is verified, one that is paid need not be', () => {
    const rows: [Change<PaymentFacts>, string][] = [
      [{ sender: { source: { status: 'unverified' } } }, words.source],
      [{ receiver: { source: { status: 'unverified' } } }, ''],
      [{ receiver: { source: { bank_account_type: 'loan' } } }, ''],
      [
        { receiver: { source: { bank_account_type: 'general-ledger' } }, settings: { mayAddGeneralLedgerBanks: true } },
        '',
      ],
      [{ sender: { source: { bank_account_type: 'general-ledger' } } }, `Invalid ${from} Invalid bank account type`],
      [
        { sender: { source: { bank_account_type: 'general-ledger' } }, settings: { mayAddGeneralLedgerBanks: true } },
        '',
      ],
      [
        { sender: { isBlocked: true } },
        `NotAllowed ${to} Due to account restrictions, we are unable to process this transaction.`,
      ],
      [
        {
          transfer: { fees: [] },
          receiver: { ...usual.sender, source: { ...usual.receiver.source, is_removed: true } },
        },
        `Invalid ${to} Destination funding source is either removed or does not exist.`,
      ],
    ]
    for (const [change, says] of rows) assert.equal(said(factsWith(change)), says)
  })
})
