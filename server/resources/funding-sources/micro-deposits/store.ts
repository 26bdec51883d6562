/** Where micro-deposits are kept: their table for the gate, and their reads. A row has the id of its bank. */
import type { MicroDepositStatus } from '@clearyard/contract/micro-deposits.ts'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Database, Stored } from '../../../db/database.ts'
import { gathered } from '../../../db/gathered.ts'
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

const columns = microDeposits.shape.columns.map((column) => column.name)

type Key = { accountId: string; id: string }

/** @returns a function that reads the micro-deposits of a bank, or null */
export const createMicroDepositReader = (pool: Pool): ((key: Key) => Promise<MicroDepositRow | null>) =>
  gathered<Key, MicroDepositRow & { account_id: string }>(pool, {
    name: 'micro_deposits_by_id',
    text: `
      select m.* from unnest($1::uuid[], $2::uuid[]) wanted(account_id, id), lateral (
        select account_id, ${columns.join(', ')} from micro_deposits
        where account_id = wanted.account_id and id = wanted.id limit 1
      ) m`,
    values: (keys) => [keys.map((key) => key.accountId), keys.map((key) => key.id)],
    single: {
      name: 'micro_deposit_by_id',
      text: `select account_id, ${columns.join(', ')} from micro_deposits where account_id = $1 and id = $2`,
      values: (key) => [key.accountId, key.id],
    },
    slotOf: (key) => `${key.accountId} ${key.id}`,
    slotOfRow: (row) => `${row.account_id} ${row.id}`,
  })

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
