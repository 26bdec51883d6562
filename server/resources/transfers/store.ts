/** Where transfers are kept: their tables for the gate. */
import type { TransferStatus } from '@clearyard/contract/transfers.ts'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import { createRowReader } from '../../db/by-id.ts'
import type { Database, Stored } from '../../db/database.ts'
import { table } from '../../gate/tables.ts'
import type { Awaits } from './domain.ts'
import type { Role } from './legs.ts'

/** A fee to be charged when the payment is processed; the amount is text, because JSON has no bigint. */
export type PlannedFee = { readonly payer: string; readonly amountCents: string }

export type TransferRow = {
  id: string
  /** The main transfer of the payment it is a leg of. */
  payment_id: string
  role: Role | 'fee'
  status: TransferStatus
  /** What moves it next; null when nothing does. */
  awaits: Awaits | null
  /** When the world's clock settles it, where the clock does. */
  due: Date | null
  /** When it goes out to its bank, where the clock settles it: until then it can be cancelled. */
  exports: Date | null
  amount_cents: bigint
  /** A customer, or the account by its own id. */
  source_party: string
  destination_party: string
  /** The funding sources that its links show. */
  source_funding_source: string | null
  destination_funding_source: string | null
  /** The balances that the money leaves and enters; null is a bank outside. */
  from_balance: string | null
  to_balance: string | null
  /** The customer, while the money waits for its verification. */
  held_for: string | null
  /** The bank that a pending credit is to reach. */
  owed_to: string | null
  /** The leg that pays for this one, and the one that this one pays for. */
  funding_transfer: string | null
  funded_transfer: string | null
  /** Of a fee: the transfer it is charged for. */
  created_from: string | null
  individual_ach_id: string | null
  /** The code with which a settled debit comes back. */
  late_return_code: string | null
  failure_code: string | null
  /** The bank that failed it. */
  failed_funding_source: string | null
  failed: Date | null
  fees: readonly PlannedFee[]
  clearing: { readonly source?: string; readonly destination?: string } | null
  processing_channel: string | null
  ach_details: object | null
  metadata: { readonly [key: string]: string } | null
  correlation_id: string | null
  /** What searches look in: the names and e-mail addresses of the parties, without case. */
  search_text: string
  created: Date
}

export const transfers = table<TransferRow>({
  name: 'transfers',
  columns: {
    id: 'uuid',
    payment_id: 'uuid',
    role: 'text',
    status: 'text',
    awaits: 'text',
    due: 'timestamptz',
    exports: 'timestamptz',
    amount_cents: 'bigint',
    source_party: 'uuid',
    destination_party: 'uuid',
    source_funding_source: 'uuid',
    destination_funding_source: 'uuid',
    from_balance: 'uuid',
    to_balance: 'uuid',
    held_for: 'uuid',
    owed_to: 'uuid',
    funding_transfer: 'uuid',
    funded_transfer: 'uuid',
    created_from: 'uuid',
    individual_ach_id: 'text',
    late_return_code: 'text',
    failure_code: 'text',
    failed_funding_source: 'uuid',
    failed: 'timestamptz',
    fees: 'jsonb',
    clearing: 'jsonb',
    processing_channel: 'text',
    ach_details: 'jsonb',
    metadata: 'jsonb',
    correlation_id: 'text',
    search_text: 'text',
    created: 'timestamptz',
  },
  parents: ['held_for', 'owed_to'],
  ordinal: true,
})

/** @returns a function that reads one transfer of an account, or null */
export const createTransferReader = (pool: Pool) => createRowReader<TransferRow>(pool, transfers.shape)

/** Queries over transfers. */
export const transferTable = (db: Database) => db.withTables<{ transfers: Stored<TransferRow> }>()

/** What a bank can do next: its part of a leg, or take back what it did. */
export type AtBank = Extract<Awaits, 'run' | 'late-return'>

/** The newest legs that wait for their bank, or for it to take them back: oldest first, at most `limit`. */
export const legsToProcess = async (db: Database, accountId: string, limit: number) => {
  const newest = await transferTable(db)
    .selectFrom('transfers')
    .where('account_id', '=', accountId)
    .where('awaits', 'in', ['run', 'late-return'])
    .selectAll()
    .$narrowType<{ awaits: AtBank }>()
    .orderBy(sql`created`, 'desc')
    .orderBy(sql`ordinal`, 'desc')
    .orderBy(sql`id`, 'desc')
    .limit(limit)
    .execute()
  return newest.reverse()
}
