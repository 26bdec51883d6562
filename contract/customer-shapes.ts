/** The bodies that create, upgrade, retry and edit a customer, as shapes. */
import {
  type CustomerKind,
  controllerFields,
  controllerKind,
  createCustomerKinds,
  customerFields,
  editCustomerKinds,
  personalFields,
} from './customers.ts'
import type { Fields, Kind, Shape } from './fields.ts'
import { personShape, ssn } from './people.ts'

const controller = { fields: controllerFields, kind: controllerKind }

const withController = {
  ...customerFields,
  businessType: { ...customerFields.businessType, values: ['llc', 'corporation', 'partnership'] },
} as const satisfies Fields

const fixedIn: { readonly [kind in CustomerKind]: { readonly [name: string]: string } } = {
  unverified: { type: 'unverified' },
  'receive-only': { type: 'receive-only' },
  personal: { type: 'personal' },
  soleProprietorship: { type: 'business', businessType: 'soleProprietorship' },
  business: { type: 'business' },
}

/** How the whole set of fields of a customer looks; a second attempt takes every SSN in full. */
const wholeShapes = ({ fullSsn }: { fullSsn: boolean }) => {
  const ssnField = fullSsn ? ssn.full : ssn.lastFourOrFull
  const shape = (kind: CustomerKind, title: string, fields: Fields, parts: Shape['parts'] = {}): Shape => {
    const fixed = fixedIn[kind]
    const { required, optional }: Kind = createCustomerKinds[kind]
    const open = { required: required.filter((name) => !Object.hasOwn(fixed, name)), optional }
    return { title, fields: { ...fields, ssn: ssnField }, kind: open, fixed, parts }
  }
  const business = (title: string, parts: Shape['parts']) => shape('business', title, withController, parts)
  return {
    unverified: shape('unverified', 'Unverified customer', customerFields),
    receiveOnly: shape('receive-only', 'Receive-only customer', customerFields),
    personal: shape('personal', 'Personal customer', personalFields),
    soleProprietorship: shape('soleProprietorship', 'Sole proprietorship', customerFields),
    business: business('Business', { controller: personShape('us', 'Controller', controller, ssnField) }),
    internationalBusiness: business('Business with a controller from abroad', {
      controller: personShape('elsewhere', 'Controller', controller, ssnField),
    }),
    businessAlone: business('Business that keeps its controller', {}),
  } as const
}

const { businessAlone: _, ...whole } = wholeShapes({ fullSsn: false })

/** One for each way in which a customer can be created. */
export const createCustomerShapes = whole

/** A second attempt at each kind whose identity is checked. */
export const retryCustomerShapes = wholeShapes({ fullSsn: true })

const edit = (title: string, fields: Fields, kind: Kind): Shape => ({ title, fields, kind, fixed: {}, parts: {} })

const unverified = edit('Edit of an unverified or receive-only customer', customerFields, editCustomerKinds.unverified)

export const editCustomerShapes = {
  unverified,
  'receive-only': unverified,
  personal: edit('Edit of a personal customer', personalFields, editCustomerKinds.personal),
  business: edit('Edit of a business', customerFields, editCustomerKinds.business),
} as const
