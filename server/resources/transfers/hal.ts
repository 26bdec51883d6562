/** A transfer as the API shows it. Absent values are left out; the official TypeScript client refuses null. */
import { type Hal, type Link, type Links, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { moneyOf } from '@clearyard/contract/money.ts'
import { transferStatuses } from '@clearyard/contract/transfers.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema, moneySchema } from '../../http/schemas.ts'
import { returnCodeOf, returnCodes } from '../../rails/return-codes.ts'
import { offered } from '../../states.ts'
import { hasGoneOut, transferStates } from './domain.ts'
import type { TransferRow } from './store.ts'

/** A transfer, to whom it is shown, and when: one of its parties may be the account. */
type Shown = { readonly leg: TransferRow; readonly accountId: string; readonly now: Date }

/** Who looks at a transfer, at what time of the world. */
type Viewer = Omit<Shown, 'leg'>

const partyLink = (id: string, accountId: string): Link => {
  const type = id === accountId ? 'account' : 'customer'
  return link(pathOf(type, id), type)
}

const toFundingSource = (id: string | null): Link | null =>
  id === null ? null : link(pathOf('funding-source', id), 'funding-source')

const toTransfer = (id: string | null): Link | null => (id === null ? null : link(pathOf('transfer', id), 'transfer'))

/** The links of a transfer, in the order they are shown; null where it has none. */
const linkRows: readonly { readonly rel: string; readonly to: (shown: Shown) => Link | null }[] = [
  { rel: 'self', to: ({ leg }) => toTransfer(leg.id) },
  {
    rel: 'source',
    to: ({ leg, accountId }) =>
      leg.role === 'debit' ? toFundingSource(leg.source_funding_source) : partyLink(leg.source_party, accountId),
  },
  {
    rel: 'destination',
    to: ({ leg, accountId }) =>
      leg.role === 'payout'
        ? toFundingSource(leg.destination_funding_source)
        : partyLink(leg.destination_party, accountId),
  },
  { rel: 'source-funding-source', to: ({ leg }) => toFundingSource(leg.source_funding_source) },
  { rel: 'destination-funding-source', to: ({ leg }) => toFundingSource(leg.destination_funding_source) },
  { rel: 'funding-transfer', to: ({ leg }) => toTransfer(leg.funding_transfer) },
  { rel: 'funded-transfer', to: ({ leg }) => toTransfer(leg.funded_transfer) },
  { rel: 'created-from-transfer', to: ({ leg }) => toTransfer(leg.created_from) },
  {
    rel: 'cancel',
    to: ({ leg, now }) => {
      const facts = { ...leg, hasGoneOut: hasGoneOut(leg, now) }
      return offered(transferStates, facts).includes('cancel') ? toTransfer(leg.id) : null
    },
  },
  {
    rel: 'failure',
    to: ({ leg }) => (leg.failure_code === null ? null : link(`${pathOf('transfer', leg.id)}/failure`, 'failure')),
  },
  {
    rel: 'fees',
    to: ({ leg }) => (leg.fees.length === 0 ? null : link(`${pathOf('transfer', leg.id)}/fees`, 'fee')),
  },
]

const linksOf = (shown: Shown): Links =>
  Object.fromEntries(
    linkRows.flatMap(({ rel, to }) => {
      const found = to(shown)
      return found ? [[rel, found] as const] : []
    }),
  )

const present = (values: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

/** The bank has an id for a leg of its own from the start; the one between parties shows it once it has settled. */
const achIdOf = ({ role, status, individual_ach_id }: TransferRow): string | null =>
  role === 'party' && status !== 'processed' ? null : individual_ach_id

export const transferBody = (leg: TransferRow, viewer: Viewer): Hal => ({
  _links: linksOf({ leg, ...viewer }),
  id: leg.id,
  status: leg.status,
  amount: moneyOf(leg.amount_cents),
  created: leg.created.toISOString(),
  ...present({
    metadata: leg.metadata,
    clearing: leg.clearing,
    correlationId: leg.correlation_id,
    individualAchId: achIdOf(leg),
    achDetails: leg.ach_details,
    processingChannel: leg.processing_channel && { destination: leg.processing_channel },
  }),
})

/** Why a transfer failed, and at whose funding source. */
export const failureBody = (leg: TransferRow, code: string, accountId: string): Hal => {
  const { failed_funding_source: at, failed } = leg
  const party = at === leg.source_funding_source ? leg.source_party : leg.destination_party
  const source = toFundingSource(at)
  const known = returnCodeOf(code)
  const { description, explanation } = known ? returnCodes[known] : { description: code, explanation: code }
  return {
    _links: {
      self: link(`${pathOf('transfer', leg.id)}/failure`, 'failure'),
      ...(source ? { 'failed-funding-source': source } : {}),
      [party === accountId ? 'account' : 'customer']: partyLink(party, accountId),
    },
    code,
    description,
    explanation,
    ...(failed === null ? {} : { created: failed.toISOString() }),
  }
}

/** The fees of a transfer, as the published contract has them and as recordings do. */
export const feesBody = (id: string, fees: readonly TransferRow[], viewer: Viewer): Hal => {
  const bodies = fees.map((fee) => transferBody(fee, viewer))
  return {
    _links: { self: link(`${pathOf('transfer', id)}/fees`, 'fee') },
    _embedded: { fees: bodies },
    transactions: bodies,
    total: fees.length,
  }
}

const text: JsonSchema = { type: 'string' }

const sidesSchema: JsonSchema = { type: 'object', properties: { source: text, destination: text } }

export const transferSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'status', 'amount', 'created'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    status: { type: 'string', enum: [...transferStatuses] },
    amount: moneySchema,
    created: instantSchema,
    metadata: { type: 'object', additionalProperties: text },
    clearing: sidesSchema,
    correlationId: text,
    individualAchId: { ...text, description: 'What a bank knows the transfer by.' },
    achDetails: { type: 'object', properties: { source: { type: 'object' }, destination: { type: 'object' } } },
    processingChannel: { type: 'object', properties: { destination: text } },
  },
}

export const failureSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'code', 'description', 'explanation'],
  properties: { _links: linksSchema, code: text, description: text, explanation: text, created: instantSchema },
}

export const feesSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'transactions', 'total'],
  properties: {
    _links: linksSchema,
    _embedded: { type: 'object', properties: { fees: { type: 'array', items: transferSchema } } },
    transactions: { type: 'array', items: transferSchema },
    total: { type: 'integer' },
  },
}
