/** The tables of the ledger. Transactions and entries are only ever inserted; the server's role can do no more. */
import type { Pool } from 'pg'
import { gathered } from '../db/gathered.ts'
import { table } from '../gate/tables.ts'
import type { LedgerAccount } from './chart.ts'
import type { PostingKind } from './postings.ts'

export type BalanceRow = {
  /** The funding source that it is the balance of. */
  id: string
  amount_cents: bigint
  updated: Date
}

export const balances = table<BalanceRow>({
  name: 'balances',
  columns: { id: 'uuid', amount_cents: 'bigint', updated: 'timestamptz' },
})

type Key = { accountId: string; id: string }

/** @returns a function that reads the balance of a funding source, or null when it has none */
export const createBalanceReader = (pool: Pool): ((key: Key) => Promise<BalanceRow | null>) =>
  gathered<Key, BalanceRow & { account_id: string }>(pool, {
    name: 'balances_by_id',
    text: `
      select b.* from unnest($1::uuid[], $2::uuid[]) wanted(account_id, id), lateral (
        select account_id, id, amount_cents, updated from balances
        where account_id = wanted.account_id and id = wanted.id limit 1
      ) b`,
    values: (keys) => [keys.map((key) => key.accountId), keys.map((key) => key.id)],
    single: {
      name: 'balance_by_id',
      text: 'select account_id, id, amount_cents, updated from balances where account_id = $1 and id = $2',
      values: (key) => [key.accountId, key.id],
    },
    slotOf: (key) => `${key.accountId} ${key.id}`,
    slotOfRow: (row) => `${row.account_id} ${row.id}`,
  })

type LedgerTransactionRow = { id: string; kind: PostingKind; transfer_id: string | null; created: Date }

export const ledgerTransactions = table<LedgerTransactionRow>({
  name: 'ledger_transactions',
  columns: { id: 'uuid', kind: 'text', transfer_id: 'uuid', created: 'timestamptz' },
  ordinal: true,
  insertOnly: true,
})

type LedgerEntryRow = {
  id: string
  transaction_id: string
  account: LedgerAccount['account']
  balance_id: string | null
  amount_cents: bigint
  currency: 'USD'
}

export const ledgerEntries = table<LedgerEntryRow>({
  name: 'ledger_entries',
  columns: {
    id: 'uuid',
    transaction_id: 'uuid',
    account: 'text',
    balance_id: 'uuid',
    amount_cents: 'bigint',
    currency: 'text',
  },
  insertOnly: true,
})
