/**
 * What one change sets off in another resource, in one table: run in the transaction of the change, so that the one
 * never happens without the other.
 */
import type { Reactions } from './causes.ts'
import { openAccountSources } from './resources/funding-sources/operations.ts'
import { cancelOwed } from './resources/transfers/cancel.ts'
import { releaseHeld } from './resources/transfers/process.ts'
import { dropReviews, openReview, resumeReviews, withdrawReviews } from './reviews/waiting.ts'
import { createApplication } from './worlds/operations.ts'

export const reactions: Reactions = {
  worldCreated: [
    (ctx, { firstApplication }) => {
      createApplication(ctx, firstApplication)
    },
    openAccountSources,
  ],
  reviewNeeded: [openReview],
  reviewWithdrawn: [withdrawReviews],
  reviewResumed: [resumeReviews],
  reviewObsolete: [dropReviews],
  customerVerified: [releaseHeld],
  bankRemoved: [cancelOwed],
  bankReturned: [],
}
