/** What the operator does with reviews: reads what was submitted, and decides. Both leave an entry in the audit log. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../gate/operation.ts'
import { type OwnerRow, owners } from '../resources/beneficial-owners/store.ts'
import { decideOwner } from '../resources/beneficial-owners/verification.ts'
import { type CustomerRow, customers } from '../resources/customers/store.ts'
import { decideCustomer } from '../resources/customers/verification.ts'
import { decideDocument } from '../resources/documents/operations.ts'
import { type DocumentRow, documents } from '../resources/documents/store.ts'
import type { Body } from '../worlds/checks.ts'
import { assessmentOf, checkDecision, type Decision, ownerStatusOf, type Subject, verdictOf } from './decisions.ts'
import { type AuditAction, auditEntries, type ReviewRow, type ReviewStatus, reviews } from './tables.ts'

export const noSuchReview = (): Refusal =>
  new Refusal('NotFound', { message: 'There is no such review in this world.' })

const getReview = (ctx: Ctx, id: string): ReviewRow => {
  const review = reviews.find(ctx, id)
  if (!review) throw noSuchReview()
  return review
}

/** The id of what a review is about. */
const subjectIdOf = ({ customer_id, owner_id, document_id }: ReviewRow): string =>
  document_id ?? owner_id ?? customer_id

const note = (ctx: Ctx, action: AuditAction, review: ReviewRow): void =>
  auditEntries.insert(ctx, {
    id: ctx.newId(),
    action,
    resource_type: review.kind,
    resource_id: subjectIdOf(review),
    details: { reviewId: review.id, ...(action === 'review_decided' ? { decision: review.decision } : {}) },
    created: ctx.now,
  })

const closed: { readonly [S in Exclude<ReviewStatus, 'open'>]: string } = {
  decided: 'This review is decided already.',
  withdrawn: 'The customer is deactivated: this review waits until it is active again.',
  obsolete: 'The owner whom this review is about is gone.',
}

const subjectOf = ({ kind, owner_id }: ReviewRow, { type, business_type }: CustomerRow): Subject => {
  if (kind === 'beneficial-owner') return kind
  if (kind === 'document') return owner_id ? 'owner-document' : 'customer-document'
  if (type !== 'business') return 'personal'
  return business_type === 'soleProprietorship' ? business_type : 'business'
}

/** Lets a decision take effect where it belongs. */
const carryOut = (ctx: Ctx, review: ReviewRow, decision: Decision): void => {
  if (review.kind === 'beneficial-owner') {
    decideOwner(ctx, owners.get(ctx, subjectIdOf(review)), ownerStatusOf(decision))
    return
  }
  if (review.kind === 'document') {
    decideDocument(ctx, { id: subjectIdOf(review), verdict: verdictOf(decision) })
    if (decision.decision !== 'suspend') return
  }
  decideCustomer(ctx, customers.get(ctx, review.customer_id), assessmentOf(decision))
}

/**
 * Decides an open review, and sets off what comes of it.
 * @param input.body the decision as the operator sent it: what fits depends on the review
 */
export const decideReview: Operation<{ id: string; body: Body }, ReviewRow> = (ctx, { id, body }) => {
  const review = getReview(ctx, id)
  if (review.status !== 'open') throw new Refusal('InvalidResourceState', { message: closed[review.status] })
  const decision = checkDecision(body, subjectOf(review, customers.get(ctx, review.customer_id)))
  const decided = reviews.set(ctx, review, { ...decision, status: 'decided', decided: ctx.now })
  note(ctx, 'review_decided', decided)
  carryOut(ctx, decided, decision)
  return decided
}

/** What was submitted, sealed as it is. */
export type Submitted = {
  review: ReviewRow
  customer: CustomerRow
  owner: OwnerRow | null
  document: DocumentRow | null
}

/** Reads what was submitted; the reading is noted in the same transaction. */
export const readSubmitted: Operation<{ id: string }, Submitted> = (ctx, { id }) => {
  const review = getReview(ctx, id)
  note(ctx, 'review_read', review)
  return {
    review,
    customer: customers.get(ctx, review.customer_id),
    owner: review.owner_id === null ? null : owners.get(ctx, review.owner_id),
    document: review.document_id === null ? null : documents.get(ctx, review.document_id),
  }
}

/** Which document's file is about to be read, which is noted. */
export const noteFileRead: Operation<{ id: string }, { documentId: string }> = (ctx, { id }) => {
  const review = getReview(ctx, id)
  if (review.document_id === null) throw new Refusal('NotFound', { message: 'This review is not about a document.' })
  note(ctx, 'file_read', review)
  return { documentId: review.document_id }
}
