/** The routes that add a bank, say it anew or remove it. */
import { bankShapes } from '@clearyard/contract/funding-sources.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Call, Route } from '../../http/route.ts'
import { type JsonSchema, linkSchema, shapeSchema } from '../../http/schemas.ts'
import type { Sealer } from '../../sealing.ts'
import { addBank, noSuchHolder } from './add-bank.ts'
import { changeBank } from './change-bank.ts'
import { fundingSourceBody, fundingSourceSchema } from './hal.ts'
import { shownNow } from './shown.ts'
import { noSuchSource } from './store.ts'

const tag = 'funding sources'

const bankSchema = shapeSchema(bankShapes.create)

const newBankSchema: JsonSchema = {
  ...bankSchema,
  properties: {
    ...(bankSchema['properties'] as object),
    verified: { type: 'boolean', description: 'Whether the bank counts as verified, for who may say so.' },
    _links: {
      type: 'object',
      properties: {
        'on-demand-authorization': { ...linkSchema, description: 'What the customer agreed to with this bank.' },
      },
    },
  },
}

const bankChangeSchema: JsonSchema = {
  anyOf: [
    shapeSchema(bankShapes.edit),
    {
      title: 'Removal',
      type: 'object',
      required: ['removed'],
      properties: { removed: { type: 'boolean', enum: [true] } },
    },
  ],
}

const added = { answers: { 201: 'The bank' }, body: newBankSchema, tag } as const

const adding =
  (sealer: Sealer, customerIdOf: (call: Call) => string | null): Extract<Route, { prepare: unknown }>['prepare'] =>
  (call) =>
  (ctx) => {
    const { id } = addBank(ctx, { customerId: customerIdOf(call), body: call.body, sealer })
    return { status: 201, location: pathOf('funding-source', id) }
  }

export const writeRoutes = ({ sealer }: { sealer: Sealer }): readonly Route[] => [
  {
    ...added,
    method: 'POST',
    path: '/funding-sources',
    operationId: 'createFundingSource',
    summary: 'Add a bank to the account',
    description: 'By its numbers: a checking or savings account. It waits to be verified by micro-deposits.',
    errors: ['ValidationError', 'DuplicateResource'],
    prepare: adding(sealer, () => null),
  },
  {
    ...added,
    method: 'POST',
    path: '/customers/{id}/funding-sources',
    operationId: 'createCustomerFundingSource',
    summary: 'Add a bank to a customer',
    description:
      'By its numbers. It can be paid to at once; to be debited, it waits to be verified by micro-deposits. A bank that was removed and never verified comes back as what it was within 48 hours of being added first.',
    notFound: noSuchHolder,
    errors: ['ValidationError', 'DuplicateResource', 'MaxNumberOfResources', 'InvalidResourceState', 'NotFound'],
    prepare: adding(sealer, ({ id }) => id),
  },
  {
    method: 'POST',
    path: '/funding-sources/{id}',
    operationId: 'updateOrRemoveFundingSource',
    tag,
    summary: 'Change or remove a bank',
    description:
      'Its name at any time, the rest while it is unverified. With `removed` it is taken away, and with it whatever was to be paid to it.',
    body: bankChangeSchema,
    answers: { 200: fundingSourceSchema },
    notFound: noSuchSource,
    errors: ['ValidationError', 'DuplicateResource', 'InvalidResourceState', 'NotFound'],
    prepare:
      ({ id, body }) =>
      (ctx) => ({ status: 200, body: fundingSourceBody(shownNow(ctx, changeBank(ctx, { id, body, sealer }))) }),
  },
]
