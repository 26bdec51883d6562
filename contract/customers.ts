/**
 * Customers on the wire: their types, statuses and fields.
 * Sources: Dwolla's pages on creating and updating a customer, and the published contract.
 */
import type { Checked, Fields } from './fields.ts'

export const customerTypes = ['unverified', 'receive-only'] as const
export type CustomerType = (typeof customerTypes)[number]

export const customerStatuses = [
  'unverified',
  'retry',
  'kba',
  'document',
  'verified',
  'suspended',
  'deactivated',
] as const
export type CustomerStatus = (typeof customerStatuses)[number]

/** Characters Dwolla refuses in names. */
const special = '<>="`!?%~{}$\\'

export const customerFields = {
  firstName: {
    label: 'First Name',
    maxLength: 50,
    refused: special,
    description: 'Legal first name.',
    example: 'Jane',
  },
  lastName: {
    label: 'Last Name',
    maxLength: 50,
    refused: special,
    description: 'Legal last name.',
    example: 'Merchant',
  },
  email: {
    label: 'Email',
    maxLength: 254,
    pattern: '[^\\s@<>()\\[\\],;:\\\\"]+@[^\\s@<>()\\[\\],;:\\\\".]+(?:\\.[^\\s@<>()\\[\\],;:\\\\".]+)+',
    description: 'E-mail address, unique among the customers of the account whatever its case.',
    example: 'jane@example.com',
  },
  businessName: {
    label: 'Business Name',
    maxLength: 255,
    refused: special,
    description: 'Registered name of the business the customer acts for.',
    example: 'Jane Corp',
  },
  ipAddress: {
    label: 'IP Address',
    maxLength: 255,
    description: 'Network address of the customer, kept for the record.',
    example: '192.0.2.7',
  },
  phone: {
    label: 'Phone',
    pattern: '\\d{10}',
    description: 'Ten digits without separators.',
    example: '5155550100',
  },
  correlationId: {
    label: 'Correlation ID',
    maxLength: 255,
    pattern: '[A-Za-z0-9._\\-]+',
    description: 'An id of your own, unique among the customers of the account.',
    example: 'fc451a7a-ae30-4404-aB95-e3553fcd733f',
  },
} as const satisfies Fields

const person = {
  required: ['firstName', 'lastName', 'email'],
  optional: ['businessName', 'ipAddress', 'phone', 'correlationId'],
} as const

/** The bodies of `POST /customers`, by `type`; a body without one is an unverified customer's. */
export const createCustomerKinds = { unverified: person, 'receive-only': person } as const
export type CreateCustomerBody = Checked<typeof person>

/**
 * The body of `POST /customers/{id}` that edits an unverified or receive-only customer; `""` takes the business name
 * off.
 */
export const editCustomerKind = {
  required: [],
  optional: ['firstName', 'lastName', 'email', 'businessName'],
  unsettable: ['businessName'],
} as const
export type EditCustomerBody = Checked<typeof editCustomerKind>

/** The values of `status` in `POST /customers/{id}`, and the step each asks for. */
export const statusSteps = {
  suspended: 'suspend',
  deactivated: 'deactivate',
  reactivated: 'reactivate',
} as const
