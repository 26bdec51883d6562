/**
 * What comes of looking at who an owner is: a verdict, a document, a person's decision. Each keeps the count of owners
 * that the business still has to have verified, and tells. All run in the transaction of what they come from.
 */
import type { OwnerStatus } from '@clearyard/contract/beneficial-owners.ts'
import type { Topic } from '@clearyard/contract/events.ts'
import { emit } from '../../events/emit.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { OwnerVerdict } from '../../identity/verifier.ts'
import { accepts, next } from '../../states.ts'
import { customerStates } from '../customers/domain.ts'
import { type CustomerRow, customers } from '../customers/store.ts'
import { type OwnerFacts, ownerStates, topicOf } from './domain.ts'
import { type OwnerRow, owners } from './store.ts'

/** How many owners one of this status leaves outstanding. */
export const outstandingBy = (status: OwnerStatus): number => (status === 'verified' ? 0 : 1)

/** @param customer whose owner it is */
export const factsOf = ({ verification_status, is_under_review }: OwnerRow, customer: CustomerRow): OwnerFacts => ({
  status: verification_status,
  isUnderReview: is_under_review,
  mayChange: accepts(customerStates, customer, 'changeOwners'),
})

export const tell = (ctx: Ctx, topic: Topic, { id, customer_id }: OwnerRow): void =>
  emit(ctx, topic, { resource: id, customer: customer_id })

/** Tells of what the verdict on an owner says; what a person has yet to decide is told once it is decided. */
export const tellVerdict = (ctx: Ctx, owner: OwnerRow): void => {
  const { id, customer_id, verification_status, is_under_review } = owner
  if (is_under_review) ctx.react('reviewNeeded', { kind: 'beneficial-owner', customerId: customer_id, ownerId: id })
  else tell(ctx, topicOf[verification_status], owner)
}

/**
 * Makes the owner what the verdict says, and tells.
 * @param change what else is to be saved of the owner
 */
export const applyOwnerVerdict = (
  ctx: Ctx,
  owner: OwnerRow,
  { status, underReview }: OwnerVerdict,
  change: Partial<Omit<OwnerRow, 'id'>> = {},
): OwnerRow => {
  const customer = customers.get(ctx, owner.customer_id)
  const difference = outstandingBy(status) - outstandingBy(owner.verification_status)
  customers.set(ctx, customer, { outstanding_owners: customer.outstanding_owners + difference })
  const changed = owners.set(ctx, owner, { ...change, verification_status: status, is_under_review: underReview })
  tellVerdict(ctx, changed)
  return changed
}

/** @throws Refusal with InvalidResourceState unless a document is wanted of the owner, and may be taken */
export const noteOwnerDocumentUploaded = (ctx: Ctx, owner: OwnerRow): void => {
  const { emits } = next(ownerStates, factsOf(owner, customers.get(ctx, owner.customer_id)), 'uploadDocument')
  if (emits) tell(ctx, emits, owner)
}

/** An approved document verifies the owner of whom one is wanted. */
export const acceptOwnerDocument = (ctx: Ctx, owner: OwnerRow): OwnerRow => {
  tell(ctx, 'customer_beneficial_owner_verification_document_approved', owner)
  return owner.verification_status === 'document' ? decideOwner(ctx, owner, 'verified') : owner
}

/** A rejected document is wanted again, whatever was wrong with it. */
export const rejectOwnerDocument = (ctx: Ctx, owner: OwnerRow): void =>
  tell(ctx, 'customer_beneficial_owner_verification_document_failed', owner)

/** The operator's word on an owner. */
export const decideOwner = (ctx: Ctx, owner: OwnerRow, status: OwnerStatus): OwnerRow =>
  applyOwnerVerdict(ctx, owner, { status, underReview: false })
