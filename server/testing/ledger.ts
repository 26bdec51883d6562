/** The one line that ends every test which moves money. */
import assert from 'node:assert/strict'
import type { Pool } from 'pg'
import { checkLedger, type LedgerReport } from '../ledger/invariants.ts'

/** What the check of the ledger finds in this database. */
export const ledgerReport = async (pool: Pool): Promise<LedgerReport> => {
  const client = await pool.connect()
  try {
    return await checkLedger(client)
  } finally {
    client.release()
  }
}

/** Everything that must hold of the ledger holds, and there was something of which it does. */
export const assertLedgerHolds = async ({ pool }: { pool: Pool }): Promise<void> => {
  const { holds, transactions, checks } = await ledgerReport(pool)
  const defects = checks.flatMap(({ name, defects }) => defects.map((defect) => `${name}: ${defect}`))
  assert.deepEqual(defects, [])
  assert.ok(holds, `nothing was checked: there are ${transactions} transactions`)
}
