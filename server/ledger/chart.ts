/**
 * The chart of accounts: every bank outside is one account, what is on its way to a bank is another, and every balance
 * is one of its own. Only balances are stored; the other two would be rows that every transfer waits for.
 */

/** @property balanceId the funding source whose balance it is */
export type LedgerAccount =
  | { readonly account: 'bank' | 'in-transit'; readonly balanceId: null }
  | { readonly account: 'balance'; readonly balanceId: string }

/** Every bank outside, taken together. */
export const bank: LedgerAccount = { account: 'bank', balanceId: null }

/** Money that has left a balance and has not arrived yet. */
export const inTransit: LedgerAccount = { account: 'in-transit', balanceId: null }

/** The balance that is this funding source. */
export const balance = (balanceId: string): LedgerAccount => ({ account: 'balance', balanceId })
