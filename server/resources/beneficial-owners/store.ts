/** Where beneficial owners are kept: their table for the gate, and their reads. A removed owner is nobody any more. */
import type { OwnerStatus } from '@clearyard/contract/beneficial-owners.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Address } from '@clearyard/contract/people.ts'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import { createRowReader } from '../../db/by-id.ts'
import type { Database, Stored } from '../../db/database.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { Sealed } from '../../gate/sealed.ts'
import { table } from '../../gate/tables.ts'

export type OwnerRow = {
  id: string
  customer_id: string
  first_name: string
  last_name: string
  address: Address
  verification_status: OwnerStatus
  /** JSON of the date of birth and the SSN or passport. */
  sealed_identity: Sealed
  /** Whether the status stands only until a person decides. */
  is_under_review: boolean
  is_removed: boolean
  created: Date
}

export const owners = table<OwnerRow>({
  name: 'beneficial_owners',
  columns: {
    id: 'uuid',
    customer_id: 'uuid',
    first_name: 'text',
    last_name: 'text',
    address: 'jsonb',
    verification_status: 'text',
    sealed_identity: 'sealed',
    is_under_review: 'boolean',
    is_removed: 'boolean',
    created: 'timestamptz',
  },
  ordinal: true,
})

export const noSuchOwner = (message = 'Beneficial owner not found.'): Refusal => new Refusal('NotFound', { message })

/** The owner, locked, or null when there is none, or none any more. */
export const findOwner = (ctx: Ctx, id: string): Readonly<OwnerRow> | null => {
  const owner = owners.find(ctx, id)
  return owner === null || owner.is_removed ? null : owner
}

/** @returns a function that reads one owner of an account, or null */
export const createOwnerReader = (pool: Pool) => createRowReader<OwnerRow>(pool, owners.shape, 'not is_removed')

/** Every owner of a customer, newest first. */
export const listOwners = (db: Database, accountId: string, customerId: string): Promise<OwnerRow[]> =>
  db
    .withTables<{ beneficial_owners: Stored<OwnerRow> }>()
    .selectFrom('beneficial_owners')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('customer_id', '=', customerId)
    .where('is_removed', '=', false)
    .where(sql<boolean>`ordinal > 0`)
    .orderBy('created', 'desc')
    .orderBy(sql`ordinal`, 'desc')
    .orderBy('id', 'desc')
    .execute()
