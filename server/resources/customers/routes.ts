/** The routes of customers. */
import { createCustomerShapes, editCustomerShapes, retryCustomerShapes } from '@clearyard/contract/customer-shapes.ts'
import { customerStatuses, statusSteps } from '@clearyard/contract/customers.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import { pagingLinks } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../../db/database.ts'
import { createQueryReader } from '../../http/query.ts'
import type { Call, Route } from '../../http/route.ts'
import { type JsonSchema, listSchema, oneOfShapes, pageParameters, shapeSchema } from '../../http/schemas.ts'
import type { Verifier } from '../../identity/verifier.ts'
import { createCustomerForms, editCustomerForms } from './forms.ts'
import { customerBody, customerSchema } from './hal.ts'
import { createCustomer, statusStepIn, updateCustomer } from './operations.ts'
import { type CustomerRow, listCustomers, noSuchCustomer } from './store.ts'

const tag = 'customers'

/** All that a customer can be told; of a second attempt only what differs from what creates one. */
const updateSchema: JsonSchema = {
  anyOf: [
    ...[
      editCustomerShapes.unverified,
      editCustomerShapes.personal,
      editCustomerShapes.business,
      createCustomerShapes.personal,
      createCustomerShapes.soleProprietorship,
      createCustomerShapes.business,
      createCustomerShapes.internationalBusiness,
      retryCustomerShapes.businessAlone,
    ].map(shapeSchema),
    {
      title: 'Upgrade of a receive-only customer',
      type: 'object',
      required: ['type'],
      properties: { type: { type: 'string', enum: ['unverified'] } },
    },
    {
      title: 'Change of status',
      type: 'object',
      required: ['status'],
      properties: {
        status: { type: 'string', enum: Object.keys(statusSteps), description: 'A status to bring about.' },
      },
    },
  ],
}

type ReadCustomer = (key: { accountId: string; id: string }) => Promise<CustomerRow | null>

/** @throws Refusal with NotFound when there is no such customer */
const getCustomer = async (readCustomer: ReadCustomer, { caller, id }: Call): Promise<CustomerRow> => {
  const customer = await readCustomer({ accountId: caller.world.accountId, id })
  if (!customer) throw noSuchCustomer()
  return customer
}

const createRoute = (verifier: Verifier): Route => ({
  method: 'POST',
  path: '/customers',
  operationId: 'createCustomer',
  tag,
  summary: 'Create a customer',
  description:
    'Creates a customer of any type. The identity of a personal or business customer is checked at once; its status says what comes of it. A body without `type` is an unverified customer’s.',
  body: oneOfShapes(Object.values(createCustomerShapes)),
  answers: { 201: 'The customer' },
  errors: ['ValidationError'],
  prepare:
    ({ body }) =>
    (ctx) => ({ status: 201, location: pathOf('customer', createCustomer(ctx, { body, verifier }).id) }),
})

const listRoute = (db: Database): Route => ({
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
    const { rows, total } = await listCustomers(db, caller.world.accountId, filter, page)
    const list = { path: '/customers', query: query.raw, filters: read.filters, resourceType: 'customer' }
    return {
      _links: pagingLinks(list, page, total),
      _embedded: { customers: rows.map((row) => customerBody(row, caller.now)) },
      total,
    }
  },
  forms: createCustomerForms,
})

const getRoute = (readCustomer: ReadCustomer): Route => ({
  method: 'GET',
  path: '/customers/{id}',
  operationId: 'getCustomer',
  tag,
  summary: 'Get a customer',
  description: 'One customer of the account.',
  answers: { 200: customerSchema },
  notFound: noSuchCustomer,
  errors: ['NotFound', 'InvalidResourceState'],
  answer: async (call) => customerBody(await getCustomer(readCustomer, call), call.caller.now),
  forms: async (call) => editCustomerForms(await getCustomer(readCustomer, call)),
})

const updateRoute = (verifier: Verifier): Route => ({
  method: 'POST',
  path: '/customers/{id}',
  operationId: 'updateCustomer',
  tag,
  summary: 'Edit, upgrade or retry a customer, or change its status',
  description:
    'Changes the fields that are given; an empty text takes off what may be missing. With `status` it suspends, deactivates or reactivates the customer instead, and with another `type` it upgrades it, which takes all fields of that type. A customer in `retry` tries again with all fields of its own.',
  body: updateSchema,
  answers: { 200: customerSchema },
  notFound: noSuchCustomer,
  errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
  prepare: ({ caller, id, body }) => {
    const step = statusStepIn(body)
    // A browser may edit its customer; whether there is a customer at all is the platform's to say.
    if (step && caller.clientToken) throw new Refusal('Forbidden')
    return (ctx) => ({ status: 200, body: customerBody(updateCustomer(ctx, { id, step, body, verifier }), ctx.now) })
  },
})

export const customerRoutes = (options: {
  db: Database
  readCustomer: ReadCustomer
  verifier: Verifier
}): readonly Route[] => [
  createRoute(options.verifier),
  listRoute(options.db),
  getRoute(options.readCustomer),
  updateRoute(options.verifier),
]
