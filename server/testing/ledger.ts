/** The check of the ledger for tests: one line ends a test that moves money, and every test server ends with it. */
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

/** Nothing is wrong with the ledger, whether or not anything was ever entered. */
export const assertNoDefects = async (pool: Pool): Promise<LedgerReport> => {
  const report = await ledgerReport(pool)
  const defects = report.checks.flatMap(({ name, defects }) => defects.map((defect) => `${name}: ${defect}`))
  assert.deepEqual(defects, [])
  return report
}

/** Everything that must hold of the ledger holds, and there was something of which it does. */
export const assertLedgerHolds = async ({ pool }: { pool: Pool }): Promise<void> => {
  const { holds, transactions } = await assertNoDefects(pool)
  assert.ok(holds, `nothing was checked: there are ${transactions} transactions`)
}
