/** The forms of customers: what creates one, and what it can be sent as what it is and as it stands. */
import { businessClassifications } from '@clearyard/contract/business-classifications.ts'
import { createCustomerShapes, editCustomerShapes, retryCustomerShapes } from '@clearyard/contract/customer-shapes.ts'
import { documentShape } from '@clearyard/contract/documents.ts'
import type { Shape } from '@clearyard/contract/fields.ts'
import { type Form, type FormGroup, type Forms, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { formOf } from '../../http/hal-forms.ts'
import { next } from '../../states.ts'
import { customerStates } from './domain.ts'
import { customerMembers } from './hal.ts'
import type { CustomerRow } from './store.ts'

type Named = { readonly [form: string]: Shape }

const keyOf = (name: string): string => name.replaceAll(/[^a-z0-9]+/gi, '_').toUpperCase()

/** Industries are chosen by their group. */
const industryGroups: readonly FormGroup[] = businessClassifications.map(({ name, industries }) => ({
  key: keyOf(name),
  displayText: name,
  values: industries.map((industry) => ({
    value: industry.id,
    key: keyOf(industry.name),
    displayText: industry.name,
  })),
}))

const groups = { businessClassification: industryGroups }

const formsOf = (target: string, shapes: Named, resource?: object): Forms => {
  const one = (shape: Shape): Form => formOf(shape, { target, groups, ...(resource ? { resource } : {}) })
  return {
    _links: { self: link(target, 'customer') },
    _forms: Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, one(shape)])),
  }
}

/** One for each kind of customer; the default is an unverified one's. */
export const createCustomerForms = (): Forms =>
  formsOf('/customers', {
    default: createCustomerShapes.unverified,
    'create-receive-only-customer': createCustomerShapes.receiveOnly,
    'create-personal-customer': createCustomerShapes.personal,
    'create-sole-proprietorship': createCustomerShapes.soleProprietorship,
    'create-business': createCustomerShapes.business,
    'create-business-with-international-controller': createCustomerShapes.internationalBusiness,
  })

/** What a second attempt takes. Where a controller is asked for, it may be somebody from abroad instead. */
const retryShapes = ({ type, controller, retry_scope }: CustomerRow): Named => {
  const { personal, soleProprietorship, business, internationalBusiness, businessAlone } = retryCustomerShapes
  if (type === 'personal') return { default: personal }
  if (!controller) return { default: soleProprietorship }
  if (retry_scope === 'business') return { default: businessAlone }
  return controller.address.country === 'US'
    ? { default: business, 'retry-with-international-controller': internationalBusiness }
    : { default: internationalBusiness, 'retry-with-controller-in-the-us': business }
}

/**
 * What can be sent to the customer as it stands: in `retry` a second attempt, else an edit. What the API shows of it is
 * filled in, and nothing more.
 * @throws Refusal with InvalidResourceState when it cannot be edited
 */
export const editCustomerForms = (customer: CustomerRow): Forms => {
  next(customerStates, customer, 'edit')
  const shapes = customer.status === 'retry' ? retryShapes(customer) : { default: editCustomerShapes[customer.type] }
  return formsOf(pathOf('customer', customer.id), shapes, customerMembers(customer))
}

/**
 * The form of an upload.
 * @throws Refusal with InvalidResourceState when no document is wanted of the customer
 */
export const documentForms = (customer: CustomerRow): Forms => {
  next(customerStates, customer, 'uploadDocument')
  const target = `${pathOf('customer', customer.id)}/documents`
  return {
    _links: { self: link(target, 'document') },
    _forms: { default: formOf(documentShape, { target, contentType: 'multipart/form-data' }) },
  }
}
