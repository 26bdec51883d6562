/** What may happen to a customer: pure. */
import type { OwnershipStatus } from '@clearyard/contract/beneficial-owners.ts'
import type { CustomerStatus, CustomerType } from '@clearyard/contract/customers.ts'
import type { Party, RetryScope } from '../../identity/verifier.ts'
import type { StateTable } from '../../states.ts'

export type CustomerStep =
  | 'edit'
  | 'suspend'
  | 'bar'
  | 'deactivate'
  | 'reactivate'
  | 'becomeUnverified'
  | 'becomeVerified'
  | 'retry'
  | 'answerKba'
  | 'uploadDocument'
  | 'changeOwners'
  | 'certifyOwnership'

/** The statuses that a customer can come back to. */
export type StatusBefore = Exclude<CustomerStatus, 'suspended' | 'deactivated'>

/** What decides about a customer's steps. */
export type CustomerFacts = {
  readonly status: CustomerStatus
  readonly type: CustomerType
  readonly status_before: StatusBefore | null
  readonly retry_scope: RetryScope | null
  readonly needed_documents: readonly Party[]
  readonly directives: readonly { readonly code: string }[]
  readonly ownership: OwnershipStatus | null
  readonly outstanding_owners: number
}

const wants =
  (...parties: readonly Party[]) =>
  ({ needed_documents }: CustomerFacts): boolean =>
    needed_documents.length === parties.length && parties.every((party) => needed_documents.includes(party))

const wantsPerson = (facts: CustomerFacts): boolean => wants('individual')(facts) || wants('controller')(facts)
const wantsBoth = ({ needed_documents }: CustomerFacts): boolean => needed_documents.length > 1
const wantsDba = ({ directives }: CustomerFacts): boolean =>
  directives.some(({ code }) => code === 'DBADocumentRequired')

const hasOwners = ({ ownership }: CustomerFacts): boolean => ownership !== null
const mustCertify = (facts: CustomerFacts): boolean => hasOwners(facts) && facts.ownership !== 'certified'
const wantsOwners = (facts: CustomerFacts): boolean =>
  hasOwners(facts) && (mustCertify(facts) || facts.outstanding_owners > 0)

/** A step that changes no status by itself; where identity is checked, the verdict does. */
const stays = (
  from: CustomerStatus,
  step: CustomerStep,
  link: string | null,
  when?: (facts: CustomerFacts) => boolean,
) => ({ from, step, to: from, link, ...(when ? { when } : {}) })

const reactivates = (to: StatusBefore) =>
  ({
    from: 'deactivated',
    step: 'reactivate',
    to,
    when: ({ status_before }: CustomerFacts) => status_before === to,
    emits: 'customer_activated',
    link: 'reactivate',
  }) as const

const deactivates = (from: StatusBefore, link: 'deactivate' | null) =>
  ({ from, step: 'deactivate', to: 'deactivated', emits: 'customer_deactivated', link }) as const

const suspends = (from: StatusBefore) =>
  ({ from, step: 'suspend', to: 'suspended', emits: 'customer_suspended', link: null }) as const

/** What a bank said of the customer suspends it in any state; nobody asks for that, so nobody is offered it. */
const bars = (from: StatusBefore) =>
  ({ from, step: 'bar', to: 'suspended', emits: 'customer_suspended', link: null }) as const

/** Owners are added, removed and certified while the business can still become one that transacts. */
const ownership = (from: StatusBefore) => [
  stays(from, 'changeOwners', 'verify-beneficial-owners', wantsOwners),
  stays(from, 'changeOwners', null, hasOwners),
  stays(from, 'certifyOwnership', 'certify-beneficial-ownership', mustCertify),
  stays(from, 'certifyOwnership', null, hasOwners),
]

/**
 * Customers of every type. Only the operator lifts a suspension, so `suspended` has no row. Suspending is accepted and
 * not offered: Dwolla's samples show no link for it, nor any for deactivating who has to send documents.
 */
export const customerStates: StateTable<CustomerStatus, CustomerStep, CustomerFacts> = [
  stays('unverified', 'edit', 'edit'),
  stays('unverified', 'becomeUnverified', null, ({ type }) => type === 'receive-only'),
  stays('unverified', 'becomeVerified', null, ({ type }) => type === 'unverified'),
  deactivates('unverified', 'deactivate'),
  suspends('unverified'),

  stays('retry', 'edit', 'edit'),
  stays('retry', 'retry', 'retry-verification'),
  stays('retry', 'retry', 'retry-with-full-ssn', ({ retry_scope }) => retry_scope === 'full'),
  deactivates('retry', 'deactivate'),
  ...ownership('retry'),

  stays('kba', 'edit', 'edit'),
  stays('kba', 'answerKba', null),
  deactivates('kba', 'deactivate'),

  stays('document', 'uploadDocument', 'document-form'),
  stays('document', 'uploadDocument', 'verify-with-document', wantsPerson),
  stays('document', 'uploadDocument', 'verify-business-with-document', wants('business')),
  stays('document', 'uploadDocument', 'verify-controller-and-business-with-document', wantsBoth),
  stays('document', 'uploadDocument', 'upload-dba-document', wantsDba),
  deactivates('document', null),
  ...ownership('document'),

  stays('verified', 'edit', 'edit'),
  deactivates('verified', 'deactivate'),
  suspends('verified'),
  ...ownership('verified'),

  bars('unverified'),
  bars('retry'),
  bars('kba'),
  bars('document'),
  bars('verified'),

  reactivates('unverified'),
  reactivates('retry'),
  reactivates('kba'),
  reactivates('document'),
  reactivates('verified'),
]

/** Whether a customer of this type is somebody whose identity is checked. */
export const isChecked = ({ type }: { readonly type: CustomerType }): boolean =>
  type === 'personal' || type === 'business'

/** Whether a business tells what stands between it and its verification. */
export const tellsErrors = ({ type, status, directives }: CustomerFacts): boolean =>
  type === 'business' &&
  directives.length > 0 &&
  (status === 'retry' || status === 'document' || status === 'suspended')

/** How far a business has certified its owners; null where it has none to certify. */
export type Ownership = { readonly ownership: OwnershipStatus | null; readonly recertify_by: Date | null }

/** How the ownership stands at a time of the world: who has not certified again in time is uncertified. */
export const ownershipAt = ({ ownership, recertify_by }: Ownership, now: Date): OwnershipStatus | null =>
  ownership === 'recertify' && recertify_by !== null && recertify_by <= now ? 'uncertified' : ownership

/** What decides whether a customer may send money, and have some sent. */
type Transacting = Pick<CustomerFacts, 'type' | 'status' | 'outstanding_owners'> & Ownership

/** Whether a business has said who owns it, and its owners are known: until then it sends nothing. */
export const mayTransact = (facts: Omit<Transacting, 'type' | 'status'>, now: Date): boolean =>
  ownershipAt(facts, now) !== 'uncertified' && facts.outstanding_owners === 0

/** Whether the customer may send money now; who can only receive never may. */
export const maySend = (facts: Transacting, now: Date): boolean =>
  facts.type === 'unverified'
    ? facts.status === 'unverified'
    : facts.type !== 'receive-only' && facts.status === 'verified' && mayTransact(facts, now)

/** Whether money for the customer arrives at once. */
export const receivesAtOnce = ({ status }: Pick<CustomerFacts, 'status'>): boolean =>
  status === 'verified' || status === 'unverified'
