/** The tables of the ledger. Transactions and entries are only ever inserted; the server's role can do no more. */
import type { Pool } from 'pg'
import { createRowReader } from '../db/by-id.ts'
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

/** @returns a function that reads the balance of a funding source, or null when it has none */
export const createBalanceReader = (pool: Pool) => createRowReader<BalanceRow>(pool, balances.shape)

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
