/**
 * What becomes of customers and owners, in a sandbox and where a person decides, as small as it can be said: which step
 * is taken in which status, where it leads and what it is told by. Written from Dwolla's pages and docs/fidelity.md,
 * without a look at the server.
 */
export type Kind = 'receive-only' | 'unverified' | 'personal' | 'soleProprietorship' | 'business'
type Status = 'unverified' | 'verified' | 'retry' | 'kba' | 'document' | 'suspended' | 'deactivated'
export type Names = { person: string; business: string }
type Party = 'person' | 'business'

/** What a simulated directive is settled by, and whom it is about. */
export const directives = {
  PersonalIDRequired: { by: 'document', of: 'person' },
  ControllerNonResidential: { by: 'retry', of: 'person' },
  POBoxNotAllowed: { by: 'retry', of: 'business' },
  AddressNotAssociatedWithBusiness: { by: 'either', of: 'business' },
  EINDocumentRequired: { by: 'document', of: 'business' },
} as const
/** Told of each that a paper alone does not settle. */
const addressFailed = 'address_verification_failed'
export type DirectiveCode = keyof typeof directives

export type Papers = 'success' | 'fail' | 'holiday'
const papersOpenAtMost = 4

export type Owner = {
  path: string
  status: 'verified' | 'incomplete' | 'document'
  open: number
  /** Whether a person is yet to decide. */
  waits: boolean
}

/** What a person is to decide: about the customer, an owner, or a paper of either. */
export type Review = { kind: 'customer' | 'beneficial-owner' | 'document'; owner: Owner | null; type: string }

export type Customer = {
  /** What its e-mail address is made of. */
  id: string
  path: string
  kind: Kind
  status: Status
  before: Status
  /** The name of who is judged beside the business: its controller, or the customer. */
  person: string
  /** Whether a retry leaves the controller as it is. */
  keepsController: boolean
  needs: readonly Party[]
  directives: readonly DirectiveCode[]
  open: number
  ownership: 'uncertified' | 'certified' | 'recertify' | null
  owners: Owner[]
  /** What is open, oldest first; null in a sandbox. */
  reviews: Review[] | null
}

/** Tells of what was taken; null is a refusal. */
export type Outcome = readonly string[] | null

const isChecked = ({ kind }: Customer): boolean => kind !== 'unverified' && kind !== 'receive-only'
const isBusiness = ({ kind }: Customer): boolean => kind === 'business' || kind === 'soleProprietorship'

const settles: { readonly [status: string]: string } = {
  verified: 'verified',
  retry: 'reverification_needed',
  kba: 'kba_verification_needed',
  document: 'verification_document_needed',
  suspended: 'suspended',
}

/** Makes a customer what a look at its names comes to. */
const judge = (customer: Customer, { person, business }: Names, isSecond: boolean): string[] => {
  const wants = (name: string) => name === 'document' || (isSecond && name === 'retry')
  const named = isBusiness(customer) ? business : 'Ann'
  const needs: Party[] = [...(wants(person) ? ['person' as const] : []), ...(wants(named) ? ['business' as const] : [])]
  customer.person = person
  if (customer.reviews) {
    customer.status = 'suspended'
    customer.directives = []
    customer.needs = []
    customer.reviews.push({ kind: 'customer', owner: null, type: '' })
    return ['verification_pending_review']
  }
  customer.needs = needs
  customer.keepsController = customer.kind === 'business' && person !== 'retry'
  if (person === 'suspended') customer.status = 'suspended'
  else if (person === 'kba' && customer.kind === 'personal') customer.status = 'kba'
  else if (needs.length > 0) customer.status = 'document'
  else customer.status = [person, named].includes('retry') ? 'retry' : 'verified'
  if (customer.status !== 'document') customer.needs = []
  // what only a paper settles is still wanted, unless it is all over
  const open = customer.directives.filter((code) => directives[code].by === 'document')
  customer.directives = ['verified', 'document'].includes(customer.status) ? open : []
  if (customer.directives.length > 0) {
    customer.status = 'document'
    customer.needs = [...new Set([...customer.needs, ...open.map((code) => directives[code].of)])]
  }
  return [settles[customer.status] ?? '']
}

export const create = ({
  names,
  ...made
}: Pick<Customer, 'id' | 'path' | 'kind' | 'reviews'> & { names: Names }): {
  customer: Customer
  told: readonly string[]
} => {
  const { kind } = made
  const customer: Customer = {
    ...{ ...made, status: 'unverified', before: 'unverified', person: names.person, keepsController: false },
    ...{ needs: [], directives: [], open: 0, ownership: kind === 'business' ? 'uncertified' : null, owners: [] },
  }
  return { customer, told: ['created', ...(isChecked(customer) ? judge(customer, names, false) : [])] }
}

