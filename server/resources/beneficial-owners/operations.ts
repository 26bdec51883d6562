/** What is written about beneficial owners, and about what a business certifies of them. */
import type { NewOwner } from '@clearyard/contract/beneficial-owners.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import type { Verifier } from '../../identity/verifier.ts'
import { next } from '../../states.ts'
import { customerStates } from '../customers/domain.ts'
import { type CustomerRow, customers, noSuchCustomer } from '../customers/store.ts'
import { ownerStates, ownershipAfterChange } from './domain.ts'
import { findOwner, noSuchOwner, type OwnerRow, owners } from './store.ts'
import { applyOwnerVerdict, factsOf, outstandingBy, tell, tellVerdict } from './verification.ts'

/** @throws Refusal with NotFound, or with Forbidden when it is nobody who has owners */
const getBusiness = (ctx: Ctx, id: string, forbidden: string): CustomerRow => {
  const customer = customers.find(ctx, id)
  if (!customer) throw noSuchCustomer()
  if (customer.ownership === null) throw new Refusal('Forbidden', { message: forbidden })
  return customer
}

/**
 * The business once its owners are others than it may have certified.
 * @param difference by how many more of them are not verified
 */
const changeOwners = (ctx: Ctx, customer: CustomerRow, difference = 0): void => {
  next(customerStates, customer, 'changeOwners')
  customers.set(ctx, customer, {
    ...ownershipAfterChange(customer, ctx.now),
    outstanding_owners: customer.outstanding_owners + difference,
  })
}

/** What is kept of an owner as it was given. */
const columnsOf = ({ firstName, lastName, address, dateOfBirth, id }: NewOwner) => ({
  first_name: firstName,
  last_name: lastName,
  address,
  sealed_identity: { plain: JSON.stringify({ dateOfBirth, ...id }) },
})

export const createOwner: Operation<{ customerId: string; given: NewOwner; verifier: Verifier }, OwnerRow> = (
  ctx,
  { customerId, given, verifier },
) => {
  const customer = getBusiness(ctx, customerId, 'Forbidden from adding an owner to this customer.')
  const { status, underReview } = verifier.assessOwner({ firstName: given.firstName, isRetry: false })
  changeOwners(ctx, customer, outstandingBy(status))
  const owner: OwnerRow = {
    id: ctx.newId(),
    customer_id: customerId,
    ...columnsOf(given),
    verification_status: status,
    is_under_review: underReview,
    is_removed: false,
    created: ctx.now,
  }
  owners.insert(ctx, owner)
  tell(ctx, 'customer_beneficial_owner_created', owner)
  tellVerdict(ctx, owner)
  return owner
}

/** The one more attempt of an owner who could not be verified: everything is said again. */
export const retryOwner: Operation<{ id: string; given: NewOwner; verifier: Verifier }, OwnerRow> = (
  ctx,
  { id, given, verifier },
) => {
  const owner = findOwner(ctx, id)
  if (!owner) throw noSuchOwner('Owner not found.')
  const customer = customers.get(ctx, owner.customer_id)
  next(ownerStates, factsOf(owner, customer), 'retry', 'Owner cannot be updated.')
  changeOwners(ctx, customer)
  const verdict = verifier.assessOwner({ firstName: given.firstName, isRetry: true })
  return applyOwnerVerdict(ctx, owner, verdict, columnsOf(given))
}

/** Takes an owner off the business; gives it as it was. */
export const removeOwner: Operation<{ id: string }, OwnerRow> = (ctx, { id }) => {
  const owner = findOwner(ctx, id)
  if (!owner) throw noSuchOwner()
  changeOwners(ctx, customers.get(ctx, owner.customer_id), -outstandingBy(owner.verification_status))
  const removed = owners.set(ctx, owner, { is_removed: true })
  tell(ctx, 'customer_beneficial_owner_removed', removed)
  ctx.react('reviewObsolete', { customerId: owner.customer_id, ownerId: id })
  return removed
}

/** The business says that its owners are those it has named. */
export const certifyOwnership: Operation<{ customerId: string }, CustomerRow> = (ctx, { customerId }) => {
  const forbidden = 'Forbidden from updating beneficial ownership status for this customer.'
  const customer = getBusiness(ctx, customerId, forbidden)
  next(customerStates, customer, 'certifyOwnership')
  return customers.set(ctx, customer, { ownership: 'certified', recertify_by: null })
}
