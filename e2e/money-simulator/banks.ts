/** What banks do, as the names of funding sources steer them, and what a return does to whoever it comes from. */
import { textTable } from '../../server/testing/text-table.ts'

type Effect = { readonly isUnverified: boolean; readonly isRemoved: boolean; readonly customer: string }

/** Some of Dwolla's table of return codes: what they come back from, and what becomes of the bank and the customer. */
const codes = new Map(
  textTable(
    ['code', 'from', 'unverified', 'removed', 'customer'],
    `
    R01 | debit        | -   | -   | -
    R02 | debit credit | yes | yes | -
    R03 | debit credit | yes | yes | -
    R07 | debit        | yes | yes | deactivated
    R09 | debit        | -   | -   | -
    R10 | debit        | yes | yes | suspended
    R14 | debit credit | -   | yes | suspended
    R20 | debit credit | -   | yes | -
    R22 | debit credit | yes | -   | -
    R23 | credit       | yes | yes | -
    `,
  ).map(({ code, ...row }) => [code, row]),
)

/** Names that steer nothing, and every one that does. */
export const bankNames: readonly string[] = [
  'Checking',
  'Savings',
  ...[...codes.keys()].flatMap((c) => [c, `${c}-late`]),
]

export type Outcome = { readonly code: string; readonly isLate: boolean }

/** What comes of a leg at a bank of this name; null when nothing does. */
export const outcomeAt = (bankName: string, direction: 'debit' | 'credit'): Outcome | null => {
  const [code = '', late] = bankName.split('-')
  return codes.get(code)?.from.includes(direction) ? { code, isLate: late !== undefined } : null
}

/** What a return does to the bank, and what the customer's status is then (`-` for what it was). */
export const effectOf = (code: string): Effect => {
  const row = codes.get(code)
  if (!row) throw new Error(`nobody returns with ${code}`)
  return { isUnverified: row.unverified === 'yes', isRemoved: row.removed === 'yes', customer: row.customer }
}
