/**
 * The ways that a transfer can have taken through the ledger: for each shape and status, the postings it may have. A
 * transfer with any others moved money that it did not say it moved, or says it moved what it did not.
 *
 * Shapes: `in` from a bank into a balance, `out` of a balance to a bank, `between` balances, and a `fee` between them.
 */
import type { PostingKind } from './postings.ts'

type Path = readonly PostingKind[]

/** By shape and status; of one that is pending also by what it waits for. */
const paths: { readonly [shapeAndStatus: string]: readonly Path[] } = {
  'in pending leg': [[]],
  'in pending run': [[]],
  'in pending verification': [[]],
  'in processed': [['debit-settled']],
  'in failed': [[], ['debit-settled', 'debit-returned']],
  'in cancelled': [[]],

  'out pending leg': [[]],
  'out pending run': [['credit-started']],
  'out processed': [['credit-started', 'credit-settled']],
  'out failed': [[], ['credit-started', 'credit-undone'], ['credit-started', 'credit-settled', 'credit-returned']],
  'out cancelled': [[], ['credit-started', 'credit-undone']],

  'between pending leg': [[]],
  'between pending verification': [['held']],
  'between processed': [['moved'], ['held', 'released']],
  // what was moved stays moved when the debit that paid for it is taken back: that is taken from the receiver
  'between failed': [[], ['moved'], ['held', 'released'], ['held', 'credit-undone']],
  'between cancelled': [[], ['held', 'credit-undone']],

  'fee processed': [['fee']],
  'fee failed': [[]],
}

/** `in processed: debit-settled`, with the postings by the alphabet: as the check writes each transfer's. */
export const transferPaths: readonly string[] = Object.entries(paths).flatMap(([shapeAndStatus, ways]) =>
  ways.map((way) => `${shapeAndStatus}: ${way.toSorted().join(' ')}`),
)
