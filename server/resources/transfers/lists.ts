/** The transfers that somebody is a party of, as they are listed and searched. */
import type { Page } from '@clearyard/contract/hal.ts'
import type { TransferStatus } from '@clearyard/contract/transfers.ts'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Listed } from '../../db/listed.ts'
import { containing } from '../customers/store.ts'
import { type TransferRow, transferTable } from './store.ts'

/**
 * @property startDate from the beginning of that day (UTC)
 * @property endDate before that day begins
 */
export type TransferFilter = {
  readonly search: string | null
  readonly startAmount: bigint | null
  readonly endAmount: bigint | null
  readonly startDate: string | null
  readonly endDate: string | null
  readonly statuses: readonly TransferStatus[]
  readonly correlationId: string | null
}

/** How many of the newest a list reaches, as Dwolla's does: dates lead further back. */
const depth = 10_000

const matchingOf = (db: Database, accountId: string, party: string, filter: TransferFilter) => {
  const { search, startAmount, endAmount, startDate, endDate, statuses, correlationId } = filter
  let matching = transferTable(db)
    .selectFrom('transfers')
    .where('account_id', '=', accountId)
    .where((where) => where.or([where('source_party', '=', party), where('destination_party', '=', party)]))
  if (search !== null) matching = matching.where('search_text', 'like', containing(search))
  if (startAmount !== null) matching = matching.where('amount_cents', '>=', startAmount)
  if (endAmount !== null) matching = matching.where('amount_cents', '<=', endAmount)
  if (startDate !== null) matching = matching.where('created', '>=', new Date(startDate))
  if (endDate !== null) matching = matching.where('created', '<', new Date(endDate))
  if (statuses.length > 0) matching = matching.where('status', 'in', statuses)
  if (correlationId !== null) matching = matching.where('correlation_id', '=', correlationId)
  // every row's is: so PostgreSQL knows that it may use the indexes of the lists
  return matching.where(sql<boolean>`ordinal > 0`)
}

/** One page of the transfers of a party that match, newest first, and how many of them the list reaches. */
export const listTransfers = async (
  db: Database,
  { accountId, party }: { accountId: string; party: string },
  filter: TransferFilter,
  { limit, offset }: Page,
): Promise<Listed<TransferRow>> => {
  const matching = matchingOf(db, accountId, party, filter)
  const counted = matching.select(sql`1`.as('one')).limit(depth).as('reached')
  const [rows, { total }] = await Promise.all([
    matching
      .selectAll()
      .orderBy(sql`created`, 'desc')
      .orderBy(sql`ordinal`, 'desc')
      .orderBy(sql`id`, 'desc')
      .limit(Math.max(0, Math.min(limit, depth - offset)))
      .offset(offset)
      .execute(),
    db.selectFrom(counted).select(sql<bigint>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { rows, total: Number(total) }
}

/** The fees of a transfer, in the order they were charged. */
export const listFees = (db: Database, accountId: string, transferId: string): Promise<TransferRow[]> =>
  transferTable(db)
    .selectFrom('transfers')
    .where('account_id', '=', accountId)
    .where('created_from', '=', transferId)
    .selectAll()
    .orderBy(sql`created`)
    .orderBy(sql`ordinal`)
    .execute()
