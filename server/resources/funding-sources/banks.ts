/** What the numbers of a bank account say: which bank it is, what it can be reached by, and whether two are one. */
import type { Channel } from '@clearyard/contract/funding-sources.ts'
import type { Sealer } from '../../sealing.ts'

/** Nine and 4 to 17 digits; kept sealed, and never answered. */
export type BankNumbers = { readonly routingNumber: string; readonly accountNumber: string }

/** Some banks that take part in real-time payments, by the routing numbers they publish. */
const realTime: ReadonlySet<string> = new Set([
  '021000021',
  '021000089',
  '026009593',
  '043000096',
  '091000022',
  '121000248',
])

/** The bank of a routing number, as a sandbox knows it: every bank has the same name there. */
export const bankOf = (routingNumber: string): { bankName: string; channels: readonly Channel[] } => ({
  bankName: 'SANDBOX TEST BANK',
  channels: realTime.has(routingNumber) ? ['ach', 'real-time-payments'] : ['ach'],
})

/**
 * 64 hexadecimal digits that are the same for the same bank account, whoever added it, and tell nothing of its numbers.
 * Another account gets another, so that no world learns of its neighbours.
 */
export const fingerprintOf = (
  sealer: Sealer,
  accountId: string,
  { routingNumber, accountNumber }: BankNumbers,
): string => sealer.digest('bank-account', `${accountId}|${routingNumber}|${accountNumber}`).toString('hex')
