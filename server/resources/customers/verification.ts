/**
 * What comes of looking at who a customer is: a verdict, a document, an answer, a person's decision. Each sets what
 * the customer has to do next and tells of it. All run in the transaction of what they come from.
 */
import type { DocumentType, FailureReason } from '@clearyard/contract/documents.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Topic } from '@clearyard/contract/events.ts'
import { emit } from '../../events/emit.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { Assessment, CustomerVerdict, Directive, Party } from '../../identity/verifier.ts'
import { next } from '../../states.ts'
import { awaitsReview, beyondDocuments, directiveRule, isAboutAddress, partyOf, scopeOf } from './directives.ts'
import { customerStates } from './domain.ts'
import { type CustomerRow, customers } from './store.ts'

/** What each outcome of an assessment is told by. */
const outcomes: { readonly [S in Assessment['status']]: Topic } = {
  verified: 'customer_verified',
  retry: 'customer_reverification_needed',
  kba: 'customer_kba_verification_needed',
  document: 'customer_verification_document_needed',
  suspended: 'customer_suspended',
}

const tell = (ctx: Ctx, topic: Topic, { id }: CustomerRow): void => emit(ctx, topic, { resource: id, customer: id })

const directivesOf = (assessment: Assessment): readonly Directive[] =>
  'directives' in assessment ? assessment.directives : []

/**
 * Makes the customer what the verdict says, and tells.
 * @param change what else is to be saved of the customer
 */
export const applyVerdict = (
  ctx: Ctx,
  customer: CustomerRow,
  { assessment, underReview }: CustomerVerdict,
  change: Partial<Omit<CustomerRow, 'id'>> = {},
): CustomerRow => {
  const directives = directivesOf(assessment)
  const changed = customers.set(ctx, customer, {
    ...change,
    status: assessment.status,
    status_before: null,
    retry_scope: assessment.status === 'retry' ? assessment.scope : null,
    needed_documents: assessment.status === 'document' ? assessment.needs : [],
    directives,
  })
  tell(ctx, awaitsReview(directives) ? 'customer_verification_pending_review' : outcomes[assessment.status], changed)
  if (isAboutAddress(directives)) tell(ctx, 'customer_address_verification_failed', changed)
  if (assessment.status === 'verified') ctx.react('customerVerified', { customerId: customer.id })
  if (underReview) ctx.react('reviewNeeded', { kind: 'customer', customerId: customer.id })
  return changed
}

const decided = (assessment: Assessment): CustomerVerdict => ({ assessment, underReview: false })

/** @throws Refusal with InvalidResourceState unless documents are wanted of the customer */
export const noteDocumentUploaded = (ctx: Ctx, customer: CustomerRow): void => {
  next(customerStates, customer, 'uploadDocument')
  tell(ctx, 'customer_verification_document_uploaded', customer)
}

/**
 * Who is still to be documented after a document of this type: people have IDs, businesses have other papers. The owner
 * of a sole proprietorship is the business, so any document settles the one thing wanted of either.
 */
const neededAfter = (type: DocumentType, { controller, needed_documents }: CustomerRow): readonly Party[] =>
  controller === null && needed_documents.length === 1
    ? []
    : needed_documents.filter((party) => (type === 'other') !== (party === 'business'))

/**
 * An approved document settles what was wanted of whom it is about. When no document is wanted any more, what none of
 * them settles has to be said again; without such, the customer is verified.
 */
export const acceptDocument = (ctx: Ctx, customer: CustomerRow, type: DocumentType): CustomerRow => {
  tell(ctx, 'customer_verification_document_approved', customer)
  if (customer.status !== 'document') return customer
  const hasController = customer.controller !== null
  const needed_documents = neededAfter(type, customer)
  const directives = customer.directives.filter(
    (directive) =>
      directiveRule(directive).settledBy === 'retry' || needed_documents.includes(partyOf(directive, hasController)),
  )
  if (needed_documents.length > 0) return customers.set(ctx, customer, { needed_documents, directives })
  const unsettled = beyondDocuments(directives)
  return applyVerdict(
    ctx,
    customer,
    decided(
      unsettled.length > 0
        ? { status: 'retry', scope: scopeOf(unsettled, hasController), directives: unsettled }
        : { status: 'verified' },
    ),
  )
}

