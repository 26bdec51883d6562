/** What is written about customers: each operation loads, decides, saves and tells. */
import type { editCustomerKinds, NewCustomer } from '@clearyard/contract/customers.ts'
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import type { Checked } from '@clearyard/contract/fields.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { emit } from '../../events/emit.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { next } from '../../states.ts'
import { type CustomerStep, customerStates } from './domain.ts'
import { type CustomerRow, customers, withoutCase } from './store.ts'

const searchText = (row: Pick<CustomerRow, 'first_name' | 'last_name' | 'business_name' | 'email'>): string =>
  withoutCase([`${row.first_name} ${row.last_name}`, row.business_name ?? '', row.email].join('\n'))

const taken = (other: CustomerRow, field: 'email' | 'correlationId', words: string): EmbeddedError => ({
  code: 'Duplicate',
  message: `A customer with the specified ${words} already exists.`,
  path: `/${field}`,
  about: { path: pathOf('customer', other.id), resourceType: 'customer' },
})

/** The customers that already have what must be unique; `own` is the customer that may keep it. */
const duplicates = (ctx: Ctx, wanted: { email?: string; correlationId?: string }, own?: string): EmbeddedError[] => {
  const found: EmbeddedError[] = []
  const byEmail = wanted.email === undefined ? null : customers.findBy(ctx, 'email_key', withoutCase(wanted.email))
  if (byEmail && byEmail.id !== own) found.push(taken(byEmail, 'email', 'email'))
  const byCorrelation =
    wanted.correlationId === undefined ? null : customers.findBy(ctx, 'correlation_id', wanted.correlationId)
  if (byCorrelation && byCorrelation.id !== own) found.push(taken(byCorrelation, 'correlationId', 'correlationId'))
  return found
}

export const createCustomer: Operation<NewCustomer, CustomerRow> = (ctx, { type, fields: body }) => {
  const errors = duplicates(ctx, body)
  if (errors.length > 0) throw invalid(...errors)
  const names = {
    first_name: body.firstName,
    last_name: body.lastName,
    email: body.email,
    business_name: body.businessName ?? null,
  }
  const customer: CustomerRow = {
    id: ctx.newId(),
    type,
    status: 'unverified',
    ...names,
    email_key: withoutCase(body.email),
    ip_address: body.ipAddress ?? null,
    phone: body.phone ?? null,
    correlation_id: body.correlationId ?? null,
    search_text: searchText(names),
    address1: null,
    address2: null,
    city: null,
    state: null,
    postal_code: null,
    business_type: null,
    business_classification: null,
    doing_business_as: null,
    website: null,
    controller: null,
    sealed_identity: null,
    sealed_controller: null,
    status_before: null,
    retry_scope: null,
    needed_documents: [],
    directives: [],
    ownership: null,
    recertify_by: null,
    outstanding_owners: 0,
    created: ctx.now,
  }
  customers.insert(ctx, customer)
  emit(ctx, 'customer_created', { resource: customer.id, customer: customer.id })
  return customer
}

export const editCustomer: Operation<
  { id: string; body: Checked<(typeof editCustomerKinds)['unverified']> },
  CustomerRow
> = (ctx, { id, body }) => {
  const customer = customers.get(ctx, id)
  next(customerStates, customer, 'edit')
  const errors = duplicates(ctx, body.email === undefined ? {} : { email: body.email }, id)
  if (errors.length > 0) throw invalid(...errors)
  const names = {
    first_name: body.firstName ?? customer.first_name,
    last_name: body.lastName ?? customer.last_name,
    email: body.email ?? customer.email,
    business_name: body.businessName === '' ? null : (body.businessName ?? customer.business_name),
  }
  return customers.set(ctx, customer, {
    ...names,
    email_key: withoutCase(names.email),
    search_text: searchText(names),
  })
}

/** Suspends, deactivates or reactivates a customer. */
export const changeCustomerStatus: Operation<{ id: string; step: CustomerStep }, CustomerRow> = (ctx, { id, step }) => {
  const customer = customers.get(ctx, id)
  const taken = next(customerStates, customer, step)
  const { status } = customer
  const status_before = status === 'suspended' || status === 'deactivated' ? null : status
  const changed = customers.set(ctx, customer, { status: taken.to, status_before })
  if (taken.emits) emit(ctx, taken.emits, { resource: id, customer: id })
  return changed
}
