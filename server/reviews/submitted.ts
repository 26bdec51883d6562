/** What was submitted for a review, unsealed: for the operator's eyes alone, and never for a log. */
import { openCell, type Sealed } from '../gate/sealed.ts'
import type { JsonSchema } from '../http/schemas.ts'
import { customerBody, customerSchema } from '../resources/customers/hal.ts'
import type { CustomerRow } from '../resources/customers/store.ts'
import type { Sealer } from '../sealing.ts'
import type { Submitted } from './operations.ts'

/** Opens what is sealed in one account. */
type Opener = { sealer: Sealer; accountId: string }

/** The members of the JSON that a sealed column holds. */
const opened = (
  { sealer, accountId }: Opener,
  cell: { table: string; id: string; column: string },
  value: Sealed | null,
): object => {
  if (!value) return {}
  return JSON.parse('plain' in value ? value.plain : openCell(sealer, { accountId, ...cell }, value.bytes))
}

/** What the API shows as well. */
const shown = ({ _links, _embedded, ...members }: { readonly [member: string]: unknown }) => members

const wholeCustomer = (opener: Opener, customer: CustomerRow) => {
  const { id, ip_address, controller } = customer
  const cell = (column: string) => ({ table: 'customers', id, column })
  return {
    ...shown(customerBody(customer)),
    ...(ip_address === null ? {} : { ipAddress: ip_address }),
    ...opened(opener, cell('sealed_identity'), customer.sealed_identity),
    ...(controller && {
      controller: { ...controller, ...opened(opener, cell('sealed_controller'), customer.sealed_controller) },
    }),
  }
}

/** Whoever is reviewed with everything. */
export const submittedBody = (opener: Opener, { customer }: Submitted) => ({
  customer: wholeCustomer(opener, customer),
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
  },
}
