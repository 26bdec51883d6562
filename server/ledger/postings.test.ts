/** What each step of a leg does to the ledger, as the plan of how money moves says it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textTable } from '../testing/text-table.ts'
import {
  creditReturned,
  creditSettled,
  creditStarted,
  creditUndone,
  debitReturned,
  debitSettled,
  feeCharged,
  held,
  moved,
  type Posting,
  postingKinds,
  released,
  seeded,
} from './postings.ts'

const leg = { transferId: 't', amountCents: 1000n }
const [from, to] = ['a', 'b']

const steps: { readonly [step: string]: Posting } = {
  'a debit settles': debitSettled({ ...leg, to }),
  'a debit is returned late': debitReturned({ ...leg, from }),
  'a credit starts': creditStarted({ ...leg, from }),
  'a credit settles': creditSettled(leg),
  'a credit fails, is returned before settling or is cancelled': creditUndone({ ...leg, to }),
  'a credit is returned late': creditReturned({ ...leg, to }),
  'money moves between balances': moved({ ...leg, from, to }),
  'money is held for its receiver': held({ ...leg, from }),
  'what was held is released': released({ ...leg, to }),
  'a fee is charged': feeCharged({ ...leg, from, to }),
  'a sandbox begins': seeded({ amountCents: 1000n, to }),
}

const expected = textTable(
  ['step', 'kind', 'transfer', 'less', 'more', 'overdraws'],
  `
  a debit settles                | debit-settled   | t | bank       | balance b  | no
  a debit is returned late       | debit-returned  | t | balance a  | bank       | yes
  a credit starts                | credit-started  | t | balance a  | in-transit | no
  a credit settles               | credit-settled  | t | in-transit | bank       | no
  a credit fails, is returned before settling or is cancelled | credit-undone | t | in-transit | balance b | no
  a credit is returned late      | credit-returned | t | bank       | balance b  | no
  money moves between balances   | moved           | t | balance a  | balance b  | no
  money is held for its receiver | held            | t | balance a  | in-transit | no
  what was held is released      | released        | t | in-transit | balance b  | no
  a fee is charged               | fee             | t | balance a  | balance b  | no
  a sandbox begins               | seed            | - | bank       | balance b  | no
  `,
)

test('every step takes its amount from one account and gives it to another', () => {
  const said = Object.entries(steps).map(([step, { kind, transferId, entries }]) => {
    const nameOf = (sign: bigint) =>
      entries
        .filter(({ amountCents }) => amountCents === sign * 1000n)
        .map(({ account, balanceId }) => [account, ...(balanceId === null ? [] : [balanceId])].join(' '))
        .join(', ')
    assert.equal(entries.length, 2)
    const overdraws = postingKinds[kind].mayOverdraw ? 'yes' : 'no'
    return { step, kind, transfer: transferId ?? '-', less: nameOf(-1n), more: nameOf(1n), overdraws }
  })
  assert.deepEqual(said, expected)
  assert.deepEqual(Object.keys(postingKinds).sort(), expected.map(({ kind }) => kind).sort())
})
