/** Where micro-deposits are kept: their table for the gate, and their reads. A row has the id of its bank. */
import type { MicroDepositStatus } from '@clearyard/contract/micro-deposits.ts'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import { createRowReader } from '../../../db/by-id.ts'
import type { Database, Stored } from '../../../db/database.ts'
import { table } from '../../../gate/tables.ts'

export type MicroDepositRow = {
  id: string
  /** Of the numbers that the bank had when they were sent. */
  fingerprint: string
  amount1_cents: number
  amount2_cents: number
  status: MicroDepositStatus
  /** Of those that failed. */
  failure_code: string | null
  wrong_attempts: number
  /** When they arrive by the clock, in worlds where things do; null once they have. */
  due: Date | null
  created: Date
}

export const microDeposits = table<MicroDepositRow>({
  name: 'micro_deposits',
  columns: {
    id: 'uuid',
    fingerprint: 'text',
    amount1_cents: 'integer',
    amount2_cents: 'integer',
    status: 'text',
    failure_code: 'text',
    wrong_attempts: 'integer',
    due: 'timestamptz',
    created: 'timestamptz',
  },
  ordinal: true,
})

/** @returns a function that reads the micro-deposits of a bank, or null */
export const createMicroDepositReader = (pool: Pool) => createRowReader<MicroDepositRow>(pool, microDeposits.shape)

const stored = (db: Database, accountId: string) =>
  db
    .withTables<{ micro_deposits: Stored<MicroDepositRow> }>()
    .selectFrom('micro_deposits')
    .where('account_id', '=', accountId)

/** The banks whose micro-deposits are on their way, the latest `limit`, latest first. */
export const listPendingDeposits = (
  db: Database,
  accountId: string,
  limit: number,
): Promise<{ id: string; created: Date }[]> =>
  stored(db, accountId)
    .where('status', '=', 'pending')
    .select(['id', 'created'])
    .orderBy(sql`created`, 'desc')
    .orderBy(sql`ordinal`, 'desc')
    .orderBy(sql`id`, 'desc')
    .limit(limit)
    .execute()

const inRound = 500

/** The banks whose micro-deposits have arrived by now, what was due first to begin with. */
export const listDueDeposits = (db: Database, accountId: string, now: Date) =>
  stored(db, accountId)
    .where('due', '<=', now)
    .select(['id', 'due as at'])
    .orderBy(sql`due`)
    .orderBy(sql`created`)
    .orderBy(sql`ordinal`)
    .orderBy(sql`id`)
    .limit(inRound)
    .execute()
