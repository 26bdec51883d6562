/** The routes of customers. */
import {
  checkCustomer,
  createCustomerKinds,
  customerFields,
  customerStatuses,
  editCustomerKinds,
  statusSteps,
} from '@clearyard/contract/customers.ts'
import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import { checkBody } from '@clearyard/contract/fields.ts'
import { pagingLinks } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../../db/database.ts'
import { createQueryReader } from '../../http/query.ts'
import type { Call, Route } from '../../http/route.ts'
import { bodySchema, listSchema, pageParameters } from '../../http/schemas.ts'
import type { Verifier } from '../../identity/verifier.ts'
import { customerBody, customerSchema } from './hal.ts'
import { changeCustomerStatus, createCustomer, editCustomer } from './operations.ts'
import { type CustomerRow, listCustomers } from './store.ts'

const tag = 'customers'
const unverifiedTypes = ['unverified', 'receive-only'] as const

const prepareCreate = (body: Call['body']) => {
  const given = body['type'] ?? 'unverified'
  const type = unverifiedTypes.find((known) => known === given)
  if (!type) throw invalid({ code: 'Invalid', message: 'Type invalid.', path: '/type' })
  const { value, errors } = checkCustomer(body, type)
  if (!value) throw invalid(...errors)
  return value
}

const prepareStatus = (caller: Call['caller'], status: unknown) => {
  const step = typeof status === 'string' && Object.hasOwn(statusSteps, status) && statusSteps[status as 'suspended']
  if (!step) throw invalid({ code: 'Invalid', message: 'Status invalid.', path: '/status' })
  // A browser may edit its customer; whether there is a customer at all is the platform's to say.
  if (caller.clientToken) throw new Refusal('Forbidden')
  return step
}

const prepareEdit = (body: Call['body']) => {
  if (body['type'] !== undefined && body['type'] !== null)
    throw invalid({ code: 'Invalid', message: 'Type invalid.', path: '/type' })
  const { value, errors } = checkBody(customerFields, editCustomerKinds.unverified, body)
  if (errors.length > 0) throw invalid(...errors)
  return value
}

export const customerRoutes = (options: {
  db: Database
  readCustomer: (key: { accountId: string; id: string }) => Promise<CustomerRow | null>
  verifier: Verifier
}): readonly Route[] => [
  {
    method: 'POST',
    path: '/customers',
    operationId: 'createCustomer',
    tag,
    summary: 'Create a customer',
    description: 'Creates an unverified customer, or with `type` a receive-only one.',
    body: bodySchema(customerFields, createCustomerKinds.unverified, {
      type: { type: 'string', enum: [...unverifiedTypes], default: 'unverified', description: 'The kind of customer.' },
    }),
    answers: { 201: 'The customer' },
    errors: ['ValidationError'],
    prepare: ({ body }) => {
      const input = prepareCreate(body)
      return (ctx) => ({ status: 201, location: pathOf('customer', createCustomer(ctx, input).id) })
    },
  },
  {
    method: 'GET',
    path: '/customers',
    operationId: 'listAndSearchCustomers',
    tag,
    summary: 'List and search customers',
    description: 'Newest first.',
    parameters: {
      ...pageParameters,
      search: { type: 'string', description: 'Part of a first name, last name, business name or e-mail, in any case.' },
      email: { type: 'string', description: 'Exactly this e-mail address, in any case.' },
      status: {
        type: 'array',
        items: { type: 'string', enum: [...customerStatuses] },
        description: 'May be repeated.',
      },
    },
    answers: { 200: listSchema('customers', customerSchema) },
    errors: ['ValidationError'],
    answer: async ({ caller, query }) => {
      const read = createQueryReader(query)
      const page = read.page()
      const filter = {
        search: read.one('search'),
        email: read.one('email'),
        statuses: read.choices('status', customerStatuses),
      }
      read.done()
      const { rows, total } = await listCustomers(options.db, caller.world.accountId, filter, page)
      const list = { path: '/customers', query: query.raw, filters: read.filters, resourceType: 'customer' }
      return {
        _links: pagingLinks(list, page, total),
        _embedded: { customers: rows.map(customerBody) },
        total,
      }
    },
  },
  {
    method: 'GET',
    path: '/customers/{id}',
    operationId: 'getCustomer',
    tag,
    summary: 'Get a customer',
    description: 'One customer of the account.',
    answers: { 200: customerSchema },
    errors: ['NotFound'],
    answer: async ({ caller, id }) => {
      const customer = await options.readCustomer({ accountId: caller.world.accountId, id })
      if (!customer) throw new Refusal('NotFound')
      return customerBody(customer)
    },
  },
  {
    method: 'POST',
    path: '/customers/{id}',
    operationId: 'updateCustomer',
    tag,
    summary: 'Edit a customer, or change its status',
    description:
      'Changes the fields that are given; an empty `businessName` takes it off. With `status` it suspends, deactivates or reactivates the customer instead.',
    body: bodySchema(customerFields, editCustomerKinds.unverified, {
      status: { type: 'string', enum: Object.keys(statusSteps), description: 'A status to bring about.' },
    }),
    answers: { 200: customerSchema },
    errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
    prepare: ({ caller, id, body }) => {
      if (body['status'] !== undefined && body['status'] !== null) {
        const step = prepareStatus(caller, body['status'])
        return (ctx) => ({ status: 200, body: customerBody(changeCustomerStatus(ctx, { id, step })) })
      }
      const input = prepareEdit(body)
      return (ctx) => ({ status: 200, body: customerBody(editCustomer(ctx, { id, body: input })) })
    },
  },
]
