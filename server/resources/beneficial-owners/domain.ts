/** What may happen to a beneficial owner, and how long a certification holds: pure. */
import type { OwnerStatus } from '@clearyard/contract/beneficial-owners.ts'
import type { Topic } from '@clearyard/contract/events.ts'
import type { StateTable } from '../../states.ts'
import type { Ownership } from '../customers/domain.ts'

export type OwnerStep = 'retry' | 'uploadDocument'

/**
 * What decides about an owner's steps: while a person is to decide, there is nothing to say again, and while the owners
 * of the business may not change, nothing is taken.
 */
export type OwnerFacts = {
  readonly status: OwnerStatus
  readonly isUnderReview: boolean
  readonly mayChange: boolean
}

/** Where a retry leads is the verifier's to say. An owner may be removed in every state, if owners may change. */
export const ownerStates: StateTable<OwnerStatus, OwnerStep, OwnerFacts> = [
  {
    from: 'incomplete',
    step: 'retry',
    to: 'incomplete',
    when: ({ isUnderReview, mayChange }) => mayChange && !isUnderReview,
    link: 'retry-verification',
  },
  {
    from: 'document',
    step: 'uploadDocument',
    to: 'document',
    when: ({ mayChange }) => mayChange,
    emits: 'customer_beneficial_owner_verification_document_uploaded',
    link: 'verify-with-document',
  },
]

/** The topic that tells of the status an owner has come to. */
export const topicOf: { readonly [S in OwnerStatus]: Topic } = {
  verified: 'customer_beneficial_owner_verified',
  incomplete: 'customer_beneficial_owner_reverification_needed',
  document: 'customer_beneficial_owner_verification_document_needed',
}

/** How long a business whose owners have changed may go on before it has to certify again. */
const recertificationMs = 30 * 24 * 60 * 60 * 1000

/** The ownership once owners were added, changed or removed: what was certified holds no more. */
export const ownershipAfterChange = ({ ownership, recertify_by }: Ownership, now: Date): Ownership =>
  ownership === 'certified'
    ? { ownership: 'recertify', recertify_by: new Date(now.getTime() + recertificationMs) }
    : { ownership, recertify_by }
