/** What is written about customers: each operation loads, decides, saves and tells. */
import { editCustomerShapes } from '@clearyard/contract/customer-shapes.ts'
import {
  type CustomerType,
  checkCustomer,
  customerFields,
  customerTypes,
  type NewCustomer,
  statusSteps,
} from '@clearyard/contract/customers.ts'
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import { checkBody, fieldName, isBlank } from '@clearyard/contract/fields.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { emit } from '../../events/emit.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import type { Applicant, CustomerVerdict, Verifier } from '../../identity/verifier.ts'
import { returnCodeOf, returnCodes } from '../../rails/return-codes.ts'
import { accepts, next } from '../../states.ts'
import { columnsOf, editOf, type FieldColumns } from './columns.ts'
import { stillWanting } from './directives.ts'
import { customerStates, isChecked } from './domain.ts'
import { type CustomerRow, customers, noSuchCustomer, withoutCase } from './store.ts'
import { applyVerdict } from './verification.ts'

type Body = Readonly<Record<string, unknown>>

const taken = (other: CustomerRow, field: 'email' | 'correlationId', words: string): EmbeddedError => ({
  code: 'Duplicate',
  message: `A customer with the specified ${words} already exists.`,
  path: `/${field}`,
  about: { path: pathOf('customer', other.id), resourceType: 'customer' },
})

/**
 * Other customers must not have what is unique.
 * @param own the customer that may keep what it has
 */
const demandUnique = (ctx: Ctx, wanted: { email?: string; correlationId?: string }, own?: string): void => {
  const { email, correlationId } = wanted
  const errors: EmbeddedError[] = []
  const byEmail = email === undefined ? null : customers.findBy(ctx, 'email_key', withoutCase(email))
  if (byEmail && byEmail.id !== own) errors.push(taken(byEmail, 'email', 'email'))
  const byCorrelation = correlationId === undefined ? null : customers.findBy(ctx, 'correlation_id', correlationId)
  if (byCorrelation && byCorrelation.id !== own) errors.push(taken(byCorrelation, 'correlationId', 'correlationId'))
  if (errors.length > 0) throw invalid(...errors)
}

const wrong = (name: string, code: 'Invalid' | 'ReadOnly', message: string): EmbeddedError => ({
  code,
  message: `${fieldName(name)} ${message}`,
  path: `/${name}`,
})

/** The type a body asks for, or null where it names none. */
const typeIn = (body: Body): CustomerType | null => {
  const given = Object.hasOwn(body, 'type') ? body['type'] : undefined
  if (given === undefined || given === null) return null
  const type = customerTypes.find((known) => known === given)
  if (!type) throw invalid(wrong('type', 'Invalid', 'invalid.'))
  return type
}

/** The customer that a body describes in full. */
const checked = (
  ctx: Ctx,
  body: Body,
  type: CustomerType,
  options: { fullSsn?: boolean; withoutController?: boolean } = {},
): NewCustomer => {
  const { value, errors } = checkCustomer(body, type, { ...options, today: ctx.now.toISOString().slice(0, 10) })
  if (!value) throw invalid(...errors)
  return value
}

const verdictOn = (verifier: Verifier, { kind }: NewCustomer, as: FieldColumns, isRetry: boolean): CustomerVerdict =>
  verifier.assessCustomer({
    // others are not checked
    kind: kind as Applicant['kind'],
    firstName: as.first_name,
    businessName: as.business_name,
    controllerFirstName: as.controller?.firstName ?? null,
    isRetry,
  })

/** Somebody has to certify who owns a business with a controller. */
const ownershipOf = ({ kind }: NewCustomer): CustomerRow['ownership'] => (kind === 'business' ? 'uncertified' : null)

export const createCustomer: Operation<{ body: Body; verifier: Verifier }, CustomerRow> = (ctx, { body, verifier }) => {
  const given = checked(ctx, body, typeIn(body) ?? 'unverified')
  demandUnique(ctx, given.fields)
  const customer: CustomerRow = {
    id: ctx.newId(),
    type: given.type,
    status: 'unverified',
    ...columnsOf(given, null),
    status_before: null,
    retry_scope: null,
    needed_documents: [],
    directives: [],
    ownership: ownershipOf(given),
    recertify_by: null,
    outstanding_owners: 0,
    created: ctx.now,
  }
  customers.insert(ctx, customer)
  emit(ctx, 'customer_created', { resource: customer.id, customer: customer.id })
  return isChecked(given) ? applyVerdict(ctx, customer, verdictOn(verifier, given, customer, false)) : customer
}

/**
 * The step that the `status` of a body asks for, or null where it names none.
 * @throws Refusal with ValidationError when it is not one that can be asked for
 */
export const statusStepIn = (body: Body): StatusStep | null => {
  const status = Object.hasOwn(body, 'status') ? body['status'] : undefined
  if (status === undefined || status === null) return null
  if (typeof status === 'string' && Object.hasOwn(statusSteps, status))
    return statusSteps[status as keyof typeof statusSteps]
  throw invalid(wrong('status', 'Invalid', 'invalid.'))
}

