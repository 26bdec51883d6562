/** Lists: one page, newest first by what every listed table is ordered by, and the count of all that match. */
import type { Page } from '@clearyard/contract/hal.ts'
import { type SelectQueryBuilder, sql } from 'kysely'

export type Listed<R> = { rows: R[]; total: number }

/** @param matching a query that selects whole rows of one table with `created`, `ordinal` and `id` */
export const listed = async <DB, T extends keyof DB, R>(
  matching: SelectQueryBuilder<DB, T, R>,
  page: Page,
): Promise<Listed<R>> => {
  // every row's is: so PostgreSQL knows that it may use the index of the list, which is there for lists alone
  const all = matching.where(sql<boolean>`ordinal > 0`)
  const [rows, counted] = await Promise.all([
    all
      .orderBy(sql`created`, 'desc')
      .orderBy(sql`ordinal`, 'desc')
      .orderBy(sql`id`, 'desc')
      .limit(page.limit)
      .offset(page.offset)
      .execute(),
    all.clearSelect().select(sql`count(*)`.as('total')).$castTo<{ total: bigint }>().executeTakeFirstOrThrow(),
  ])
  return { rows, total: Number(counted.total) }
}
