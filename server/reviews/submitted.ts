/** What was submitted for a review, unsealed: for the operator's eyes alone, and never for a log. */
import { openCell, type Sealed } from '../gate/sealed.ts'
import type { JsonSchema } from '../http/schemas.ts'
import { ownerBody, ownerSchema } from '../resources/beneficial-owners/hal.ts'
import type { OwnerRow } from '../resources/beneficial-owners/store.ts'
import { customerMembers, customerSchema } from '../resources/customers/hal.ts'
import type { CustomerRow } from '../resources/customers/store.ts'
import { mediaTypes } from '../resources/documents/domain.ts'
import { documentBody, documentSchema } from '../resources/documents/hal.ts'
import type { DocumentRow } from '../resources/documents/store.ts'
import type { Sealer } from '../sealing.ts'
import type { Submitted } from './operations.ts'

/** Opens what is sealed in one account. */
type Opener = { sealer: Sealer; accountId: string }

type Place = { table: string; id: string; column: string }

/** The text that a sealed column holds. */
const opened = ({ sealer, accountId }: Opener, place: Place, value: Sealed): string =>
  'plain' in value ? value.plain : openCell(sealer, { accountId, ...place }, value.bytes)

/** The members of the JSON that a sealed column holds. */
const identityIn = (opener: Opener, place: Place, value: Sealed | null): object =>
  value ? JSON.parse(opened(opener, place, value)) : {}

/** What the API shows as well. */
const shown = ({ _links, _embedded, ...members }: { readonly [member: string]: unknown }) => members

const wholeCustomer = (opener: Opener, customer: CustomerRow) => {
  const { id, ip_address, controller } = customer
  const place = (column: string) => ({ table: 'customers', id, column })
  return {
    ...customerMembers(customer),
    ...(ip_address === null ? {} : { ipAddress: ip_address }),
    ...identityIn(opener, place('sealed_identity'), customer.sealed_identity),
    ...(controller && {
      controller: { ...controller, ...identityIn(opener, place('sealed_controller'), customer.sealed_controller) },
    }),
  }
}

const wholeOwner = (opener: Opener, owner: OwnerRow, customer: CustomerRow) => {
  const place = { table: 'beneficial_owners', id: owner.id, column: 'sealed_identity' }
  return { ...shown(ownerBody(owner, customer)), ...identityIn(opener, place, owner.sealed_identity) }
}

const wholeDocument = (opener: Opener, document: DocumentRow) => {
  const name = { table: 'documents', id: document.id, column: 'sealed_file_name' }
  return {
    ...shown(documentBody(document)),
    mediaType: document.media_type,
    sizeBytes: document.size_bytes,
    fileName: opened(opener, name, document.sealed_file_name),
  }
}

/** Who is reviewed with everything; the business of an owner who is, as anybody who may call the API sees it. */
export const submittedBody = (opener: Opener, { customer, owner, document }: Submitted) => ({
  customer: owner ? customerMembers(customer) : wholeCustomer(opener, customer),
  ...(owner && { owner: wholeOwner(opener, owner, customer) }),
  ...(document && { document: wholeDocument(opener, document) }),
})

const text: JsonSchema = { type: 'string' }

const identity = {
  dateOfBirth: text,
  ssn: { ...text, description: 'Its last four digits, or all nine.' },
  passport: { type: 'object', properties: { number: text, country: text } },
}

const membersOf = (schema: unknown) => shown((schema as { properties: { [name: string]: unknown } }).properties)

export const submittedSchema: JsonSchema = {
  type: 'object',
  required: ['customer'],
  properties: {
    customer: {
      type: 'object',
      properties: {
        ...membersOf(customerSchema),
        ipAddress: text,
        dateOfBirth: identity.dateOfBirth,
        ssn: identity.ssn,
        ein: text,
        controller: {
          type: 'object',
          properties: { ...membersOf(membersOf(customerSchema)['controller']), ...identity },
        },
      },
    },
    owner: { type: 'object', properties: { ...membersOf(ownerSchema), ...identity } },
    document: {
      type: 'object',
      properties: {
        ...membersOf(documentSchema),
        mediaType: { type: 'string', enum: [...mediaTypes] },
        sizeBytes: { type: 'integer' },
        fileName: { ...text, description: 'As the client called it: it says nothing of what is in it.' },
      },
    },
  },
}
