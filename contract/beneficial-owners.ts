/**
 * Beneficial owners on the wire: who owns a quarter or more of a business, and how far the business has certified them.
 * Source: Dwolla's pages on beneficial owners, and the published contract.
 */
import type { EmbeddedError } from './errors.ts'
import { checkBody, type Fields, type Place, type Shape } from './fields.ts'
import {
  type Address,
  checkAddress,
  checkPersonalId,
  dateOfBirth,
  type PersonalId,
  personFields,
  personShape,
  ssn,
} from './people.ts'

export const ownerStatuses = ['verified', 'document', 'incomplete'] as const
export type OwnerStatus = (typeof ownerStatuses)[number]

export const ownershipStatuses = ['uncertified', 'certified', 'recertify'] as const
export type OwnershipStatus = (typeof ownershipStatuses)[number]

/** The fields of an owner beside the address and the SSN or passport. */
const ownerFields = { ...personFields, dateOfBirth } as const satisfies Fields

const ownerKind = { required: ['firstName', 'lastName', 'dateOfBirth'], optional: [] } as const

export type NewOwner = { firstName: string; lastName: string; dateOfBirth: string; address: Address; id: PersonalId }

/** Checks the body that adds or updates an owner; an owner's SSN is always the full one. */
export const checkOwner = (
  body: Readonly<Record<string, unknown>>,
  place: Place,
): { value: NewOwner | null; errors: EmbeddedError[] } => {
  const person = checkBody(ownerFields, ownerKind, body, place)
  const id = checkPersonalId(body, ssn.full, place)
  const address = checkAddress(body, place)
  const errors = [...person.errors, ...id.errors, ...address.errors]
  const value = id.value && address.value && { ...person.value, id: id.value, address: address.value }
  return { value: errors.length === 0 ? value : null, errors }
}

const owner = { fields: ownerFields, kind: ownerKind }

/** The two bodies that add or update an owner. */
export const ownerShapes: readonly Shape[] = [
  personShape('us', 'Owner with an SSN', owner, ssn.full),
  personShape('elsewhere', 'Owner with a passport', owner, ssn.full),
]
