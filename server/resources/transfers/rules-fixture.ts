/** Payments as rules see them, and what they say. */
import assert from 'node:assert/strict'
import type { CustomerStatus, CustomerType } from '@clearyard/contract/customers.ts'
import { textTable } from '../../testing/text-table.ts'
import { defaultSettings } from '../../worlds/settings.ts'
import { type PaymentFacts, refusalOf, type Side } from './rules.ts'

export type Change<T> = T extends bigint | readonly unknown[] ? T : { readonly [K in keyof T]?: Change<T[K]> }
export type Tree = { readonly [member: string]: unknown }

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const changed = (tree: Tree, change: Tree): Tree =>
  Object.fromEntries(
    [...new Set([...Object.keys(tree), ...Object.keys(change)])].map((key) => {
      const [was, is] = [tree[key], change[key]]
      return [key, key in change ? (isTree(was) && isTree(is) ? changed(was, is) : is) : was]
    }),
  )

const sideOf = (party: string, type: CustomerType | null, status: CustomerStatus | null, more: Partial<Side> = {}) => ({
  party,
  type,
  status,
  maySend: true,
  isBlocked: false,
  source: { id: `${party}'s`, type: 'bank', status: 'verified', is_removed: false, bank_account_type: 'checking' },
  ...more,
})

export const fee = (party: string, amountCents: bigint) => ({
  payer: { type: 'customer', id: party } as const,
  amountCents,
})

/** A person pays a business 10.00 out of a balance of 100.00, and a fee of 1.00. */
export const usual = {
  transfer: {
    amountCents: 1000n,
    fees: [fee('payer', 100n)],
    clearing: null,
    achDetails: null,
    processingChannel: null,
  },
  sender: {
    ...sideOf('payer', 'personal', 'verified'),
    source: { id: 'from', type: 'balance', status: 'verified', is_removed: false, bank_account_type: null },
  },
  receiver: sideOf('payee', 'business', 'verified'),
  settings: defaultSettings,
  sentCents: 0n,
  receivedCents: 0n,
  spendableCents: 10_000n,
  isPayerKnown: true,
} as PaymentFacts

export const factsWith = (...changes: readonly object[]): PaymentFacts =>
  changes.reduce<Tree>((facts, change) => changed(facts, change as Tree), usual) as PaymentFacts

/** `code path message` of what the payment is refused with, or nothing. */
export const said = (facts: PaymentFacts): string => {
  const refusal = refusalOf(facts)
  if (refusal === null) return ''
  const [error] = refusal.embedded
  return error ? `${error.code} ${error.path} ${error.message}` : `${refusal.code} ${refusal.message}`
}

export const from = '/_links/source/href'
export const to = '/_links/destination/href'
export const flow = (name: string) =>
  `Forbidden Invalid Funds Flow: this operation requires the funds flow '${name}' to be enabled`
export const words = {
  source: `Invalid ${from} Invalid funding source.`,
  owner: `Invalid ${to} Receiver cannot be the owner of the source funding source.`,
  sender: `Restricted ${from} Sender restricted.`,
  receiver: `Restricted ${to} Receiver restricted.`,
  pair: `NotAllowed ${to} Receiver cannot receive from sender.`,
  withdrawal: `Restricted ${from} Account or customer restricted.`,
  deposit: `Restricted ${to} Account is restricted.`,
  limit: 'Invalid /amount/value Invalid amount. The supplied amount is greater than your transaction limit.',
  withdrawalLimit: 'Invalid /amount/value Invalid amount.',
  received: `Restricted ${to} Destination customer has reached its weekly receive limit.`,
  sameDay:
    'Restricted /amount/value Amount is above the allowed threshold for the specified destination clearing type.',
  lines: 'NotAllowed  Supplying ach addenda entries is currently not enabled.',
  facilitate: 'Invalid  Account cannot facilitate this transaction.',
  payer: 'Invalid /fees/_links/charge-to/href Unable to charge fee to specified destination.',
  payers: 'Invalid /fees/_links/charge-to/href Currently, all fees must be paid by same destination."',
  sum: 'Invalid  Facilitator fee sum too large.',
  funds: `InsufficientFunds ${from} Insufficient funds.`,
}

export const pointOfSale = {
  identificationCode: 'A',
  serialNumber: '1',
  date: '2026-11-24',
  address: 'a',
  city: 'b',
  state: 'IA',
}
export const lines = { addenda: { values: ['x'] } }
export const account = { type: null, status: null }
export const statuses = textTable(
  ['who', 'type', 'status', 'owners'],
  `
  A  |              |             |
  Pv | personal     | verified    |
  Pr | personal     | retry       |
  Pd | personal     | document    |
  Pk | personal     | kba         |
  Ps | personal     | suspended   |
  Px | personal     | deactivated |
  Bv | business     | verified    |
  Bu | business     | verified    | uncertified
  Br | business     | retry       |
  Bd | business     | document    |
  Bs | business     | suspended   |
  Bx | business     | deactivated |
  Uu | unverified   | unverified  |
  Us | unverified   | suspended   |
  Ux | unverified   | deactivated |
  Ou | receive-only | unverified  |
  Os | receive-only | suspended   |
  Ox | receive-only | deactivated |
  `,
)
export const kindOf = (who: string): Pick<Side, 'type' | 'status' | 'maySend'> => {
  const { type, status, owners } = statuses.find((row) => row.who === who) ?? assert.fail(who)
  return { type: (type || null) as Side['type'], status: (status || null) as Side['status'], maySend: owners === '' }
}

export const hasBalance = (who: string) => !/^[UO]/.test(who)

export const source = (id: string, type: 'bank' | 'balance') => ({
  source: { id, type, bank_account_type: type === 'bank' ? 'checking' : null },
})
