/** Where funding sources are kept: their table for the gate, and their reads. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type {
  BankAccountType,
  Channel,
  FundingSourceStatus,
  FundingSourceType,
} from '@clearyard/contract/funding-sources.ts'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import { createRowReader } from '../../db/by-id.ts'
import type { Database, Stored } from '../../db/database.ts'
import type { Sealed } from '../../gate/sealed.ts'
import { table } from '../../gate/tables.ts'

export type FundingSourceRow = {
  id: string
  /** The customer, or the account itself: what sources are listed by. */
  owner_id: string
  /** Null when the account is the owner. */
  customer_id: string | null
  type: FundingSourceType
  status: FundingSourceStatus
  name: string
  bank_account_type: BankAccountType | null
  bank_name: string | null
  channels: readonly Channel[]
  /** Of a bank: the same wherever the account knows the same bank account. */
  fingerprint: string | null
  /** What no two banks of one owner share; a removed bank keeps it until the same bank is added anew. */
  bank_key: string | null
  /** Of a balance: its owner, who has no other; null of a bank. */
  balance_of: string | null
  /** JSON of a bank's routing and account number. */
  sealed_numbers: Sealed | null
  /** Whether it ever was verified. */
  was_verified: boolean
  is_removed: boolean
  created: Date
}

export const fundingSources = table<FundingSourceRow>({
  name: 'funding_sources',
  columns: {
    id: 'uuid',
    owner_id: 'uuid',
    customer_id: 'uuid',
    type: 'text',
    status: 'text',
    name: 'text',
    bank_account_type: 'text',
    bank_name: 'text',
    channels: 'jsonb',
    fingerprint: 'text',
    bank_key: 'text',
    balance_of: 'uuid',
    sealed_numbers: 'sealed',
    was_verified: 'boolean',
    is_removed: 'boolean',
    created: 'timestamptz',
  },
  uniques: ['bank_key', 'balance_of'],
  parents: ['owner_id'],
  ordinal: true,
})

/** What no two banks of one owner share: the owner and the bank account. */
export const bankKeyOf = (ownerId: string, fingerprint: string): string => `${ownerId} ${fingerprint}`

export const noSuchSource = (): Refusal => new Refusal('NotFound', { message: 'Funding source not found.' })

/** @returns a function that reads one funding source of an account, or null */
export const createFundingSourceReader = (pool: Pool) => createRowReader<FundingSourceRow>(pool, fundingSources.shape)

export type OwnerOfSources = { accountId: string; ownerId: string }

/** The funding sources of an owner, newest first. */
export const listFundingSources = (
  db: Database,
  { accountId, ownerId }: OwnerOfSources,
  { withRemoved }: { withRemoved: boolean },
): Promise<FundingSourceRow[]> => {
  let matching = db
    .withTables<{ funding_sources: Stored<FundingSourceRow> }>()
    .selectFrom('funding_sources')
    .where('account_id', '=', accountId)
    .where('owner_id', '=', ownerId)
  if (!withRemoved) matching = matching.where('is_removed', '=', false)
  return matching.selectAll().orderBy(sql`created`, 'desc').orderBy(sql`ordinal`, 'desc').execute()
}
