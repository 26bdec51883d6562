/** What may happen to a transfer: pure. */
import type { TransferStatus } from '@clearyard/contract/transfers.ts'
import type { StateTable } from '../../states.ts'

/**
 * `run`: a bank leg, which a processing run or the world's clock settles. `leg`: the leg before it. `verification`: its
 * receiver may not have the money yet. `late-return`: it has settled, and comes back with the next run.
 */
export type Awaits = 'run' | 'leg' | 'verification' | 'late-return'

export type TransferStep = 'process' | 'fail' | 'cancel' | 'return'

/** What decides about the steps of a transfer; whether its bank has it already matters to cancelling alone. */
export type TransferFacts = {
  readonly status: TransferStatus
  readonly hasGoneOut?: boolean
  readonly role: 'debit' | 'party' | 'payout' | 'fee'
}

const mayCancel = ({ role, hasGoneOut = false }: TransferFacts): boolean => role !== 'fee' && !hasGoneOut

/** Whether its bank, or that of the leg which pays for it, has it already. */
export const hasGoneOut = ({ exports }: { readonly exports: Date | null }, now: Date): boolean =>
  exports !== null && exports <= now

export const transferStates: StateTable<TransferStatus, TransferStep, TransferFacts> = [
  { from: 'pending', step: 'process', to: 'processed', link: null },
  { from: 'pending', step: 'fail', to: 'failed', link: null },
  { from: 'pending', step: 'cancel', to: 'cancelled', when: mayCancel, link: 'cancel' },
  { from: 'processed', step: 'return', to: 'failed', link: null },
]

/** What is told of a transfer: of a bank leg to its owner, of a leg between parties to each of them. */
export type News = 'created' | 'creation_failed' | 'completed' | 'failed' | 'cancelled'
