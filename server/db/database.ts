/** The tables that Kysely lists and searches, for its types. */
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { EventRow } from '../events/emit.ts'
import type { CustomerRow } from '../resources/customers/store.ts'
import type { ApplicationKeyRow, ApplicationRow, WorldRow } from '../worlds/tables.ts'

type Stored<R> = R & { account_id: string; ordinal: bigint }

export type Database = {
  worlds: Stored<WorldRow>
  applications: Stored<ApplicationRow>
  application_keys: Stored<ApplicationKeyRow>
  customers: Stored<CustomerRow>
  events: Stored<EventRow>
}

export const createDatabase = (pool: Pool): Kysely<Database> => new Kysely({ dialect: new PostgresDialect({ pool }) })