/** What a document that contradicts a business has it say again. */
const mismatches: { readonly [R in FailureReason]?: Directive | 'controller' | 'business' } = {
  ScanNameMismatch: 'controller',
  ScanDobMismatch: 'controller',
  BusinessNameMismatch: { code: 'BusinessNameMismatch' },
  BusinessTypeMismatch: 'business',
}

const retryAfter = (customer: CustomerRow, reasons: readonly FailureReason[]): Assessment | null => {
  const found = reasons.flatMap((reason) => mismatches[reason] ?? [])
  if (customer.type !== 'business' || found.length === 0) return null
  if (customer.controller === null) return { status: 'retry', scope: 'individual', directives: [] }
  const directives: Directive[] = found.filter((mismatch) => typeof mismatch === 'object')
  if (!found.includes('controller')) return { status: 'retry', scope: 'business', directives }
  return { status: 'retry', scope: 'full', directives: [{ code: 'Required', path: '' }, ...directives] }
}

/** A rejected document is wanted again, unless it shows that a business has to say something else. */
export const rejectDocument = (ctx: Ctx, customer: CustomerRow, reasons: readonly FailureReason[]): CustomerRow => {
  tell(ctx, 'customer_verification_document_failed', customer)
  const retry = customer.status === 'document' ? retryAfter(customer, reasons) : null
  return retry ? applyVerdict(ctx, customer, decided(retry)) : customer
}

/** @throws Refusal with InvalidResourceState unless the customer is being asked */
export const passKba = (ctx: Ctx, customer: CustomerRow): CustomerRow => {
  next(customerStates, customer, 'answerKba')
  tell(ctx, 'customer_kba_verification_passed', customer)
  return applyVerdict(ctx, customer, decided({ status: 'verified' }))
}

/** @throws Refusal with InvalidResourceState unless the customer is being asked */
export const failKba = (ctx: Ctx, customer: CustomerRow): CustomerRow => {
  next(customerStates, customer, 'answerKba')
  tell(ctx, 'customer_kba_verification_failed', customer)
  return applyVerdict(ctx, customer, decided({ status: 'document', needs: ['individual'], directives: [] }))
}

/**
 * Adds to what stands between a business and its verification.
 * @throws Refusal with InvalidResourceState unless the business is to say something again or to send documents
 */
export const addDirective = (ctx: Ctx, customer: CustomerRow, directive: Directive): CustomerRow => {
  const { type, status, needed_documents } = customer
  if (type !== 'business' || (status !== 'retry' && status !== 'document')) throw new Refusal('InvalidResourceState')
  const { settledBy } = directiveRule(directive)
  const party = partyOf(directive, customer.controller !== null)
  const saysControllerAgain = status === 'retry' && settledBy === 'retry' && party === 'controller'
  const wantsDocument = status === 'document' && settledBy !== 'retry' && !needed_documents.includes(party)
  const changed = customers.set(ctx, customer, {
    directives: [...customer.directives.filter(({ code }) => code !== directive.code), directive],
    retry_scope: saysControllerAgain ? 'full' : customer.retry_scope,
    needed_documents: wantsDocument ? [...needed_documents, party] : needed_documents,
  })
  if (isAboutAddress([directive])) tell(ctx, 'customer_address_verification_failed', changed)
  return changed
}

/**
 * The operator's word on a customer whose verification is not over.
 * @throws Refusal with InvalidResourceState when nothing is left to decide
 */
export const decideCustomer = (ctx: Ctx, customer: CustomerRow, assessment: Assessment): CustomerRow => {
  const { status, directives } = customer
  const isOpen = status === 'suspended' ? awaitsReview(directives) : undecided.includes(status)
  if (!isOpen) throw new Refusal('InvalidResourceState')
  return applyVerdict(ctx, customer, decided(assessment))
}

const undecided: readonly CustomerRow['status'][] = ['retry', 'kba', 'document']
