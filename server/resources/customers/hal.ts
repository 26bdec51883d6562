/** A customer as the API shows it. Absent values are left out; the official TypeScript client refuses null. */
import { businessTypes, customerStatuses, customerTypes } from '@clearyard/contract/customers.ts'
import { formsType, type Hal, type Link, type Links, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { addressFields } from '@clearyard/contract/people.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema } from '../../http/schemas.ts'
import { offered } from '../../states.ts'
import { directiveRule, settlingRels } from './directives.ts'
import { customerStates, isChecked, maySend, receivesAtOnce, tellsErrors } from './domain.ts'
import type { CustomerRow } from './store.ts'

/** Where each step is taken, and what is there; a step without an entry is taken at the customer itself. */
const places: { readonly [rel: string]: readonly [collection: string, resourceType: string] } = {
  'document-form': ['documents', 'document'],
  'verify-with-document': ['documents', 'document'],
  'verify-business-with-document': ['documents', 'document'],
  'verify-controller-and-business-with-document': ['documents', 'document'],
  'upload-dba-document': ['documents', 'document'],
  'upload-ein-document': ['documents', 'document'],
  'beneficial-owners': ['beneficial-owners', 'beneficial-owner'],
  'verify-beneficial-owners': ['beneficial-owners', 'beneficial-owner'],
  'certify-beneficial-ownership': ['beneficial-ownership', 'beneficial-ownership'],
  'funding-sources': ['funding-sources', 'funding-source'],
  transfers: ['transfers', 'transfer'],
}

const linkOf = (rel: string, id: string): Link => {
  if (rel === 'send' || rel === 'receive') return link('/transfers', 'transfer')
  const path = pathOf('customer', id)
  const [collection, resourceType] = places[rel] ?? [null, 'customer']
  const to = link(collection === null ? path : `${path}/${collection}`, resourceType)
  return rel.endsWith('-form') ? { ...to, type: formsType } : to
}

const linksOf = (rels: readonly string[], id: string): Links =>
  Object.fromEntries(rels.map((rel) => [rel, linkOf(rel, id)]))

/** The relations of a customer, in the order they are shown. An edit has a form, and owners can always be read. */
const relsOf = (customer: CustomerRow, now: Date): string[] => [
  'self',
  ...offered(customerStates, customer).flatMap((rel) => (rel === 'edit' ? ['edit', 'edit-form'] : [rel])),
  ...(customer.ownership === null ? [] : ['beneficial-owners']),
  'funding-sources',
  'transfers',
  ...(maySend(customer, now) ? ['send'] : []),
  ...(receivesAtOnce(customer) ? ['receive'] : []),
]

const optional = (values: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

/** What is wrong with a business, and what settles it as things stand. */
const errorsOf = (customer: CustomerRow) =>
  customer.directives.map((directive) => {
    const { code, message } = directiveRule(directive)
    return {
      code: code ?? directive.code,
      message,
      ...(directive.path === undefined ? {} : { path: directive.path }),
      _links: linksOf(settlingRels(directive, customer), customer.id),
    }
  })

/** What a customer is, without its links. */
export const customerMembers = (customer: CustomerRow) => ({
  id: customer.id,
  firstName: customer.first_name,
  lastName: customer.last_name,
  email: customer.email,
  type: customer.type,
  status: customer.status,
  created: customer.created.toISOString(),
  ...optional({
    address1: customer.address1,
    address2: customer.address2,
    city: customer.city,
    state: customer.state,
    postalCode: customer.postal_code,
    phone: isChecked(customer) ? customer.phone : null,
    businessName: customer.business_name,
    doingBusinessAs: customer.doing_business_as,
    website: customer.website,
    correlationId: customer.correlation_id,
    controller: customer.controller,
    businessType: customer.business_type,
    businessClassification: customer.business_classification,
  }),
})

/** @param now on the world's clock: a business may send as long as its certification holds */
export const customerBody = (customer: CustomerRow, now: Date): Hal => ({
  _links: linksOf(relsOf(customer, now), customer.id),
  ...(tellsErrors(customer) ? { _embedded: { errors: errorsOf(customer) } } : {}),
  ...customerMembers(customer),
})

const text: JsonSchema = { type: 'string' }

const directiveSchema: JsonSchema = {
  type: 'object',
  required: ['code', 'message', '_links'],
  properties: { code: text, message: text, path: text, _links: linksSchema },
}

const addressSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.keys(addressFields.us).map((name) => [name, text])),
}

export const customerSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'firstName', 'lastName', 'email', 'type', 'status', 'created'],
  properties: {
    _links: linksSchema,
    _embedded: {
      type: 'object',
      description: 'What stands between a business and its verification.',
      properties: { errors: { type: 'array', items: directiveSchema } },
    },
    id: idSchema,
    firstName: text,
    lastName: text,
    email: text,
    type: { type: 'string', enum: [...customerTypes] },
    status: { type: 'string', enum: [...customerStatuses] },
    created: instantSchema,
    address1: text,
    address2: text,
    city: text,
    state: text,
    postalCode: text,
    phone: text,
    businessName: text,
    doingBusinessAs: text,
    website: text,
    correlationId: text,
    controller: {
      type: 'object',
      required: ['firstName', 'lastName', 'title', 'address'],
      properties: { firstName: text, lastName: text, title: text, address: addressSchema },
    },
    businessType: { type: 'string', enum: [...businessTypes] },
    businessClassification: idSchema,
  },
}
