/** A funding source as the API shows it. Absent values are left out; the official TypeScript client refuses null. */
import {
  bankAccountTypes,
  channels,
  fundingSourceStatuses,
  fundingSourceTypes,
} from '@clearyard/contract/funding-sources.ts'
import { type Hal, type Link, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { moneyOf } from '@clearyard/contract/money.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema, moneySchema } from '../../http/schemas.ts'
import type { BalanceRow } from '../../ledger/tables.ts'
import { type Holder, hasBalance, isOpen, maySend } from './domain.ts'
import { type Progress, verifyingRel } from './micro-deposits/domain.ts'
import type { FundingSourceRow } from './store.ts'

/** A source with what decides its links: who holds it, and how far it is verified. */
export type Shown = {
  readonly source: FundingSourceRow
  readonly holder: Holder
  readonly progress: Progress
}

const selfOf = ({ id }: FundingSourceRow): Link => link(pathOf('funding-source', id), 'funding-source')

const balanceLink = (id: string): Link => link(`${pathOf('funding-source', id)}/balance`, 'balance')

const self = ({ source }: Shown): Link => selfOf(source)
const toTransfers = (): Link => link('/transfers', 'transfer')
const toDeposits = ({ source }: Shown): Link =>
  link(`${pathOf('funding-source', source.id)}/micro-deposits`, 'micro-deposits')

const isHeldBy = (type: 'account' | 'customer') => (shown: Shown) =>
  !shown.source.is_removed && (type === 'account') === (shown.source.customer_id === null)

const isBalance = ({ source }: Shown): boolean => source.type === 'balance'
const isBank = ({ source, holder }: Shown): boolean => source.type === 'bank' && !source.is_removed && isOpen(holder)

/** Whether money can be taken from it, as far as that depends on itself. */
const isSource = (shown: Shown): boolean =>
  isBalance(shown) || (isBank(shown) && shown.source.status === 'verified' && shown.source.bank_account_type !== 'loan')

const verifies = (rel: string) => (shown: Shown) =>
  isBank(shown) && shown.source.status === 'unverified' && verifyingRel[shown.progress] === rel

/** The links of a source, in the order they are shown. */
const linkRows: readonly {
  readonly rel: string
  readonly when: (shown: Shown) => boolean
  readonly to: (shown: Shown) => Link
}[] = [
  { rel: 'self', when: () => true, to: self },
  {
    rel: 'account',
    when: isHeldBy('account'),
    to: ({ source }) => link(pathOf('account', source.owner_id), 'account'),
  },
  {
    rel: 'customer',
    when: isHeldBy('customer'),
    to: ({ source }) => link(pathOf('customer', source.owner_id), 'customer'),
  },
  { rel: 'remove', when: isBank, to: self },
  { rel: 'initiate-micro-deposits', when: verifies('initiate-micro-deposits'), to: toDeposits },
  { rel: 'verify-micro-deposits', when: verifies('verify-micro-deposits'), to: toDeposits },
  {
    rel: 'failed-verification-micro-deposits',
    when: verifies('failed-verification-micro-deposits'),
    to: toDeposits,
  },
  { rel: 'balance', when: isBalance, to: ({ source }) => balanceLink(source.id) },
  { rel: 'with-available-balance', when: isBalance, to: self },
  { rel: 'transfer-from-balance', when: (shown) => isBank(shown) && hasBalance(shown.holder), to: toTransfers },
  {
    rel: 'transfer-to-balance',
    when: (shown) => isBank(shown) && isSource(shown) && hasBalance(shown.holder),
    to: toTransfers,
  },
  { rel: 'transfer-send', when: (shown) => isSource(shown) && maySend(shown.holder), to: toTransfers },
  {
    rel: 'transfer-receive',
    when: (shown) => isBank(shown) || (isBalance(shown) && isOpen(shown.holder)),
    to: toTransfers,
  },
]

const present = (values: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

/** @param balance embedded, where it is asked for and the source is a balance */
export const fundingSourceBody = (shown: Shown, balance: BalanceRow | null = null): Hal => ({
  _links: Object.fromEntries(linkRows.flatMap(({ rel, when, to }) => (when(shown) ? [[rel, to(shown)]] : []))),
  ...bodyOf(shown.source, balance),
})

const bodyOf = (source: FundingSourceRow, balance: BalanceRow | null) => ({
  ...(balance ? { _embedded: { balance: balanceBody(balance) } } : {}),
  id: source.id,
  status: source.status,
  type: source.type,
  ...present({ bankAccountType: source.bank_account_type }),
  name: source.name,
  created: source.created.toISOString(),
  removed: source.is_removed,
  channels: source.channels,
  ...present({ bankName: source.bank_name, fingerprint: source.fingerprint }),
})

/** The balance of a source: what may be spent, and everything there is. */
export const balanceBody = ({ id, amount_cents: cents, updated }: BalanceRow): Hal => ({
  _links: {
    self: balanceLink(id),
    'funding-source': link(pathOf('funding-source', id), 'funding-source'),
  },
  balance: moneyOf(cents),
  total: moneyOf(cents),
  lastUpdated: updated.toISOString(),
})

export const balanceSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'balance', 'total', 'lastUpdated'],
  properties: {
    _links: linksSchema,
    balance: { ...moneySchema, description: 'What may be spent.' },
    total: { ...moneySchema, description: 'Everything there is.' },
    lastUpdated: instantSchema,
  },
}

export const fundingSourceSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'status', 'type', 'name', 'created', 'removed', 'channels'],
  properties: {
    _links: linksSchema,
    _embedded: { type: 'object', properties: { balance: balanceSchema } },
    id: idSchema,
    status: { type: 'string', enum: [...fundingSourceStatuses] },
    type: { type: 'string', enum: [...fundingSourceTypes] },
    bankAccountType: { type: 'string', enum: [...bankAccountTypes] },
    name: { type: 'string' },
    created: instantSchema,
    removed: { type: 'boolean' },
    channels: { type: 'array', items: { type: 'string', enum: [...channels] } },
    bankName: { type: 'string' },
    fingerprint: { type: 'string', description: 'The same for the same bank account, whoever added it.' },
  },
}
