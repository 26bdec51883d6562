/** What the database holds, for tests of what is written, what is not, and what must never be there. */
import type { Pool } from 'pg'

/** Every row of every table as JSON (binary columns as `\x…`), by table, in a fixed order. */
export type Stored = { readonly [table: string]: readonly string[] }

/** The rows of every table; with an account id, those of that account alone. */
export const storedRows = async (pool: Pool, accountId?: string): Promise<Stored> => {
  const tables = await pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
  )
  const stored: { [table: string]: string[] } = {}
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from "${name}" t`)
    const ofAccount = rows.map(({ row }) => row).filter((row) => accountId === undefined || row.includes(accountId))
    stored[name] = ofAccount.sort()
  }
  return stored
}
