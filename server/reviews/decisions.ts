/** What a person may decide about each kind of review, and how a decision is said: pure. */
import type { OwnerStatus } from '@clearyard/contract/beneficial-owners.ts'
import { type FailureReason, failureReasons } from '@clearyard/contract/documents.ts'
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import type { Assessment, Directive, DirectiveCode, DocumentVerdict, Party, RetryScope } from '../identity/verifier.ts'
import { directivesSettledBy, partyOf } from '../resources/customers/directives.ts'
import { type Body, unknownMembers, wrong } from '../worlds/checks.ts'

export const decisionWords = ['approve', 'retry', 'document', 'suspend', 'reject'] as const
export type DecisionWord = (typeof decisionWords)[number]

/** What a decision is about; customers by what they have to show, documents by whose they are. */
export type Subject =
  | 'personal'
  | 'soleProprietorship'
  | 'business'
  | 'beneficial-owner'
  | 'customer-document'
  | 'owner-document'

/**
 * @property needs of whom more can be wanted; where there is one choice, or a reason says it, it need not be made
 * @property reasons what may be told
 * @property isTold whether a reason must be
 */
type Choice = { readonly needs: readonly Party[]; readonly reasons: readonly string[]; readonly isTold?: boolean }

const plain: Choice = { needs: [], reasons: [] }
const ofPerson: Choice = { needs: ['individual'], reasons: [] }
const flawed: Choice = { needs: [], reasons: Object.keys(failureReasons), isTold: true }
const [settledByRetry, settledByDocument] = [directivesSettledBy('retry'), directivesSettledBy('document')]

const choices: { readonly [S in Subject]: { readonly [D in DecisionWord]?: Choice } } = {
  personal: { approve: plain, retry: ofPerson, document: ofPerson, suspend: plain },
  soleProprietorship: {
    approve: plain,
    retry: { needs: ['individual'], reasons: settledByRetry },
    document: { needs: ['individual', 'business'], reasons: settledByDocument },
    suspend: plain,
  },
  business: {
    approve: plain,
    retry: { needs: ['controller', 'business'], reasons: settledByRetry },
    document: { needs: ['controller', 'business'], reasons: settledByDocument },
    suspend: plain,
  },
  'beneficial-owner': { approve: plain, retry: plain, document: plain },
  // a document that is a fraud may end it for the customer
  'customer-document': { approve: plain, reject: flawed, suspend: flawed },
  'owner-document': { approve: plain, reject: flawed },
}

export type Decision = { decision: DecisionWord; needs: readonly Party[]; reasons: readonly string[] }

/** What a list of the body names, in the order of the known values. */
const readList = <V extends string>(body: Body, name: string, known: readonly V[], errors: EmbeddedError[]): V[] => {
  const given = body[name] ?? []
  const named = known.filter((value) => Array.isArray(given) && given.includes(value))
  if (!Array.isArray(given) || given.length !== named.length) {
    const words = known.length > 0 ? `a list of ${known.join(', ')}, each at most once` : 'left out here'
    errors.push(wrong(`/${name}`, `${name} must be ${words}.`))
  }
  return named
}

const directiveOf = (reason: string): Directive =>
  reason === 'Required' ? { code: 'Required', path: '' } : { code: reason as DirectiveCode }

/** Whether a reason is about this party of a customer. */
const concerns = (party: Party, subject: Subject) => (reason: string) =>
  partyOf(directiveOf(reason), subject === 'business') === party

/**
 * Checks the body of a decision against what may be decided about its subject.
 * @throws Refusal with everything that is wrong
 */
export const checkDecision = (body: Body, subject: Subject): Decision => {
  const errors = unknownMembers(body, ['decision', 'needs', 'reasons'])
  const words = decisionWords.filter((word) => choices[subject][word])
  const decision = words.find((word) => word === body['decision'])
  const choice = decision && choices[subject][decision]
  if (!choice) throw invalid(...errors, wrong('/decision', `decision must be one of ${words.join(', ')} here.`))
  const needs = readList(body, 'needs', choice.needs, errors)
  const reasons = readList(body, 'reasons', choice.reasons, errors)
  const named = choice.needs.filter((party) => needs.includes(party) || reasons.some(concerns(party, subject)))
  if (errors.length === 0 && choice.needs.length > 1 && named.length === 0)
    errors.push(wrong('/needs', `needs must name ${choice.needs.join(' or ')}, or both, unless reasons do.`))
  if (errors.length === 0 && choice.isTold && reasons.length === 0)
    errors.push(wrong('/reasons', 'reasons must name one at least.'))
  if (errors.length > 0) throw invalid(...errors)
  return { decision, needs: named.length > 0 ? named : choice.needs, reasons }
}

/** Who has to be said again: a business keeps its controller unless that is in doubt. */
const scopeOf = (needs: readonly Party[]): RetryScope =>
  needs.includes('controller') ? 'full' : needs.includes('business') ? 'business' : 'individual'

/** What a decision about a customer makes of it. */
export const assessmentOf = ({ decision, needs, reasons }: Decision): Assessment => {
  const directives = reasons.map(directiveOf)
  switch (decision) {
    case 'approve':
      return { status: 'verified' }
    case 'retry':
      return { status: 'retry', scope: scopeOf(needs), directives }
    case 'document':
      // a document is always wanted of somebody
      return { status: 'document', needs: needs as readonly [Party, ...Party[]], directives }
    default:
      return { status: 'suspended', directives: [] }
  }
}

/** What a decision about a document finds. */
export const verdictOf = ({ decision, reasons }: Decision): DocumentVerdict =>
  decision === 'approve' ? { status: 'accepted' } : { status: 'rejected', reasons: reasons as readonly FailureReason[] }

/** What a decision about an owner makes of it: who is to be asked again is incomplete. */
export const ownerStatusOf = ({ decision }: Decision): OwnerStatus =>
  decision === 'approve' ? 'verified' : decision === 'document' ? 'document' : 'incomplete'
