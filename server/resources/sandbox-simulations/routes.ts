/** `POST /sandbox-simulations`: brings about, in a sandbox, what others would do outside. */
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import { isBlank } from '@clearyard/contract/fields.ts'
import { link } from '@clearyard/contract/hal.ts'
import { idFromHref } from '@clearyard/contract/links.ts'
import type { Operation } from '../../gate/operation.ts'
import type { Call, Prepared, WriteRoute } from '../../http/route.ts'
import { linkSchema, linksSchema } from '../../http/schemas.ts'
import { customers } from '../customers/store.ts'
import { addDirective } from '../customers/verification.ts'
import type { RunBanks } from './bank-run.ts'

/** The directives of Dwolla's documentation and of its published contract, which differ by one. */
const errorCodes = [
  'PersonalIDRequired',
  'ControllerNonResidential',
  'POBoxNotAllowed',
  'AddressNotAssociatedWithBusiness',
  'EINDocumentRequired',
] as const

type Simulation = { customerId: string; errorCode: (typeof errorCodes)[number] }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (value: unknown, label: string, path: string): EmbeddedError =>
  isBlank(value)
    ? { code: 'Required', message: `${label} required.`, path }
    : { code: 'Invalid', message: `${label} invalid.`, path }

const customerPath = '/_links/customer/href'

const readSimulation = (body: Call['body']): Simulation => {
  const { type, _links: links, errorCode: given } = body
  if (type !== 'customer-verification') throw invalid(wrong(type, 'Type', '/type'))
  const customer = isObject(links) ? links['customer'] : undefined
  const href = isObject(customer) ? customer['href'] : undefined
  const customerId = typeof href === 'string' ? idFromHref('customer', href) : null
  const errorCode = errorCodes.find((known) => known === given)
  if (customerId !== null && errorCode) return { customerId, errorCode }
  throw invalid(
    ...(customerId === null ? [wrong(href, 'Customer', customerPath)] : []),
    ...(errorCode ? [] : [wrong(given, 'ErrorCode', '/errorCode')]),
  )
}

/** Adds to what stands between a business and its verification. */
const simulateDirective: Operation<Simulation, void> = (ctx, { customerId, errorCode }) => {
  const customer = customers.find(ctx, customerId)
  if (!customer) throw invalid({ code: 'Invalid', message: 'Customer not found.', path: customerPath })
  addDirective(ctx, customer, { code: errorCode })
}

const _links = { self: link('/sandbox-simulations', 'sandbox-simulation') }

const verification = (body: Call['body']): Prepared => {
  const simulation = readSimulation(body)
  return (ctx) => {
    simulateDirective(ctx, simulation)
    return { status: 200, body: { _links, errorCode: simulation.errorCode } }
  }
}

const processing = (runBanks: RunBanks, { caller }: Call): Prepared => {
  const { world, actor, now } = caller
  const { accountId, settings } = world
  let total = 0
  return {
    ahead: async () => {
      total = await runBanks({ accountId, actor, settings, now })
    },
    run: () => ({ status: 200, body: { _links, total } }),
  }
}

export const sandboxSimulationRoutes = ({ runBanks }: { runBanks: RunBanks }): readonly WriteRoute[] => [
  {
    method: 'POST',
    path: '/sandbox-simulations',
    operationId: 'simulateBankTransferProcessing',
    tag: 'sandbox simulations',
    summary: 'Simulate what banks do, or a verification directive',
    description:
      'Without a `type`, banks do their part of the latest 500 transfers that wait for it, one leg a call, and the answer comes when that is done. With one, for a business in `retry` or `document`, the code then stands in the `_embedded.errors` of the customer. In sandboxes alone.',
    body: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['customer-verification'] },
        _links: { type: 'object', required: ['customer'], properties: { customer: linkSchema } },
        errorCode: { type: 'string', enum: [...errorCodes] },
      },
    },
    answers: {
      200: {
        type: 'object',
        required: ['_links'],
        properties: {
          _links: linksSchema,
          total: { type: 'integer', description: 'How many transfers were processed, failed or returned.' },
          errorCode: { type: 'string', enum: [...errorCodes] },
        },
      },
    },
    errors: ['ValidationError', 'InvalidResourceState'],
    prepare: (call) => (Object.keys(call.body).length === 0 ? processing(runBanks, call) : verification(call.body)),
  },
]
