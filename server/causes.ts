/**
 * The changes that set something off in another resource, and what is told of each. What they set off stands in
 * reactions.ts.
 */
import type { Ctx } from './gate/operation.ts'
import type { NewBank } from './resources/funding-sources/operations.ts'

export type Causes = {
  worldCreated: {
    firstApplication: { id: string; name: string; key: { id: string; key: string; secretHash: Buffer } }
    /** The bank that a new sandbox has; null where there is no sandbox. */
    sandboxBank: NewBank | null
  }
  /** Something stands only until a person decides. */
  reviewNeeded: {
    kind: 'customer' | 'beneficial-owner' | 'document'
    customerId: string
    ownerId?: string
    documentId?: string
  }
  /** Nobody has to decide about this customer, or anything of it, while it is deactivated. */
  reviewWithdrawn: { customerId: string }
  /** What waited for a decision when the customer was deactivated waits again. */
  reviewResumed: { customerId: string }
  /** Nobody has to decide about this owner any more: it is gone. */
  reviewObsolete: { customerId: string; ownerId: string }
  /** Somebody whose identity is checked may have and send money from now on. */
  customerVerified: { customerId: string }
  /** Nothing can be paid to this bank any more. */
  bankRemoved: { fundingSourceId: string }
  /** A payment is to be made that this bank has to take part in. */
  bankNeeded: { fundingSourceId: string }
  /** What moves this transfer next is a bank. */
  bankAwaited: { transferId: string }
  /** A bank sent back what was asked of it, with one of the codes that banks have for that. */
  bankReturned: { fundingSourceId: string; code: string }
}

export type Cause = keyof Causes

/** What each change sets off, in order, in the same transaction. */
export type Reactions = { readonly [C in Cause]: readonly ((ctx: Ctx, change: Causes[C]) => void)[] }
