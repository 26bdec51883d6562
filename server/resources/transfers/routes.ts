/** The routes of transfers. */
import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, pagingLinks } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { checkTransfer, transferStatuses } from '@clearyard/contract/transfers.ts'
import type { Pool } from 'pg'
import { payInBody } from '../../client-tokens/blob.ts'
import type { Database } from '../../db/database.ts'
import { createQueryReader, type Query } from '../../http/query.ts'
import type { Call, Route } from '../../http/route.ts'
import { type JsonSchema, linkSchema, listSchema, moneySchema, pageParameters } from '../../http/schemas.ts'
import type { Sealer } from '../../sealing.ts'
import { noSuchCustomer } from '../customers/store.ts'
import { cancelPayment } from './cancel.ts'
import { createTransfer } from './create.ts'
import { failureBody, failureSchema, feesBody, feesSchema, transferBody, transferSchema } from './hal.ts'
import { listFees, listTransfers } from './lists.ts'
import { createTransferReader, type TransferRow } from './store.ts'

const tag = 'transfers'

type Options = {
  sealer: Sealer
  pool: Pool
  db: Database
  readCustomer: (key: { accountId: string; id: string }) => Promise<object | null>
}

const noSuchAccount = () => new Refusal('NotFound', { message: 'Account not found.' })

const text: JsonSchema = { type: 'string' }
const sides = (schema: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { source: schema, destination: schema },
})

const newTransferSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'amount'],
  properties: {
    _links: {
      type: 'object',
      required: ['source', 'destination'],
      properties: {
        source: { ...linkSchema, description: 'The funding source that pays.' },
        destination: { ...linkSchema, description: 'The funding source that is paid; or a customer, or the account.' },
      },
    },
    amount: moneySchema,
    metadata: { type: 'object', additionalProperties: text, description: 'Up to ten pairs.' },
    fees: {
      type: 'array',
      description: 'What the account charges one of the parties.',
      items: {
        type: 'object',
        required: ['_links', 'amount'],
        properties: { _links: { type: 'object', properties: { 'charge-to': linkSchema } }, amount: moneySchema },
      },
    },
    clearing: sides({ type: 'string', enum: ['standard', 'next-available'] }),
    achDetails: sides({
      type: 'object',
      properties: { addenda: { type: 'object', properties: { values: { type: 'array', items: text } } } },
    }),
    correlationId: { type: 'string', maxLength: 255 },
    processingChannel: {
      type: 'object',
      properties: { destination: { type: 'string', enum: ['real-time-payments', 'instant'] } },
    },
  },
}

const listParameters: { readonly [name: string]: JsonSchema } = {
  ...pageParameters,
  search: { ...text, description: 'Part of the name, the e-mail or the id of a party, in any case.' },
  startAmount: { ...text, description: 'This amount or more.' },
  endAmount: { ...text, description: 'This amount or less.' },
  startDate: { ...text, format: 'date', description: 'Created from the beginning of this day (UTC).' },
  endDate: { ...text, format: 'date', description: 'Created before this day begins (UTC).' },
  status: {
    type: 'array',
    items: { type: 'string', enum: [...transferStatuses] },
    description: 'May be repeated.',
  },
  correlationId: { ...text, description: 'Exactly this correlation id.' },
}

const readList = (query: Query) => {
  const read = createQueryReader(query)
  const page = read.page()
  const filter = {
    search: read.one('search'),
    startAmount: read.amount('startAmount'),
    endAmount: read.amount('endAmount'),
    startDate: read.date('startDate'),
    endDate: read.date('endDate'),
    statuses: read.choices('status', transferStatuses),
    correlationId: read.one('correlationId'),
  }
  read.done()
  return { page, filter, filters: read.filters }
}

const viewerOf = ({ world, now }: Call['caller']) => ({ accountId: world.accountId, now })

/** The list of an owner's transfers, at `path`. */
const answerList = async (db: Database, { caller, query }: Call, path: string, party: string): Promise<Hal> => {
  const { accountId } = caller.world
  const { page, filter, filters } = readList(query)
  const { rows, total } = await listTransfers(db, { accountId, party }, filter, page)
  return {
    _links: pagingLinks({ path, query: query.raw, filters, resourceType: 'transfer' }, page, total),
    _embedded: { transfers: rows.map((row) => transferBody(row, viewerOf(caller))) },
    total,
  }
}

