/**
 * What one change sets off in another resource, in one table: run in the transaction of the change, so that the one
 * never happens without the other.
 */
import type { Reactions } from './causes.ts'
import type { Rail } from './rails/rail.ts'
import { stopForReturn } from './resources/customers/operations.ts'
import { balanceSourceOf, openAccountSources } from './resources/funding-sources/operations.ts'
import { sufferReturn } from './resources/funding-sources/removal.ts'
import { fundingSources } from './resources/funding-sources/store.ts'
import { refuseBank, scheduleLeg } from './resources/transfers/at-banks.ts'
import { cancelOwed } from './resources/transfers/cancel.ts'
import { releaseHeld } from './resources/transfers/process.ts'
import { dropReviews, openReview, resumeReviews, withdrawReviews } from './reviews/waiting.ts'
import { createApplication } from './worlds/operations.ts'

/** @param rail to banks; null where there is none, and no transfer that needs one */
export const createReactions = (rail: Rail | null): Reactions => ({
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
  customerVerified: [
    (ctx, { customerId }) => {
      balanceSourceOf(ctx, customerId)
    },
    releaseHeld,
  ],
  bankRemoved: [cancelOwed],
  bankNeeded: rail ? [] : [refuseBank],
  bankAwaited: rail ? [scheduleLeg(rail)] : [],
  bankReturned: [
    sufferReturn,
    (ctx, { fundingSourceId, code }) => {
      const { customer_id: customerId } = fundingSources.get(ctx, fundingSourceId)
      if (customerId !== null) stopForReturn(ctx, { customerId, code })
    },
  ],
})