export const edit = ({ status }: Customer): Outcome =>
  ['unverified', 'verified', 'retry', 'kba'].includes(status) ? [] : null

/** Only a change of kind: who is said again to be of the same is another step. */
export const become = (customer: Customer, kind: Kind, names: Names): Outcome => {
  if (customer.status !== 'unverified') return null
  if (customer.kind === 'receive-only' && kind === 'unverified') {
    customer.kind = kind
    return []
  }
  if (customer.kind !== 'unverified' || kind === 'receive-only') return null
  customer.kind = kind
  customer.ownership = kind === 'business' ? 'uncertified' : null
  return judge(customer, names, false)
}

export const retry = (customer: Customer, names: Names): Outcome => {
  if (!isChecked(customer)) return edit(customer)
  if (customer.status !== 'retry') return null
  return judge(customer, customer.keepsController ? { ...names, person: customer.person } : names, true)
}

export const ask = (customer: Customer, status: string): Outcome => {
  const { status: from } = customer
  if (status === 'reactivated') {
    if (from !== 'deactivated') return null
    customer.status = customer.before
    return ['activated']
  }
  const isTaken =
    status === 'suspended' ? ['unverified', 'verified'] : ['unverified', 'verified', 'retry', 'kba', 'document']
  if (!isTaken.includes(from)) return null
  customer.before = from
  customer.status = status as Status
  return [status]
}

export const answer = (customer: Customer, rightly: number): Outcome => {
  if (customer.status !== 'kba') return null
  customer.status = rightly >= 3 ? 'verified' : 'document'
  customer.needs = rightly >= 3 ? [] : ['person']
  return rightly >= 3
    ? ['kba_verification_passed', 'verified']
    : ['kba_verification_failed', 'verification_document_needed']
}

export const simulate = (customer: Customer, code: DirectiveCode): Outcome => {
  const { by, of } = directives[code]
  if (customer.reviews || !isBusiness(customer) || (customer.status !== 'retry' && customer.status !== 'document'))
    return null
  customer.directives = [...customer.directives.filter((other) => other !== code), code]
  if (customer.status === 'retry' && by === 'retry' && of === 'person') customer.keepsController = false
  if (customer.status === 'document' && by !== 'retry') customer.needs = [...new Set([...customer.needs, of])]
  return by === 'document' ? [] : [addressFailed]
}

/** What is left to show once a paper of this type was accepted; the owner of a sole proprietorship is the business. */
const neededAfter = ({ kind, needs }: Customer, type: string): readonly Party[] =>
  kind !== 'business' && needs.length === 1
    ? []
    : needs.filter((party) => (type === 'other') !== (party === 'business'))

const accept = (customer: Customer, type: string): string[] => {
  const approved = 'verification_document_approved'
  if (customer.status !== 'document') return [approved]
  customer.needs = neededAfter(customer, type)
  customer.directives = customer.directives.filter(
    (code) => directives[code].by === 'retry' || customer.needs.includes(directives[code].of),
  )
  if (customer.needs.length > 0) return [approved]
  customer.status = customer.directives.length > 0 ? 'retry' : 'verified'
  customer.keepsController =
    customer.kind === 'business' && !customer.directives.some((code) => directives[code].of === 'person')
  // what is left is about an address
  return [approved, ...(customer.status === 'verified' ? ['verified'] : ['reverification_needed', addressFailed])]
}

export const upload = (customer: Customer, type: string, papers: Papers): Outcome => {
  if (customer.status !== 'document' || customer.open >= papersOpenAtMost) return null
  customer.reviews?.push({ kind: 'document', owner: null, type })
  if (papers === 'holiday' || customer.reviews) customer.open += 1
  if (customer.reviews) return ['verification_document_uploaded']
  return [
    'verification_document_uploaded',
    ...(papers === 'fail' ? ['verification_document_failed'] : papers === 'success' ? accept(customer, type) : []),
  ]
}

const mayChangeOwners = ({ ownership, status }: Customer): boolean =>
  ownership !== null && ['verified', 'retry', 'document'].includes(status)

const changed = (customer: Customer): void => {
  if (customer.ownership === 'certified') customer.ownership = 'recertify'
}

const ofOwners = (words: readonly string[]): string[] => words.map((word) => `beneficial_owner_${word}`)

const judged = {
  verified: 'verified',
  incomplete: 'reverification_needed',
  document: 'verification_document_needed',
} as const

