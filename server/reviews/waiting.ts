/** What other changes set off here: reviews are opened, withdrawn and resumed, or have nothing to be about any more. */
import type { Causes } from '../causes.ts'
import type { Ctx, Operation } from '../gate/operation.ts'
import { customers } from '../resources/customers/store.ts'
import { type ReviewRow, type ReviewStatus, reviews } from './tables.ts'

/** Every review about a customer and what belongs to it, oldest first. */
const reviewsOf = (ctx: Ctx, customerId: string): readonly ReviewRow[] => {
  customers.get(ctx, customerId)
  return reviews.list(ctx, 'customer_id', customerId)
}

const move = (ctx: Ctx, customerId: string, from: ReviewStatus, to: ReviewStatus): void => {
  for (const review of reviewsOf(ctx, customerId)) if (review.status === from) reviews.set(ctx, review, { status: to })
}

export const openReview: Operation<Causes['reviewNeeded'], void> = (
  ctx,
  { kind, customerId, ownerId = null, documentId = null },
) =>
  reviews.insert(ctx, {
    id: ctx.newId(),
    kind,
    customer_id: customerId,
    owner_id: ownerId,
    document_id: documentId,
    status: 'open',
    decision: null,
    needs: [],
    reasons: [],
    decided: null,
    created: ctx.now,
  })

export const withdrawReviews: Operation<Causes['reviewWithdrawn'], void> = (ctx, { customerId }) =>
  move(ctx, customerId, 'open', 'withdrawn')

export const resumeReviews: Operation<Causes['reviewResumed'], void> = (ctx, { customerId }) =>
  move(ctx, customerId, 'withdrawn', 'open')

/** Drops the reviews of an owner, its documents' included. */
export const dropReviews: Operation<Causes['reviewObsolete'], void> = (ctx, { customerId, ownerId }) => {
  for (const review of reviewsOf(ctx, customerId))
    if (review.owner_id === ownerId && review.status !== 'decided') reviews.set(ctx, review, { status: 'obsolete' })
}
