/** Where customers are kept: their table for the gate, and their reads. */
import type { OwnershipStatus } from '@clearyard/contract/beneficial-owners.ts'
import type { BusinessType, Controller, CustomerStatus, CustomerType } from '@clearyard/contract/customers.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Page } from '@clearyard/contract/hal.ts'
import type { Pool } from 'pg'
import { createRowReader } from '../../db/by-id.ts'
import type { Database, Stored } from '../../db/database.ts'
import { type Listed, listed } from '../../db/listed.ts'
import type { Sealed } from '../../gate/sealed.ts'
import { table } from '../../gate/tables.ts'
import type { Directive, Party, RetryScope } from '../../identity/verifier.ts'
import type { StatusBefore } from './domain.ts'

export type CustomerRow = {
  id: string
  type: CustomerType
  status: CustomerStatus
  first_name: string
  last_name: string
  email: string
  /** The e-mail as it is compared: without case. */
  email_key: string
  business_name: string | null
  ip_address: string | null
  phone: string | null
  correlation_id: string | null
  /** What searches look in: names and e-mail, without case. */
  search_text: string
  address1: string | null
  address2: string | null
  city: string | null
  state: string | null
  postal_code: string | null
  business_type: BusinessType | null
  business_classification: string | null
  doing_business_as: string | null
  website: string | null
  /** What may be shown of the controller of a business. */
  controller: Pick<Controller, 'firstName' | 'lastName' | 'title' | 'address'> | null
  /** JSON of the SSN, the date of birth and the EIN, as far as there are any. */
  sealed_identity: Sealed | null
  /** JSON of the controller's date of birth and SSN or passport. */
  sealed_controller: Sealed | null
  /** Where a deactivated or suspended customer comes from, and may go back to. */
  status_before: StatusBefore | null
  /** In `retry`: who has to be said again. */
  retry_scope: RetryScope | null
  /** In `document`: of whom a document is still wanted. */
  needed_documents: readonly Party[]
  /** What is wrong with a business that is not verified yet, told in `_embedded.errors`. */
  directives: readonly Directive[]
  /** Whether the ownership of a business is certified; null where nobody has to. */
  ownership: OwnershipStatus | null
  /** Until when a business that has to certify again may still transact. */
  recertify_by: Date | null
  /** How many owners of a business are not verified yet. */
  outstanding_owners: number
  created: Date
}

export const customers = table<CustomerRow>({
  name: 'customers',
  columns: {
    id: 'uuid',
    type: 'text',
    status: 'text',
    first_name: 'text',
    last_name: 'text',
    email: 'text',
    email_key: 'text',
    business_name: 'text',
    ip_address: 'text',
    phone: 'text',
    correlation_id: 'text',
    search_text: 'text',
    address1: 'text',
    address2: 'text',
    city: 'text',
    state: 'text',
    postal_code: 'text',
    business_type: 'text',
    business_classification: 'text',
    doing_business_as: 'text',
    website: 'text',
    controller: 'jsonb',
    sealed_identity: 'sealed',
    sealed_controller: 'sealed',
    status_before: 'text',
    retry_scope: 'text',
    needed_documents: 'jsonb',
    directives: 'jsonb',
    ownership: 'text',
    recertify_by: 'timestamptz',
    outstanding_owners: 'integer',
    created: 'timestamptz',
  },
  uniques: ['email_key', 'correlation_id'],
  ordinal: true,
})

export const noSuchCustomer = (): Refusal => new Refusal('NotFound', { message: 'Customer not found.' })

/** @returns a function that reads one customer of an account, or null */
export const createCustomerReader = (pool: Pool) => createRowReader<CustomerRow>(pool, customers.shape)

export type CustomerFilter = { search: string | null; email: string | null; statuses: readonly CustomerStatus[] }

/**
 * Text as it is compared and searched: without case, and the same however its accents are composed. Lower-casing alone
 * would leave a sigma in two forms, by its place in the word.
 */
export const withoutCase = (text: string): string => text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ')

/** `%` and `_` mean themselves in what people search for. */
export const containing = (text: string): string => `%${withoutCase(text).replaceAll(/[\\%_]/g, '\\$&')}%`

/** One page of the customers of an account that match, newest first, and how many match in all. */
export const listCustomers = (
  db: Database,
  accountId: string,
  filter: CustomerFilter,
  page: Page,
): Promise<Listed<CustomerRow>> => {
  let matching = db
    .withTables<{ customers: Stored<CustomerRow> }>()
    .selectFrom('customers')
    .where('account_id', '=', accountId)
  if (filter.search !== null) matching = matching.where('search_text', 'like', containing(filter.search))
  if (filter.email !== null) matching = matching.where('email_key', '=', withoutCase(filter.email))
  if (filter.statuses.length > 0) matching = matching.where('status', 'in', filter.statuses)
  return listed(matching.selectAll(), page)
}
