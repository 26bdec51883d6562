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
import type { FundingSourceRow } from './store.ts'

const self = ({ id }: FundingSourceRow): Link => link(pathOf('funding-source', id), 'funding-source')

const balanceLink = (id: string): Link => link(`${pathOf('funding-source', id)}/balance`, 'balance')

/** The links of a source, in the order they are shown. */
const linkRows: readonly {
  readonly rel: string
  readonly when: (source: FundingSourceRow) => boolean
  readonly to: (source: FundingSourceRow) => Link
}[] = [
  { rel: 'self', when: () => true, to: self },
  {
    rel: 'account',
    when: ({ customer_id, is_removed }) => customer_id === null && !is_removed,
    to: ({ owner_id }) => link(pathOf('account', owner_id), 'account'),
  },
  {
    rel: 'customer',
    when: ({ customer_id, is_removed }) => customer_id !== null && !is_removed,
    to: ({ owner_id }) => link(pathOf('customer', owner_id), 'customer'),
  },
  { rel: 'balance', when: ({ type }) => type === 'balance', to: ({ id }) => balanceLink(id) },
  { rel: 'with-available-balance', when: ({ type }) => type === 'balance', to: self },
]

const present = (values: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

/** @param balance embedded, where it is asked for and the source is a balance */
export const fundingSourceBody = (source: FundingSourceRow, balance: BalanceRow | null = null): Hal => ({
  _links: Object.fromEntries(linkRows.flatMap(({ rel, when, to }) => (when(source) ? [[rel, to(source)]] : []))),
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