type StatusStep = (typeof statusSteps)[keyof typeof statusSteps]

/** What becomes of the reviews that a customer waits for. */
const reviewCauses = { suspend: null, bar: null, deactivate: 'reviewWithdrawn', reactivate: 'reviewResumed' } as const

/** Suspends, deactivates or reactivates a customer. */
const changeStatus = (ctx: Ctx, customer: CustomerRow, step: StatusStep | 'bar'): CustomerRow => {
  const taken = next(customerStates, customer, step)
  const { status: before } = customer
  const changed = customers.set(ctx, customer, {
    status: taken.to,
    status_before: before === 'suspended' || before === 'deactivated' ? null : before,
  })
  if (taken.emits) emit(ctx, taken.emits, { resource: customer.id, customer: customer.id })
  const cause = reviewCauses[step]
  if (cause) ctx.react(cause, { customerId: customer.id })
  return changed
}

/** What a bank's code does to the customer who holds the bank; whoever is suspended or deactivated stays so. */
export const stopForReturn: Operation<{ customerId: string; code: string }, void> = (ctx, { customerId, code }) => {
  const known = returnCodeOf(code)
  const stopped = known && returnCodes[known].customer
  if (!stopped) return
  const step = stopped === 'suspended' ? 'bar' : 'deactivate'
  const customer = customers.get(ctx, customerId)
  if (accepts(customerStates, customer, step)) changeStatus(ctx, customer, step)
}

/**
 * The fields that a body gives and an edit may not change: once identity is checked, it is not the client's to edit.
 */
const readOnlyIn = (customer: CustomerRow, body: Body): string[] => {
  const editable = editCustomerShapes[customer.type].kind.optional
  return isChecked(customer)
    ? [...Object.keys(customerFields), 'controller'].filter(
        (name) => !editable.includes(name) && Object.hasOwn(body, name) && !isBlank(body[name]),
      )
    : []
}

const edit = (ctx: Ctx, customer: CustomerRow, body: Body): CustomerRow => {
  next(customerStates, customer, 'edit')
  const { fields, kind } = editCustomerShapes[customer.type]
  const { value, errors } = checkBody(fields, kind, body)
  errors.push(...readOnlyIn(customer, body).map((name) => wrong(name, 'ReadOnly', 'is read-only.')))
  if (errors.length > 0) throw invalid(...errors)
  demandUnique(ctx, value, customer.id)
  return customers.set(ctx, customer, editOf(value, customer))
}

/** A receive-only customer becomes an unverified one, and that one somebody whose identity is checked. */
const upgrade = (ctx: Ctx, customer: CustomerRow, body: Body, type: CustomerType, verifier: Verifier): CustomerRow => {
  if (type === 'receive-only') throw new Refusal('InvalidResourceState')
  if (type === 'unverified') {
    next(customerStates, customer, 'becomeUnverified')
    return edit(ctx, customers.set(ctx, customer, { type }), body)
  }
  next(customerStates, customer, 'becomeVerified')
  const given = checked(ctx, body, type)
  demandUnique(ctx, given.fields, customer.id)
  const columns = columnsOf(given, customer)
  const verdict = verdictOn(verifier, given, columns, false)
  return applyVerdict(ctx, customer, verdict, { ...columns, type, ownership: ownershipOf(given) })
}

/** The second and last attempt to be verified without documents: everything is said again, with every digit. */
const retry = (ctx: Ctx, customer: CustomerRow, body: Body, verifier: Verifier): CustomerRow => {
  next(customerStates, customer, 'retry')
  const withoutController = customer.retry_scope === 'business' && customer.controller !== null
  const given = checked(ctx, body, customer.type, { fullSsn: true, withoutController })
  demandUnique(ctx, given.fields, customer.id)
  const columns = columnsOf(given, customer)
  const { assessment, underReview } = verdictOn(verifier, given, columns, true)
  const verdict = {
    assessment: stillWanting(customer.directives, assessment, columns.controller !== null),
    underReview,
  }
  const ownership = given.kind === 'business' ? (customer.ownership ?? 'uncertified') : null
  return applyVerdict(ctx, customer, verdict, { ...columns, ownership })
}

/**
 * All that a client may do to a customer: a step of its status; else with another `type` it upgrades; in `retry` it
 * tries again, unless it gives nothing but what an edit takes; else it edits.
 */
export const updateCustomer: Operation<
  { id: string; step: StatusStep | null; body: Body; verifier: Verifier },
  CustomerRow
> = (ctx, { id, step, body, verifier }) => {
  const customer = customers.find(ctx, id)
  if (!customer) throw noSuchCustomer()
  if (step) return changeStatus(ctx, customer, step)
  const type = typeIn(body)
  if (type !== null && type !== customer.type) return upgrade(ctx, customer, body, type, verifier)
  if (customer.status === 'retry' && readOnlyIn(customer, body).length > 0) return retry(ctx, customer, body, verifier)
  return edit(ctx, customer, body)
}
