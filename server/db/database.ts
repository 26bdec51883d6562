/** The query builder for lists and searches. It knows no table: who owns one names it with `withTables`. */
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'

export type Database = Kysely<Record<never, never>>

/** A row as it is stored: with the two columns that operations do not see. */
export type Stored<R> = R & { account_id: string; ordinal: bigint }

export const createDatabase = (pool: Pool): Database => new Kysely({ dialect: new PostgresDialect({ pool }) })
