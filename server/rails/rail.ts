/**
 * The port to whoever moves money between banks. A rail says when what it is given goes out and settles, and what came
 * of it; it posts nothing and knows no transfer beyond the leg it is asked about.
 */
import type { Speed } from './calendar.ts'
import type { ReturnCodeName } from './return-codes.ts'

/**
 * A leg that a bank is asked to make.
 * @property direction `debit` takes money from the bank account, `credit` brings it there
 * @property bankName the name its holder gave the funding source
 */
export type BankLeg = { readonly direction: 'debit' | 'credit'; readonly speed: Speed; readonly bankName: string }

/**
 * What came of a leg: it settled, perhaps to come back later, or it did not.
 * @property returnsWith the code that a settled leg comes back with, null when it stays
 */
export type Outcome =
  | { readonly settles: true; readonly returnsWith: ReturnCodeName | null }
  | { readonly settles: false; readonly code: ReturnCodeName }

export type Rail = {
  /** When a leg that is made at this instant goes out, until which it can be cancelled, and settles. */
  schedule(leg: BankLeg, madeAt: Date): { readonly exportsAt: Date; readonly settlesAt: Date }
  /** When a leg that settled at this instant comes back, where it does. */
  returnedAt(settledAt: Date): Date
  /** What came of it, asked when it is to settle. */
  outcome(leg: BankLeg): Outcome
}
