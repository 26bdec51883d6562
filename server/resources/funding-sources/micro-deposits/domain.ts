/** How far a bank is verified by micro-deposits, and whether two amounts are those that were deposited: pure. */
import type { DepositAmounts, MicroDepositStatus } from '@clearyard/contract/micro-deposits.ts'
import { mostAttempts } from '@clearyard/contract/micro-deposits.ts'

/** What decides what can be done with micro-deposits. */
export type Deposits = {
  readonly fingerprint: string
  readonly status: MicroDepositStatus
  readonly wrong_attempts: number
}

export type Progress = 'none' | 'sent' | 'arrived' | 'failed' | 'exhausted'

/**
 * How far a bank is. What was sent to other numbers than it has now says nothing of it once it has arrived there, so it
 * is as if it had not been sent.
 */
export const progressOf = (bank: { readonly fingerprint: string | null }, deposits: Deposits | null): Progress => {
  if (!deposits || (deposits.status !== 'pending' && deposits.fingerprint !== bank.fingerprint)) return 'none'
  if (deposits.status === 'failed') return 'failed'
  if (deposits.wrong_attempts >= mostAttempts) return 'exhausted'
  return deposits.status === 'pending' ? 'sent' : 'arrived'
}

/** What a bank in this state offers to do about its verification. */
export const verifyingRel: { readonly [P in Progress]: string | null } = {
  none: 'initiate-micro-deposits',
  sent: null,
  arrived: 'verify-micro-deposits',
  failed: 'failed-verification-micro-deposits',
  exhausted: 'failed-verification-micro-deposits',
}

/** Whether two amounts are two others, in whichever order. */
export const areSame = ([a, b]: DepositAmounts, [c, d]: DepositAmounts): boolean =>
  (a === c && b === d) || (a === d && b === c)

/** In Dwolla's sandbox every two amounts are right but these, which use up every attempt at once. */
export const exhausting: DepositAmounts = [9, 9]
