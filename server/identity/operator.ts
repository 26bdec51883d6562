/**
 * The verifier of a production account: nothing is decided at once, a person decides. Until then a customer is
 * suspended for review, as Dwolla holds back what it has to look at itself, and an owner counts as incomplete.
 */
import type { Verifier } from './verifier.ts'

export const operatorVerifier: Verifier = {
  assessCustomer: () => ({
    assessment: { status: 'suspended', directives: [{ code: 'AdditionalReviewRequired' }] },
    underReview: true,
  }),
  assessOwner: () => ({ status: 'incomplete', underReview: true }),
  reviewDocument: () => ({ verdict: null, underReview: true }),
}
