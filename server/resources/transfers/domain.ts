/** What may happen to a transfer: pure. */
import type { TransferStatus } from '@clearyard/contract/transfers.ts'
import type { StateTable } from '../../states.ts'

/**
 * `run`: a bank leg, which a processing run or the world's clock settles. `leg`: the leg before it. `verification`: its
 * receiver may not have the money yet. `late-return`: it has settled, and comes back with the next run.
 */
export type Awaits = 'run' | 'leg' | 'verification' | 'late-return'

export type TransferStep = 'process' | 'fail' | 'cancel' | 'return'

/** What decides about the steps of a transfer. */
export type TransferFacts = {
  readonly status: TransferStatus
  readonly role: 'debit' | 'party' | 'payout' | 'fee'
}

const isNoFee = ({ role }: TransferFacts): boolean => role !== 'fee'

export const transferStates: StateTable<TransferStatus, TransferStep, TransferFacts> = [
  { from: 'pending', step: 'process', to: 'processed', link: null },
  { from: 'pending', step: 'fail', to: 'failed', link: null },
  { from: 'pending', step: 'cancel', to: 'cancelled', when: isNoFee, link: 'cancel' },
  { from: 'processed', step: 'return', to: 'failed', link: null },
]

/** What is told of a transfer: of a bank leg to its owner, of a leg between parties to each of them. */
export type News = 'created' | 'creation_failed' | 'completed' | 'failed' | 'cancelled'
