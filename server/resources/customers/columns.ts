/** What the fields of a checked body become in the row of a customer: what may be shown, and what is sealed. */
import type { BusinessType, Controller, NewCustomer } from '@clearyard/contract/customers.ts'
import type { Sealed } from '../../gate/sealed.ts'
import { type CustomerRow, withoutCase } from './store.ts'

/** The columns that a body of fields decides. */
export type FieldColumns = Omit<
  CustomerRow,
  | 'id'
  | 'type'
  | 'status'
  | 'status_before'
  | 'retry_scope'
  | 'needed_documents'
  | 'directives'
  | 'ownership'
  | 'recertify_by'
  | 'outstanding_owners'
  | 'created'
>

type Searched = Pick<CustomerRow, 'first_name' | 'last_name' | 'business_name' | 'email'>

/** What a customer is compared and searched by. */
const searchOf = (names: Searched): Pick<CustomerRow, 'email_key' | 'search_text'> => ({
  email_key: withoutCase(names.email),
  search_text: withoutCase(
    [`${names.first_name} ${names.last_name}`, names.business_name ?? '', names.email].join('\n'),
  ),
})

const namesOf = ({ fields }: NewCustomer): Searched => ({
  first_name: fields.firstName,
  last_name: fields.lastName,
  email: fields.email,
  business_name: fields.businessName ?? null,
})

/** Undefined members are left out by JSON; null when there is nothing to seal. */
const sealed = (values: { readonly [name: string]: unknown }): Sealed | null =>
  Object.values(values).every((value) => value === undefined) ? null : { plain: JSON.stringify(values) }

const controllerColumns = (controller: Controller): Pick<CustomerRow, 'controller' | 'sealed_controller'> => {
  const { firstName, lastName, title, address, dateOfBirth, id } = controller
  return {
    controller: { firstName, lastName, title, address },
    sealed_controller: sealed({ dateOfBirth, ...id }),
  }
}

/**
 * All columns of a customer who said everything that its kind takes. Whatever identifies it is replaced; how to reach
 * it stays unless it is given again.
 * @param before the customer it was so far: a business may keep its controller
 */
export const columnsOf = (given: NewCustomer, before: CustomerRow | null): FieldColumns => {
  const { kind, fields, controller } = given
  const kept = kind === 'business' ? before : null
  const names = namesOf(given)
  return {
    ...names,
    ...searchOf(names),
    ip_address: fields.ipAddress ?? before?.ip_address ?? null,
    phone: fields.phone ?? before?.phone ?? null,
    correlation_id: fields.correlationId ?? before?.correlation_id ?? null,
    address1: fields.address1 ?? null,
    address2: fields.address2 ?? null,
    city: fields.city ?? null,
    state: fields.state ?? null,
    postal_code: fields.postalCode ?? null,
    // its field takes no other values
    business_type: (fields.businessType as BusinessType | undefined) ?? null,
    business_classification: fields.businessClassification?.toLowerCase() ?? null,
    doing_business_as: fields.doingBusinessAs ?? null,
    website: fields.website ?? null,
    sealed_identity: sealed({ ssn: fields.ssn, dateOfBirth: fields.dateOfBirth, ein: fields.ein }),
    ...(controller
      ? controllerColumns(controller)
      : { controller: kept?.controller ?? null, sealed_controller: kept?.sealed_controller ?? null }),
  }
}

/** Which column each field that an edit takes is kept in. */
const editedColumns = {
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  businessName: 'business_name',
  ipAddress: 'ip_address',
  address1: 'address1',
  address2: 'address2',
  city: 'city',
  state: 'state',
  postalCode: 'postal_code',
  phone: 'phone',
  doingBusinessAs: 'doing_business_as',
  website: 'website',
} as const satisfies { readonly [field: string]: keyof CustomerRow }

/** What an edit changes; an empty text takes off what may be missing. */
export const editOf = (
  body: { readonly [F in keyof typeof editedColumns]?: string },
  customer: CustomerRow,
): Partial<FieldColumns> => {
  const change: Partial<FieldColumns> = Object.fromEntries(
    Object.entries(body).map(([field, value]) => [
      editedColumns[field as keyof typeof editedColumns],
      value === '' ? null : value,
    ]),
  )
  return { ...change, ...searchOf({ ...customer, ...change }) }
}
