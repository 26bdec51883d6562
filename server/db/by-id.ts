/** Reading one row of an account by its id; what requests ask for together shares a statement. */
import type { Pool } from 'pg'
import { gathered } from './gathered.ts'

export type RowKey = { readonly accountId: string; readonly id: string }

/** A table as its reader needs to know it: the shape that the gate has of it will do. */
type Readable = { readonly name: string; readonly columns: readonly { readonly name: string }[] }

/**
 * @param condition SQL that a row must meet to be there at all
 * @returns a function that reads one row of an account, or null
 */
export const createRowReader = <R extends { id: string }>(
  pool: Pool,
  { name, columns }: Readable,
  condition = 'true',
): ((key: RowKey) => Promise<R | null>) => {
  const selected = `select account_id, ${columns.map((column) => column.name).join(', ')} from ${name}`
  return gathered<RowKey, R & { account_id: string }>(pool, {
    name: `${name}_by_ids`,
    text: `
      select r.* from unnest($1::uuid[], $2::uuid[]) wanted(account_id, id), lateral (
        ${selected} where account_id = wanted.account_id and id = wanted.id and ${condition} limit 1
      ) r`,
    values: (keys) => [keys.map((key) => key.accountId), keys.map((key) => key.id)],
    single: {
      name: `${name}_by_id`,
      text: `${selected} where account_id = $1 and id = $2 and ${condition}`,
      values: (key) => [key.accountId, key.id],
    },
    slotOf: (key) => `${key.accountId} ${key.id}`,
    slotOfRow: (row) => `${row.account_id} ${row.id}`,
  })
}
