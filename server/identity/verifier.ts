/**
 * The port to whoever checks identities. A verifier decides from what is given and nothing else, at once: an operation
 * asks it inside its run. What it cannot decide it leaves to a review, which a person decides later.
 */
import type { OwnerStatus } from '@clearyard/contract/beneficial-owners.ts'
import type { CustomerKind } from '@clearyard/contract/customers.ts'
import type { DocumentType, FailureReason } from '@clearyard/contract/documents.ts'

/** Of whom a document can be wanted. An individual is a person, or the owner of a sole proprietorship. */
export type Party = 'individual' | 'controller' | 'business'

/** Who has to be said again in a retry: a person, a business without its controller, or both. */
export type RetryScope = 'individual' | 'business' | 'full'

/** A thing that stands between a business and its verification; told in `_embedded.errors` of the customer. */
export type Directive = { code: DirectiveCode; path?: string }

export type DirectiveCode =
  | 'Required'
  | 'POBoxNotAllowed'
  | 'ResidentialAddressRequired'
  | 'EINMismatch'
  | 'LegalDBAMismatch'
  | 'BusinessDBAMismatch'
  | 'RegisteredAgentAddressNotAllowed'
  | 'SOSNotInGoodStanding'
  | 'ForeignPassportNumberRequired'
  | 'SOSStateMismatch'
  | 'BusinessNameMismatch'
  | 'DBADocumentRequired'
  | 'BusinessAddressDocRequired'
  | 'EINDocumentRequired'
  | 'BusinessFormationDocRequired'
  | 'PersonalIDRequired'
  | 'ControllerNonResidential'
  | 'AddressNotAssociatedWithBusiness'
  | 'CoWorkingAddress'
  | 'AdditionalReviewRequired'

/** What a verifier looks at of a customer. */
export type Applicant = {
  kind: Exclude<CustomerKind, 'unverified' | 'receive-only'>
  firstName: string
  businessName: string | null
  controllerFirstName: string | null
  /** Whether it was asked before, and the customer had to say more. */
  isRetry: boolean
}

/** What a verifier, or a review, makes of a customer. */
export type Assessment =
  | { status: 'verified' }
  | { status: 'retry'; scope: RetryScope; directives: readonly Directive[] }
  | { status: 'kba' }
  | { status: 'document'; needs: readonly [Party, ...Party[]]; directives: readonly Directive[] }
  | { status: 'suspended'; directives: readonly Directive[] }

/** @property underReview the decision so far stands only until a person decides */
export type CustomerVerdict = { assessment: Assessment; underReview: boolean }
export type OwnerVerdict = { status: OwnerStatus; underReview: boolean }
export type DocumentVerdict = { status: 'accepted' } | { status: 'rejected'; reasons: readonly FailureReason[] }

export type Verifier = {
  assessCustomer(applicant: Applicant): CustomerVerdict
  assessOwner(applicant: { firstName: string; isRetry: boolean }): OwnerVerdict
  /**
   * What to make of an upload, or null when it stays pending.
   * @property underReview whether a person is to decide it
   */
  reviewDocument(document: { type: DocumentType; fileName: string; sizeBytes: number }): {
    verdict: DocumentVerdict | null
    underReview: boolean
  }
}
