/** A customer as the API shows it. Absent values are left out; the official TypeScript client refuses null. */
import { type Hal, type Links, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema } from '../../http/schemas.ts'
import { offered } from '../../states.ts'
import { customerStates } from './domain.ts'
import type { CustomerRow } from './store.ts'

export const customerBody = (customer: CustomerRow): Hal => {
  const self = link(pathOf('customer', customer.id), 'customer')
  const steps: Links = Object.fromEntries(offered(customerStates, customer).map((rel) => [rel, self]))
  return {
    _links: { self, ...steps },
    id: customer.id,
    firstName: customer.first_name,
    lastName: customer.last_name,
    email: customer.email,
    type: customer.type,
    status: customer.status,
    created: customer.created.toISOString(),
    ...(customer.business_name === null ? {} : { businessName: customer.business_name }),
    ...(customer.correlation_id === null ? {} : { correlationId: customer.correlation_id }),
  }
}

export const customerSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'firstName', 'lastName', 'email', 'type', 'status', 'created'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    firstName: { type: 'string' },
    lastName: { type: 'string' },
    email: { type: 'string' },
    type: { type: 'string', enum: ['unverified', 'receive-only'] },
    status: { type: 'string', enum: ['unverified', 'suspended', 'deactivated'] },
    created: instantSchema,
    businessName: { type: 'string' },
    correlationId: { type: 'string' },
  },
}