const statusOf = (name: string): Owner['status'] => (name === 'incomplete' || name === 'document' ? name : 'verified')

/** Tells what an owner is said to be; a person decides before it is told. */
const look = ({ reviews }: Customer, one: Owner): string[] => {
  if (!reviews) return [judged[one.status]]
  one.status = 'incomplete'
  one.waits = true
  reviews.push({ kind: 'beneficial-owner', owner: one, type: '' })
  return []
}

export const add = (customer: Customer, name: string): Outcome => {
  if (!mayChangeOwners(customer)) return null
  changed(customer)
  const one: Owner = { path: '', status: statusOf(name), open: 0, waits: false }
  customer.owners.push(one)
  return ofOwners(['created', ...look(customer, one)])
}

export const addAgain = (customer: Customer, owner: Owner, name: string): Outcome => {
  if (!mayChangeOwners(customer) || owner.status !== 'incomplete' || owner.waits) return null
  changed(customer)
  owner.status = statusOf(name) === 'verified' ? 'verified' : 'document'
  return ofOwners(look(customer, owner))
}

export const remove = (customer: Customer, owner: Owner): Outcome => {
  if (!mayChangeOwners(customer)) return null
  changed(customer)
  customer.owners = customer.owners.filter((other) => other !== owner)
  if (customer.reviews) customer.reviews = customer.reviews.filter((review) => review.owner !== owner)
  return ofOwners(['removed'])
}

export const uploadOfOwner = (customer: Customer, owner: Owner, papers: Papers): Outcome => {
  if (!mayChangeOwners(customer) || owner.status !== 'document' || owner.open >= papersOpenAtMost) return null
  const told = ['verification_document_uploaded']
  customer.reviews?.push({ kind: 'document', owner, type: '' })
  if (papers === 'holiday' || customer.reviews) owner.open += 1
  if (customer.reviews) return ofOwners(told)
  if (papers === 'fail') told.push('verification_document_failed')
  if (papers === 'success') {
    owner.status = 'verified'
    told.push('verification_document_approved', 'verified')
  }
  return ofOwners(told)
}

export const certify = (customer: Customer): Outcome => {
  if (!mayChangeOwners(customer)) return null
  customer.ownership = 'certified'
  return []
}

/** What there is to decide: nothing while the customer is deactivated. */
export const openReviews = ({ status, reviews }: Customer): readonly Review[] =>
  status === 'deactivated' ? [] : (reviews ?? [])

export type Decision = { decision: string; needs?: readonly string[]; reasons?: readonly string[] }

/** What can be decided about a review. */
export const decisionsOn = ({ kind }: Review, customer: Customer): readonly Decision[] => {
  if (kind === 'document') return [{ decision: 'approve' }, { decision: 'reject', reasons: ['ScanNotReadable'] }]
  if (kind === 'beneficial-owner') return ['approve', 'retry', 'document'].map((decision) => ({ decision }))
  const parties = customer.kind === 'business' ? ['controller', 'business'] : ['individual']
  const asking = ['retry', 'document'].flatMap((decision) => parties.map((party) => ({ decision, needs: [party] })))
  return [{ decision: 'approve' }, { decision: 'suspend' }, ...asking]
}

const decideOwner = (one: Owner, decision: string): string[] => {
  one.waits = false
  one.status = decision === 'approve' ? 'verified' : decision === 'retry' ? 'incomplete' : 'document'
  return ofOwners([judged[one.status]])
}

const decidePapers = (customer: Customer, { owner, type }: Review, isAccepted: boolean): string[] => {
  const about = owner ?? customer
  about.open -= 1
  if (!owner) return isAccepted ? accept(customer, type) : ['verification_document_failed']
  if (!isAccepted) return ofOwners(['verification_document_failed'])
  const wasWanted = owner.status === 'document'
  if (wasWanted) owner.status = 'verified'
  return ofOwners(['verification_document_approved', ...(wasWanted ? ['verified'] : [])])
}

export const decide = (customer: Customer, review: Review, { decision, needs = [] }: Decision): readonly string[] => {
  customer.reviews = (customer.reviews ?? []).filter((other) => other !== review)
  if (review.kind === 'document') return decidePapers(customer, review, decision === 'approve')
  if (review.owner) return decideOwner(review.owner, decision)
  customer.status = decision === 'approve' ? 'verified' : decision === 'suspend' ? 'suspended' : (decision as Status)
  customer.keepsController = customer.kind === 'business' && !needs.includes('controller')
  customer.needs = decision === 'document' ? [needs.includes('business') ? 'business' : 'person'] : []
  return [settles[customer.status] ?? '']
}
