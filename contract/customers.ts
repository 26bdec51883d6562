/**
 * Customers on the wire: their types, statuses and fields.
 * Sources: Dwolla's pages on creating and updating a customer, and the published contract.
 */
import { isIndustry } from './business-classifications.ts'
import type { EmbeddedError } from './errors.ts'
import { type Checked, checkBody, type Fields, type Kind, ownValue, type Place } from './fields.ts'
import {
  type Address,
  checkAddress,
  checkPart,
  checkPersonalId,
  dateOfBirth,
  type PersonalId,
  personFields,
  placeFields,
  postalCode,
  special,
  ssn,
} from './people.ts'
import { personStateCodes, stateCodes } from './places.ts'

export const customerTypes = ['unverified', 'receive-only', 'personal', 'business'] as const
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

export const businessTypes = ['soleProprietorship', 'llc', 'corporation', 'partnership'] as const
export type BusinessType = (typeof businessTypes)[number]

const { address1, address2, city } = placeFields
const state = { label: 'State', description: 'Two-letter code of the state.', example: 'NY' } as const

export const customerFields = {
  ...personFields,
  email: {
    label: 'Email',
    maxLength: 254,
    input: 'email',
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
    input: 'tel',
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
  address1,
  address2,
  city,
  state: { ...state, values: stateCodes },
  postalCode,
  dateOfBirth,
  ssn: ssn.lastFourOrFull,
  businessType: {
    label: 'Business Type',
    values: businessTypes,
    names: {
      soleProprietorship: 'Sole Proprietorship',
      llc: 'LLC',
      corporation: 'Corporation',
      partnership: 'Partnership',
    },
    description: 'Legal form of the business.',
    example: 'llc',
  },
  businessClassification: {
    label: 'Business Classification',
    pattern: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
    description: 'Id of the industry the business is in: see `GET /business-classifications`.',
    example: '9ed3f670-7d6f-11e3-b1ce-5404a6144203',
  },
  ein: {
    label: 'EIN',
    stripped: '-',
    pattern: '\\d{2}-?\\d{7}',
    sensitive: true,
    description: 'Employer Identification Number: nine digits.',
    example: '12-3456789',
  },
  doingBusinessAs: {
    label: 'Doing Business As',
    maxLength: 255,
    refused: special,
    description: 'Name the business trades under, when it is another.',
    example: 'Jane Books',
  },
  website: {
    label: 'Website',
    maxLength: 255,
    pattern: 'https?://[^\\s<>"`{}|\\\\^]+',
    description: 'Address of the website, with its scheme.',
    example: 'https://www.example.com',
  },
} as const satisfies Fields

/** What differs for people: they live in a state. */
export const personalFields = {
  ...customerFields,
  state: { ...state, values: personStateCodes },
} as const satisfies Fields

const contact = {
  required: ['firstName', 'lastName', 'email'],
  optional: ['businessName', 'ipAddress', 'phone', 'correlationId'],
} as const

const personal = {
  required: ['firstName', 'lastName', 'email', 'address1', 'city', 'state', 'postalCode', 'dateOfBirth', 'ssn'],
  optional: ['address2', 'ipAddress', 'phone', 'correlationId'],
} as const

const business = {
  required: [
    'firstName',
    'lastName',
    'email',
    'businessName',
    'businessType',
    'businessClassification',
    'ein',
    'address1',
    'city',
    'state',
    'postalCode',
  ],
  optional: ['address2', 'doingBusinessAs', 'website', 'ipAddress', 'phone', 'correlationId'],
} as const

const soleProprietorship = {
  required: [
    'firstName',
    'lastName',
    'email',
    'businessName',
    'businessType',
    'businessClassification',
    'address1',
    'city',
    'state',
    'postalCode',
    'dateOfBirth',
    'ssn',
  ],
  optional: ['ein', 'address2', 'doingBusinessAs', 'website', 'ipAddress', 'phone', 'correlationId'],
} as const

/** The bodies of `POST /customers`, by kind; a body without a type is an unverified customer's. */
export const createCustomerKinds = {
  unverified: contact,
  'receive-only': contact,
  personal,
  soleProprietorship,
  business,
} as const satisfies Record<string, Kind>
export type CustomerKind = keyof typeof createCustomerKinds

/** Who controls a business, when its owner does not act in person. */
export const controllerFields = {
  ...personFields,
  title: {
    label: 'Title',
    maxLength: 100,
    refused: special,
    description: 'Position held in the business.',
    example: 'CEO',
  },
  dateOfBirth,
} as const satisfies Fields

export const controllerKind = { required: ['firstName', 'lastName', 'title', 'dateOfBirth'], optional: [] } as const

export type Controller = {
  firstName: string
  lastName: string
  title: string
  dateOfBirth: string
  address: Address
  id: PersonalId
}

/** A checked body that creates, upgrades or retries a customer: what its kind takes, and a business's controller. */
export type NewCustomer = {
  kind: CustomerKind
  type: CustomerType
  fields: Checked<typeof contact> & { [F in keyof typeof customerFields]?: string }
  controller: Controller | null
}

type Body = Readonly<Record<string, unknown>>

/**
 * How a whole set of fields is checked.
 * @property fullSsn every SSN must have its nine digits, as in a second attempt
 * @property withoutController the business keeps the controller it has
 */
export type CheckOptions = Place & { readonly fullSsn?: boolean; readonly withoutController?: boolean }

/** What kind of customer a body of this type is about, or the error about its `type` or `businessType`. */
const customerKindOf = (body: Body, type: CustomerType): CustomerKind | EmbeddedError => {
  if (type !== 'business') return type
  const { errors } = checkBody(customerFields, { required: ['businessType'], optional: [] }, body)
  return errors[0] ?? (ownValue(body, 'businessType') === 'soleProprietorship' ? 'soleProprietorship' : 'business')
}

const checkController = (body: Body, options: CheckOptions) =>
  checkPart<Controller>(body, 'controller', options, (part, within) => {
    const person = checkBody(controllerFields, controllerKind, part, within)
    const id = checkPersonalId(part, options.fullSsn ? ssn.full : ssn.lastFourOrFull, within)
    const address = checkAddress(part, within)
    const errors = [...person.errors, ...id.errors, ...address.errors]
    const value = id.value && address.value && { ...person.value, id: id.value, address: address.value }
    return { value: errors.length === 0 ? value : null, errors }
  })

/** The error of a business in an industry that there is not. */
const unknownIndustry = (id: string | undefined): EmbeddedError[] =>
  id === undefined || isIndustry(id)
    ? []
    : [{ code: 'Invalid', message: 'BusinessClassification invalid.', path: '/businessClassification' }]

/**
 * Checks the whole set of fields of a customer, as `POST /customers` takes it, and an upgrade or a retry again.
 * @returns the customer, or every error: in the order of the kind's fields, then of an unknown industry, then the
 *   controller's
 */
export const checkCustomer = (
  body: Body,
  type: CustomerType,
  options: CheckOptions = {},
): { value: NewCustomer | null; errors: EmbeddedError[] } => {
  const kind = customerKindOf(body, type)
  if (typeof kind !== 'string') return { value: null, errors: [kind] }
  const table: Fields = {
    ...(kind === 'personal' ? personalFields : customerFields),
    ...(options.fullSsn ? { ssn: ssn.full } : {}),
  }
  const { value: fields, errors } = checkBody<Kind>(table, createCustomerKinds[kind], body, options)
  const hasController = kind === 'business' && !options.withoutController
  const controller = hasController ? checkController(body, options) : { value: null, errors: [] }
  errors.push(...unknownIndustry(fields.businessClassification), ...controller.errors)
  if (errors.length > 0) return { value: null, errors }
  return { value: { kind, type, fields: fields as NewCustomer['fields'], controller: controller.value }, errors }
}

/**
 * The bodies of `POST /customers/{id}` that edit a customer; `""` takes off what may be missing. Once somebody is
 * verified, who they are is not theirs to edit.
 */
export const editCustomerKinds = {
  unverified: {
    required: [],
    optional: ['firstName', 'lastName', 'email', 'businessName'],
    unsettable: ['businessName'],
  },
  personal: {
    required: [],
    optional: ['email', 'ipAddress', 'address1', 'address2', 'city', 'state', 'postalCode', 'phone'],
    unsettable: ['ipAddress', 'address2', 'phone'],
  },
  business: {
    required: [],
    optional: [
      'email',
      'ipAddress',
      'address1',
      'address2',
      'city',
      'state',
      'postalCode',
      'phone',
      'doingBusinessAs',
      'website',
    ],
    unsettable: ['ipAddress', 'address2', 'phone', 'doingBusinessAs', 'website'],
  },
} as const satisfies Record<string, Kind>

/** The values of `status` in `POST /customers/{id}`, and the step each asks for. */
export const statusSteps = {
  suspended: 'suspend',
  deactivated: 'deactivate',
  reactivated: 'reactivate',
} as const
