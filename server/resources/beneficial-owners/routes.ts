/** The routes of beneficial owners, and of what a business certifies of them. */
import { checkOwner, type NewOwner, ownerShapes } from '@clearyard/contract/beneficial-owners.ts'
import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import { link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../../db/database.ts'
import type { Call, Route } from '../../http/route.ts'
import { listSchema, oneOfShapes } from '../../http/schemas.ts'
import type { Verifier } from '../../identity/verifier.ts'
import { ownershipAt } from '../customers/domain.ts'
import { type CustomerRow, customers, noSuchCustomer } from '../customers/store.ts'
import { ownerBody, ownerSchema, ownershipBody, ownershipSchema } from './hal.ts'
import { certifyOwnership, createOwner, removeOwner, retryOwner } from './operations.ts'
import { listOwners, noSuchOwner, type OwnerRow } from './store.ts'

const tag = 'beneficial owners'

type Key = { accountId: string; id: string }

type Options = {
  db: Database
  readCustomer: (key: Key) => Promise<CustomerRow | null>
  readOwner: (key: Key) => Promise<OwnerRow | null>
  verifier: Verifier
}

const keyOf = ({ caller, id }: Call): Key => ({ accountId: caller.world.accountId, id })

const readBody = ({ caller, body }: Call): NewOwner => {
  const { value, errors } = checkOwner(body, { today: caller.now.toISOString().slice(0, 10) })
  if (!value) throw invalid(...errors)
  return value
}

/** Certified is all that a business can say its ownership is. */
const demandCertified = ({ body }: Call): void => {
  const status = Object.hasOwn(body, 'status') ? (body['status'] ?? '') : ''
  if (status === '') throw invalid({ code: 'Required', message: 'Status required.', path: '/status' })
  if (status !== 'certified') throw invalid({ code: 'Invalid', message: 'Status invalid.', path: '/status' })
}

const noOwnership = (): Refusal => new Refusal('NotFound', { message: 'Ownership certification status not found.' })

const ownersOfCustomer = ({ db, readCustomer, verifier }: Options): readonly Route[] => [
  {
    method: 'POST',
    path: '/customers/{id}/beneficial-owners',
    operationId: 'createBeneficialOwnerForCustomer',
    tag,
    summary: 'Add a beneficial owner',
    description:
      'Somebody who owns a quarter or more of a business. The identity is checked at once. A business that had certified its owners has to certify them again within 30 days.',
    body: oneOfShapes(ownerShapes),
    notFound: noSuchCustomer,
    answers: { 201: 'The owner' },
    errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
    prepare: (call) => {
      const given = readBody(call)
      return (ctx) => {
        const owner = createOwner(ctx, { customerId: call.id, given, verifier })
        return { status: 201, location: pathOf('beneficial-owner', owner.id) }
      }
    },
  },
  {
    method: 'GET',
    path: '/customers/{id}/beneficial-owners',
    operationId: 'listBeneficialOwnersForCustomer',
    tag,
    summary: 'List the beneficial owners of a customer',
    description: 'All of them, newest first. Who needs none has none.',
    notFound: noSuchCustomer,
    answers: { 200: listSchema('beneficial-owners', ownerSchema) },
    errors: ['NotFound'],
    answer: async (call) => {
      const customer = await readCustomer(keyOf(call))
      if (!customer) throw noSuchCustomer()
      const rows = await listOwners(db, call.caller.world.accountId, customer.id)
      return {
        _links: { self: link(`${pathOf('customer', customer.id)}/beneficial-owners`, 'beneficial-owner') },
        _embedded: { 'beneficial-owners': rows.map((owner) => ownerBody(owner, customer)) },
        total: rows.length,
      }
    },
  },
]

const oneOwner = ({ readCustomer, readOwner, verifier }: Options): readonly Route[] => [
  {
    method: 'GET',
    path: '/beneficial-owners/{id}',
    operationId: 'retrieveBeneficialOwner',
    tag,
    summary: 'Get a beneficial owner',
    description: 'Who it is, and whether the identity is verified.',
    notFound: noSuchOwner,
    answers: { 200: ownerSchema },
    errors: ['NotFound'],
    answer: async (call) => {
      const owner = await readOwner(keyOf(call))
      const customer = owner && (await readCustomer({ ...keyOf(call), id: owner.customer_id }))
      if (!customer) throw noSuchOwner()
      return ownerBody(owner, customer)
    },
  },
  {
    method: 'POST',
    path: '/beneficial-owners/{id}',
    operationId: 'updateBeneficialOwner',
    tag,
    summary: 'Say again who a beneficial owner is',
    description: 'Once, while the owner is `incomplete`: all of it, as it is said to add one.',
    body: oneOfShapes(ownerShapes),
    notFound: () => noSuchOwner('Owner not found.'),
    answers: { 200: ownerSchema },
    errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
    prepare: (call) => {
      const given = readBody(call)
      return (ctx) => {
        const owner = retryOwner(ctx, { id: call.id, given, verifier })
        return { status: 200, body: ownerBody(owner, customers.get(ctx, owner.customer_id)) }
      }
    },
  },
  {
    method: 'DELETE',
    path: '/beneficial-owners/{id}',
    operationId: 'deleteBeneficialOwner',
    tag,
    summary: 'Remove a beneficial owner',
    description: 'Answers the owner that was removed.',
    notFound: noSuchOwner,
    answers: { 200: ownerSchema },
    errors: ['InvalidResourceState', 'NotFound'],
    prepare:
      ({ id }) =>
      (ctx) => {
        const owner = removeOwner(ctx, { id })
        return { status: 200, body: ownerBody(owner, customers.get(ctx, owner.customer_id)) }
      },
  },
]

const ownershipOfCustomer = ({ readCustomer }: Options): readonly Route[] => [
  {
    method: 'GET',
    path: '/customers/{id}/beneficial-ownership',
    operationId: 'getBeneficialOwnershipStatusForCustomer',
    tag,
    summary: 'Get how far the owners of a customer are certified',
    description: 'Of a business that is no sole proprietorship; others have nothing to certify.',
    notFound: noOwnership,
    answers: { 200: ownershipSchema },
    errors: ['NotFound'],
    answer: async (call) => {
      const customer = await readCustomer(keyOf(call))
      const status = customer && ownershipAt(customer, call.caller.now)
      if (!status) throw noOwnership()
      return ownershipBody(call.id, status)
    },
  },
  {
    method: 'POST',
    path: '/customers/{id}/beneficial-ownership',
    operationId: 'certifyBeneficialOwnershipForCustomer',
    tag,
    summary: 'Certify the owners of a customer',
    description: 'The business says that it has named everybody who owns a quarter or more of it, or that nobody does.',
    body: {
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', enum: ['certified'], description: 'What the ownership is to be.' } },
    },
    notFound: noSuchCustomer,
    answers: { 200: ownershipSchema },
    errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
    prepare: (call) => {
      demandCertified(call)
      return (ctx) => {
        const { id } = certifyOwnership(ctx, { customerId: call.id })
        return { status: 200, body: ownershipBody(id, 'certified') }
      }
    },
  },
]

export const ownerRoutes = (options: Options): readonly Route[] => [
  ...ownersOfCustomer(options),
  ...oneOwner(options),
  ...ownershipOfCustomer(options),
]
