/** A beneficial owner, and how far a customer's owners are certified, as the API shows them. */
import { type OwnershipStatus, ownerStatuses, ownershipStatuses } from '@clearyard/contract/beneficial-owners.ts'
import { type Hal, type Links, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { addressFields } from '@clearyard/contract/people.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema } from '../../http/schemas.ts'
import { offered } from '../../states.ts'
import type { CustomerRow } from '../customers/store.ts'
import { ownerStates } from './domain.ts'
import type { OwnerRow } from './store.ts'
import { factsOf } from './verification.ts'

/** The steps that an owner offers, each where it is taken. */
const stepsOf = (owner: OwnerRow, customer: CustomerRow): Links => {
  const path = pathOf('beneficial-owner', owner.id)
  const places: Links = {
    'retry-verification': link(path, 'beneficial-owner'),
    'verify-with-document': link(`${path}/documents`, 'document'),
  }
  const rels = owner.is_removed ? [] : offered(ownerStates, factsOf(owner, customer))
  return Object.fromEntries(Object.entries(places).filter(([rel]) => rels.includes(rel)))
}

/** @param customer whose owner it is */
export const ownerBody = (owner: OwnerRow, customer: CustomerRow): Hal => ({
  _links: { self: link(pathOf('beneficial-owner', owner.id), 'beneficial-owner'), ...stepsOf(owner, customer) },
  id: owner.id,
  firstName: owner.first_name,
  lastName: owner.last_name,
  address: owner.address,
  verificationStatus: owner.verification_status,
  created: owner.created.toISOString(),
})

/** @param customerId whose owners are certified so far */
export const ownershipBody = (customerId: string, status: OwnershipStatus): Hal => ({
  _links: { self: link(`${pathOf('customer', customerId)}/beneficial-ownership`, 'beneficial-ownership') },
  status,
})

const text: JsonSchema = { type: 'string' }

export const ownerSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'firstName', 'lastName', 'address', 'verificationStatus', 'created'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    firstName: text,
    lastName: text,
    address: {
      type: 'object',
      required: ['address1', 'city', 'stateProvinceRegion', 'country'],
      properties: Object.fromEntries(Object.keys(addressFields.us).map((name) => [name, text])),
    },
    verificationStatus: { type: 'string', enum: [...ownerStatuses] },
    created: instantSchema,
  },
}

export const ownershipSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'status'],
  properties: { _links: linksSchema, status: { type: 'string', enum: [...ownershipStatuses] } },
}
