/**
 * What stands between a business and its verification: each directive's words, what settles it, and of whom it is.
 * Source: Dwolla's page on the verification statuses of businesses; pure.
 */
import type { CustomerStatus } from '@clearyard/contract/customers.ts'
import type { Assessment, Directive, DirectiveCode, Party, RetryScope } from '../../identity/verifier.ts'

/**
 * @property code what clients see, when it is not the directive's own name
 * @property settledBy saying the business again, a document, either of them, or nothing but waiting
 * @property of who has to be said again, or documented
 * @property uploadLink the relation that offers the upload, when it is not the one for whoever is to be documented
 * @property isAddress whether an address was what failed
 */
type DirectiveRule = {
  readonly code?: string
  readonly message: string
  readonly settledBy: 'retry' | 'document' | 'either' | 'review'
  readonly of: 'business' | 'controller'
  readonly uploadLink?: string
  readonly isAddress?: boolean
}

const rules: { readonly [C in DirectiveCode]: DirectiveRule } = {
  Required: { message: 'Full SSN required', settledBy: 'retry', of: 'controller' },
  POBoxNotAllowed: {
    message: 'The address of the business is a P.O. box. Give the street it operates from.',
    settledBy: 'retry',
    of: 'business',
    isAddress: true,
  },
  ResidentialAddressRequired: {
    message: 'The address of the controller must be the residential one.',
    settledBy: 'retry',
    of: 'controller',
    isAddress: true,
  },
  ControllerNonResidential: {
    message: 'The address of the controller is not a residential one.',
    settledBy: 'retry',
    of: 'controller',
    isAddress: true,
  },
  EINMismatch: { message: 'The EIN does not belong to the business.', settledBy: 'retry', of: 'business' },
  LegalDBAMismatch: {
    message: 'The legal name and the name the business trades under do not belong together.',
    settledBy: 'retry',
    of: 'business',
  },
  BusinessDBAMismatch: {
    message: 'The name the business trades under is not registered for it.',
    settledBy: 'retry',
    of: 'business',
  },
  RegisteredAgentAddressNotAllowed: {
    message: 'The address is that of a registered agent. Give the one the business operates from.',
    settledBy: 'retry',
    of: 'business',
    isAddress: true,
  },
  SOSNotInGoodStanding: {
    message: 'The business is not in good standing with its Secretary of State.',
    settledBy: 'retry',
    of: 'business',
  },
  SOSStateMismatch: {
    message: 'The business is not registered with the Secretary of State of the given state.',
    settledBy: 'retry',
    of: 'business',
  },
  ForeignPassportNumberRequired: {
    message: 'The passport number of the controller is required.',
    settledBy: 'retry',
    of: 'controller',
  },
  BusinessNameMismatch: {
    message: 'The name of the business is not the registered one.',
    settledBy: 'retry',
    of: 'business',
  },
  DBADocumentRequired: {
    code: 'Required',
    message: 'DBA (Doing Business As) document upload required',
    settledBy: 'document',
    of: 'business',
    uploadLink: 'upload-dba-document',
  },
  BusinessAddressDocRequired: {
    message: 'A document that shows the address of the business is required.',
    settledBy: 'document',
    of: 'business',
    isAddress: true,
  },
  EINDocumentRequired: {
    message: 'The EIN letter of the business is required.',
    settledBy: 'document',
    of: 'business',
    uploadLink: 'upload-ein-document',
  },
  BusinessFormationDocRequired: {
    message: 'A document that shows the formation of the business is required.',
    settledBy: 'document',
    of: 'business',
  },
  PersonalIDRequired: {
    message: 'A personal ID of the controller is required.',
    settledBy: 'document',
    of: 'controller',
  },
  AddressNotAssociatedWithBusiness: {
    message: 'The address could not be associated with the business. Give another, or a document that shows it.',
    settledBy: 'either',
    of: 'business',
    isAddress: true,
  },
  CoWorkingAddress: {
    message: 'The address is that of a shared office. Give another, or a document that shows it.',
    settledBy: 'either',
    of: 'business',
    isAddress: true,
  },
  AdditionalReviewRequired: {
    message: 'The business is being reviewed. This takes two to three business days.',
    settledBy: 'review',
    of: 'business',
  },
}

/** The directives that saying everything again, or a document, settles. */
export const directivesSettledBy = (by: 'retry' | 'document'): readonly DirectiveCode[] =>
  Object.entries(rules).flatMap(([code, { settledBy }]) =>
    settledBy === by || settledBy === 'either' ? [code as DirectiveCode] : [],
  )

export const directiveRule = ({ code }: Directive): DirectiveRule => rules[code]

export const isAboutAddress = (directives: readonly Directive[]): boolean =>
  directives.some((directive) => directiveRule(directive).isAddress)

/** Whether the decision so far stands only until a person decides. */
export const awaitsReview = (directives: readonly Directive[]): boolean =>
  directives.some((directive) => directiveRule(directive).settledBy === 'review')

/** Those that no document settles. */
export const beyondDocuments = (directives: readonly Directive[]): Directive[] =>
  directives.filter((directive) => directiveRule(directive).settledBy === 'retry')

/** Whose document settles it. A business without a controller is its owner's. */
export const partyOf = (directive: Directive, hasController: boolean): Party =>
  directiveRule(directive).of === 'business' ? 'business' : hasController ? 'controller' : 'individual'

/** Who has to be said again to settle these. A business without a controller is said again with its owner. */
export const scopeOf = (directives: readonly Directive[], hasController: boolean): RetryScope => {
  if (!hasController) return 'individual'
  return directives.some((directive) => directiveRule(directive).of === 'controller') ? 'full' : 'business'
}

/** What an assessment comes to while something is left that saying everything again does not settle. */
export const stillWanting = (
  directives: readonly Directive[],
  assessment: Assessment,
  hasController: boolean,
): Assessment => {
  if (assessment.status !== 'verified' && assessment.status !== 'document') return assessment
  const left = directives.filter((directive) => directiveRule(directive).settledBy === 'document')
  const wanted = assessment.status === 'document' ? assessment : { needs: [], directives: [] }
  const [first, ...others] = new Set([...wanted.needs, ...left.map((directive) => partyOf(directive, hasController))])
  if (!first) return assessment
  return { status: 'document', needs: [first, ...others], directives: [...wanted.directives, ...left] }
}

/** The relations of the steps that settle it in this state; none while there is only waiting. */
export const settlingRels = (
  directive: Directive,
  { status, retry_scope }: { readonly status: CustomerStatus; readonly retry_scope: RetryScope | null },
): string[] => {
  const { settledBy, of, uploadLink } = directiveRule(directive)
  if (status === 'retry' && (settledBy === 'retry' || settledBy === 'either'))
    return [of === 'controller' && retry_scope === 'full' ? 'retry-with-full-ssn' : 'retry-verification']
  if (status === 'document' && (settledBy === 'document' || settledBy === 'either'))
    return [uploadLink ?? (of === 'business' ? 'verify-business-with-document' : 'verify-with-document')]
  return []
}
