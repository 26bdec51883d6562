/** The routes of funding sources: what is read of them, and all of them together. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf, type ResourceType } from '@clearyard/contract/links.ts'
import type { Pool } from 'pg'
import type { Database } from '../../db/database.ts'
import { createQueryReader, type Query } from '../../http/query.ts'
import type { Route } from '../../http/route.ts'
import { type JsonSchema, listSchema } from '../../http/schemas.ts'
import { createBalanceReader } from '../../ledger/tables.ts'
import type { Sealer } from '../../sealing.ts'
import { balanceBody, balanceSchema, fundingSourceBody, fundingSourceSchema } from './hal.ts'
import { createMicroDepositReader } from './micro-deposits/store.ts'
import { readShown, type ShownReaders } from './shown.ts'
import { createFundingSourceReader, type FundingSourceRow, listFundingSources, noSuchSource } from './store.ts'
import { writeRoutes } from './write-routes.ts'

const tag = 'funding sources'

const noSuchCustomer = () => new Refusal('NotFound', { message: 'Customer not found.' })
const noSuchAccount = () => new Refusal('NotFound', { message: 'Account not found.' })

const booleans = ['true', 'false'] as const

const listParameters: { readonly [name: string]: JsonSchema } = {
  removed: { type: 'boolean', default: true, description: 'Whether removed funding sources are listed, too.' },
  embed: { type: 'string', enum: ['balance'], description: 'Embeds the balance in the source that is one.' },
}

const readList = (query: Query) => {
  const read = createQueryReader(query)
  const removed = read.choices('removed', booleans)
  const embedded = read.choices('embed', ['balance'])
  read.done()
  return { withRemoved: !removed.includes('false'), withBalance: embedded.length > 0 }
}

type Options = { pool: Pool; db: Database; sealer: Sealer; readCustomer: ShownReaders['readCustomer'] }

const readRoutes = (options: Options): readonly Route[] => {
  const readFundingSource = createFundingSourceReader(options.pool)
  const readBalance = createBalanceReader(options.pool)
  const readers = { readCustomer: options.readCustomer, readDeposits: createMicroDepositReader(options.pool) }

  const getFundingSource = async (accountId: string, id: string): Promise<FundingSourceRow> => {
    const source = await readFundingSource({ accountId, id })
    if (!source) throw noSuchSource()
    return source
  }

  /** The list of an owner, which is not paged. */
  const listOf = async (
    accountId: string,
    owner: { type: Extract<ResourceType, 'account' | 'customer'>; id: string },
    query: Query,
  ): Promise<Hal> => {
    const { withRemoved, withBalance } = readList(query)
    const sources = await listFundingSources(options.db, { accountId, ownerId: owner.id }, { withRemoved })
    const bodies = sources.map(async (source) =>
      fundingSourceBody(
        await readShown(readers, accountId, source),
        withBalance && source.type === 'balance' ? await readBalance({ accountId, id: source.id }) : null,
      ),
    )
    const path = pathOf(owner.type, owner.id)
    const asked = query.raw === '' ? '' : `?${query.raw}`
    return {
      _links: {
        self: link(`${path}/funding-sources${asked}`, 'funding-source'),
        [owner.type]: link(path, owner.type),
      },
      _embedded: { 'funding-sources': await Promise.all(bodies) },
      total: sources.length,
    }
  }

  return [
    {
      method: 'GET',
      path: '/accounts/{id}/funding-sources',
      operationId: 'listFundingSources',
      tag,
      summary: 'List the funding sources of the account',
      description: 'Newest first, and all of them at once.',
      parameters: listParameters,
      answers: { 200: listSchema('funding-sources', fundingSourceSchema) },
      notFound: noSuchAccount,
      errors: ['ValidationError', 'NotFound'],
      answer: ({ caller, id, query }) => {
        const { accountId } = caller.world
        if (id !== accountId) throw noSuchAccount()
        return listOf(accountId, { type: 'account', id }, query)
      },
    },
    {
      method: 'GET',
      path: '/customers/{id}/funding-sources',
      operationId: 'listCustomerFundingSources',
      tag,
      summary: 'List the funding sources of a customer',
      description: 'Newest first, and all of them at once.',
      parameters: listParameters,
      answers: { 200: listSchema('funding-sources', fundingSourceSchema) },
      notFound: noSuchCustomer,
      errors: ['ValidationError', 'NotFound'],
      answer: async ({ caller, id, query }) => {
        const { accountId } = caller.world
        if (!(await options.readCustomer({ accountId, id }))) throw noSuchCustomer()
        return listOf(accountId, { type: 'customer', id }, query)
      },
    },
    {
      method: 'GET',
      path: '/funding-sources/{id}',
      operationId: 'getFundingSource',
      tag,
      summary: 'Get a funding source',
      description: 'One funding source of the account or of a customer; a removed one as well.',
      answers: { 200: fundingSourceSchema },
      notFound: noSuchSource,
      errors: ['NotFound'],
      answer: async ({ caller, id }) => {
        const { accountId } = caller.world
        return fundingSourceBody(await readShown(readers, accountId, await getFundingSource(accountId, id)))
      },
    },
    {
      method: 'GET',
      path: '/funding-sources/{id}/balance',
      operationId: 'getFundingSourceBalance',
      tag,
      summary: 'Get the balance of a funding source',
      description: 'What a balance holds, and what of it may be spent. A bank tells nothing.',
      answers: { 200: balanceSchema },
      notFound: noSuchSource,
      errors: ['UnsupportedOperation', 'NotFound'],
      answer: async ({ caller, id }) => {
        const { accountId } = caller.world
        const source = await getFundingSource(accountId, id)
        if (source.type !== 'balance') throw new Refusal('UnsupportedOperation')
        const balance = await readBalance({ accountId, id })
        if (!balance) throw new Error('a funding source that is a balance has one')
        return balanceBody(balance)
      },
    },
  ]
}

export const fundingSourceRoutes = (options: Options): readonly Route[] => [
  ...readRoutes(options),
  ...writeRoutes(options),
]
