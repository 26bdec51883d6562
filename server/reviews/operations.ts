/** What the operator does with reviews: reads what was submitted, and decides. Both leave an entry in the audit log. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../gate/operation.ts'
import { type CustomerRow, customers } from '../resources/customers/store.ts'
import { decideCustomer } from '../resources/customers/verification.ts'
import type { Body } from '../worlds/checks.ts'
import { assessmentOf, checkDecision, type Subject } from './decisions.ts'
import { type AuditAction, auditEntries, type ReviewRow, type ReviewStatus, reviews } from './tables.ts'

export const noSuchReview = (): Refusal =>
  new Refusal('NotFound', { message: 'There is no such review in this world.' })

const getReview = (ctx: Ctx, id: string): ReviewRow => {
  const review = reviews.find(ctx, id)
  if (!review) throw noSuchReview()
  return review
}

const note = (ctx: Ctx, action: AuditAction, { id, kind, decision, ...about }: ReviewRow): void =>
  auditEntries.insert(ctx, {
    id: ctx.newId(),
    action,
    resource_type: kind,
    resource_id: about.document_id ?? about.owner_id ?? about.customer_id,
    details: { reviewId: id, ...(decision ? { decision } : {}) },
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

/**
 * Decides an open review, and sets off what comes of it.
 * @param input.body the decision as the operator sent it: what fits depends on the review
 */
export const decideReview: Operation<{ id: string; body: Body }, ReviewRow> = (ctx, { id, body }) => {
  const review = getReview(ctx, id)
  if (review.status !== 'open') throw new Refusal('InvalidResourceState', { message: closed[review.status] })
  const customer = customers.get(ctx, review.customer_id)
  const decision = checkDecision(body, subjectOf(review, customer))
  const decided = reviews.set(ctx, review, { ...decision, status: 'decided', decided: ctx.now })
  note(ctx, 'review_decided', decided)
  decideCustomer(ctx, customer, assessmentOf(decision))
  return decided
}

export type Submitted = { review: ReviewRow; customer: CustomerRow }

/** What was submitted, sealed as it is; the reading is noted in the same transaction. */
export const readSubmitted: Operation<{ id: string; action: 'review_read' | 'file_read' }, Submitted> = (
  ctx,
  { id, action },
) => {
  const review = getReview(ctx, id)
  note(ctx, action, { ...review, decision: null })
  return { review, customer: customers.get(ctx, review.customer_id) }
}