const listRoutes = ({ db, readCustomer }: Options): readonly Route[] => [
  {
    method: 'GET',
    path: '/accounts/{id}/transfers',
    operationId: 'listAndSearchTransfers',
    tag,
    summary: 'List and search the transfers of the account',
    description: 'Those it is a party of, newest first; a list reaches the newest 10,000 that match.',
    parameters: listParameters,
    answers: { 200: listSchema('transfers', transferSchema) },
    notFound: noSuchAccount,
    errors: ['ValidationError', 'NotFound'],
    answer: (call) => {
      if (call.id !== call.caller.world.accountId) throw noSuchAccount()
      return answerList(db, call, `${pathOf('account', call.id)}/transfers`, call.id)
    },
  },
  {
    method: 'GET',
    path: '/customers/{id}/transfers',
    operationId: 'listCustomerTransfers',
    tag,
    summary: 'List and search the transfers of a customer',
    description: 'Those it is a party of, newest first; a list reaches the newest 10,000 that match.',
    parameters: listParameters,
    answers: { 200: listSchema('transfers', transferSchema) },
    notFound: noSuchCustomer,
    errors: ['ValidationError', 'NotFound'],
    answer: async (call) => {
      if (!(await readCustomer({ accountId: call.caller.world.accountId, id: call.id }))) throw noSuchCustomer()
      return answerList(db, call, `${pathOf('customer', call.id)}/transfers`, call.id)
    },
  },
]

const createRoute = (sealer: Sealer): Route => ({
  method: 'POST',
  path: '/transfers',
  operationId: 'initiateTransfer',
  tag,
  summary: 'Transfer money',
  description:
    'From one funding source to another. The money of who is verified passes through a balance, so one request can make several transfers; the one that is answered is the one between the two parties, where there is one.',
  body: newTransferSchema,
  answers: { 201: 'The transfer' },
  errors: ['ValidationError'],
  prepare: ({ caller: { clientToken }, body }) => {
    const { value: transfer, errors } = checkTransfer(clientToken ? payInBody(sealer, clientToken, body) : body)
    if (!transfer) throw invalid(...errors)
    const payer = clientToken?.customerId ?? null
    return (ctx) => ({ status: 201, location: pathOf('transfer', createTransfer(ctx, { transfer, payer })) })
  },
})

const cancelRoute: Route = {
  method: 'POST',
  path: '/transfers/{id}',
  operationId: 'cancelTransfer',
  tag,
  summary: 'Cancel a transfer',
  description: 'Cancels a pending transfer, and those of the same payment that are pending with it.',
  body: { type: 'object', required: ['status'], properties: { status: { type: 'string', enum: ['cancelled'] } } },
  answers: { 200: transferSchema },
  errors: ['ValidationError', 'NotFound'],
  prepare: ({ id, body }) => {
    if (!Object.hasOwn(body, 'status') || body['status'] !== 'cancelled')
      throw invalid({ code: 'Invalid', message: 'Status invalid.', path: '/status' })
    return (ctx) => ({ status: 200, body: transferBody(cancelPayment(ctx, id), ctx) })
  },
}

const readRoutes = ({ pool, db }: Options): readonly Route[] => {
  const readTransfer = createTransferReader(pool)

  const getTransfer = async ({ caller, id }: Call): Promise<TransferRow> => {
    const transfer = await readTransfer({ accountId: caller.world.accountId, id })
    if (!transfer) throw new Refusal('NotFound')
    return transfer
  }

  return [
    {
      method: 'GET',
      path: '/transfers/{id}',
      operationId: 'getTransfer',
      tag,
      summary: 'Get a transfer',
      description: 'One transfer of the account or of a customer.',
      answers: { 200: transferSchema },
      errors: ['NotFound'],
      answer: async (call) => transferBody(await getTransfer(call), viewerOf(call.caller)),
    },
    {
      method: 'GET',
      path: '/transfers/{id}/fees',
      operationId: 'listTransferFees',
      tag,
      summary: 'List the fees of a transfer',
      description: 'Each is a transfer of its own, made when the transfer was processed.',
      answers: { 200: feesSchema },
      errors: ['NotFound'],
      answer: async (call) => {
        const { accountId } = call.caller.world
        const { id } = await getTransfer(call)
        return feesBody(id, await listFees(db, accountId, id), viewerOf(call.caller))
      },
    },
    {
      method: 'GET',
      path: '/transfers/{id}/failure',
      operationId: 'getTransferFailureReason',
      tag,
      summary: 'Get why a transfer failed',
      description: 'The code of the bank, and what it means; not found while the transfer has not failed.',
      answers: { 200: failureSchema },
      errors: ['NotFound'],
      answer: async (call) => {
        const transfer = await getTransfer(call)
        if (transfer.failure_code === null) throw new Refusal('NotFound')
        return failureBody(transfer, transfer.failure_code, call.caller.world.accountId)
      },
    },
  ]
}

export const transferRoutes = (options: Options): readonly Route[] => [
  createRoute(options.sealer),
  cancelRoute,
  ...readRoutes(options),
  ...listRoutes(options),
]
