/**
 * What identifies people and where they live: the fields that customers, controllers and beneficial owners share.
 * Sources: Dwolla's pages on customers and beneficial owners, and the published contract.
 */

import type { EmbeddedError } from './errors.ts'
import {
  type Checked,
  checkBody,
  type Fields,
  fieldName,
  isBlank,
  type Kind,
  ownValue,
  type Place,
  required,
  type Shape,
} from './fields.ts'
import { countryCodes, stateCodes } from './places.ts'

/** Characters Dwolla refuses in names and addresses. */
export const special = '<>="`!?%~{}$\\'

/** Mail goes to a box, but nobody lives in one. */
const postBox = '\\b(?:p[.\\s/-]*o|post[\\s-]*office)[.\\s/-]*box(?!\\p{L})'

/** A date of birth of somebody who may be a customer: 18 to 125 years old. */
export const dateOfBirth = {
  label: 'Date of Birth',
  age: { from: 18, to: 125 },
  input: 'date',
  sensitive: true,
  description: 'YYYY-MM-DD; between 18 and 125 years ago.',
  example: '1980-01-31',
} as const

const street = { maxLength: 50, refused: special, unwanted: postBox } as const

/** Streets and cities, wherever they are. */
export const placeFields = {
  address1: {
    label: 'Address',
    ...street,
    description: 'Street number and street, no P.O. box.',
    example: '99-99 33rd St',
  },
  address2: { label: 'Apartment, Suite', ...street, description: 'Second line of the address.', example: 'Apt 8' },
  address3: { label: 'Address, third line', ...street, description: 'Third line of the address.', example: 'Rear' },
  city: { label: 'City', maxLength: 50, refused: `${special}0123456789`, description: 'City.', example: 'Some City' },
} as const satisfies Fields

export const postalCode = {
  label: 'ZIP Code',
  pattern: '\\d{5}(?:-\\d{4})?',
  description: 'US ZIP code: five digits, or nine as 12345-6789.',
  example: '11101',
} as const

export const personFields = {
  firstName: {
    label: 'First Name',
    maxLength: 50,
    refused: special,
    description: 'Legal first name.',
    example: 'Jane',
  },
  lastName: {
    label: 'Last Name',
    maxLength: 50,
    refused: special,
    description: 'Legal last name.',
    example: 'Merchant',
  },
} as const satisfies Fields

const usOnly = {
  stateProvinceRegion: {
    label: 'State',
    values: stateCodes,
    description: 'Two-letter code of the state.',
    example: 'NY',
  },
  postalCode,
} as const satisfies Fields

const elsewhere = {
  stateProvinceRegion: {
    label: 'State, Province, Region',
    pattern: '[A-Z]{2}',
    description:
      'Two-letter code of the state, province or region (ISO 3166-2); the code of the country if it has none.',
    example: 'ON',
  },
  postalCode: {
    label: 'Postal Code',
    maxLength: 50,
    pattern: '[A-Za-z0-9][A-Za-z0-9 \\-]*',
    description: 'Postal code, where the country has any.',
    example: 'K1A 0B1',
  },
} as const satisfies Fields

const country = {
  label: 'Country',
  values: countryCodes,
  description: 'Two-letter code of the country (ISO 3166-1).',
  example: 'US',
} as const

/** Fields of the address of a controller or an owner, in the United States and elsewhere. */
export const addressFields = {
  us: { ...placeFields, ...usOnly, country },
  elsewhere: { ...placeFields, ...elsewhere, country },
} as const

const addressKinds = {
  us: {
    required: ['address1', 'city', 'stateProvinceRegion', 'country', 'postalCode'],
    optional: ['address2', 'address3'],
  },
  elsewhere: {
    required: ['address1', 'city', 'stateProvinceRegion', 'country'],
    optional: ['address2', 'address3', 'postalCode'],
  },
} as const

export type Address = {
  address1: string
  address2?: string
  address3?: string
  city: string
  stateProvinceRegion: string
  country: string
  postalCode?: string
}

const passportFields = {
  number: {
    label: 'Passport Number',
    maxLength: 255,
    refused: special,
    sensitive: true,
    description: 'Number of the passport.',
    example: 'C00001549',
  },
  country: { ...country, label: 'Country of issue', example: 'CA' },
} as const satisfies Fields

const passportKind = { required: ['number', 'country'], optional: [] } as const

export type Passport = Checked<typeof passportKind>

const ssnText = { label: 'SSN', stripped: '-', sensitive: true, example: '123-45-6789' } as const
const nineDigits = '\\d{3}-?\\d{2}-?\\d{4}'

/** A Social Security Number: the last four digits, or all nine, which is what a second attempt takes. */
export const ssn = {
  lastFourOrFull: { ...ssnText, pattern: `\\d{4}|${nineDigits}`, description: 'The last four digits, or all nine.' },
  full: { ...ssnText, pattern: nineDigits, description: 'All nine digits.' },
} as const

/** The two ways to say who somebody is: Americans by their SSN, others by a passport. */
export type PersonalId = { ssn: string } | { passport: Passport }

type Body = Readonly<Record<string, unknown>>
export type CheckedPart<T> = { value: T | null; errors: EmbeddedError[] }

/** What a check gives for the object that a body holds under `name`, or the error that there is none. */
export const checkPart = <T>(
  body: Body,
  name: string,
  place: Place,
  check: (part: Body, within: Place) => CheckedPart<T>,
): CheckedPart<T> => {
  const part = ownValue(body, name)
  if (isBlank(part)) return { value: null, errors: [required(name, place)] }
  const path = `${place.at ?? ''}/${name}`
  if (typeof part !== 'object' || part === null || Array.isArray(part))
    return { value: null, errors: [{ code: 'Invalid', message: `${fieldName(name)} invalid.`, path }] }
  return check(part as Body, { ...place, at: path })
}

/** The address that a body holds under `address`; which rules hold depends on its country. */
export const checkAddress = (body: Body, place: Place): CheckedPart<Address> =>
  checkPart(body, 'address', place, (part, within) => {
    const where = ownValue(part, 'country') === 'US' ? 'us' : 'elsewhere'
    const { value, errors } = checkBody<Kind>(addressFields[where], addressKinds[where], part, within)
    // both kinds require what every address has
    return { value: value as Address, errors }
  })

/**
 * Exactly one of `ssn` and `passport`.
 * @param ssnField which form of an SSN will do
 */
export const checkPersonalId = (
  body: Body,
  ssnField: (typeof ssn)['full' | 'lastFourOrFull'],
  place: Place,
): CheckedPart<PersonalId> => {
  const at = place.at ?? ''
  const [hasSsn, hasPassport] = ['ssn', 'passport'].map((name) => !isBlank(ownValue(body, name)))
  if (!hasSsn && !hasPassport) return { value: null, errors: [required('ssn', place)] }
  if (hasSsn && hasPassport) {
    const message = 'Give either an SSN or a passport, not both.'
    return { value: null, errors: [{ code: 'NotAllowed', message, path: `${at}/passport` }] }
  }
  if (hasSsn) {
    const kind = { required: ['ssn'], optional: [] } as const
    return checkBody({ ssn: ssnField }, kind, body, place)
  }
  return checkPart(body, 'passport', place, (part, within) => {
    const { value, errors } = checkBody(passportFields, passportKind, part, within)
    return { value: { passport: value }, errors }
  })
}

const without = (kind: Kind, name: string): Kind => ({
  ...kind,
  required: kind.required.filter((field) => field !== name),
})

const addressShapes: { readonly [where in keyof typeof addressFields]: Shape } = {
  us: {
    title: 'Address in the United States',
    fields: addressFields.us,
    kind: without(addressKinds.us, 'country'),
    fixed: { country: 'US' },
    parts: {},
  },
  elsewhere: {
    title: 'Address anywhere',
    fields: addressFields.elsewhere,
    kind: addressKinds.elsewhere,
    fixed: {},
    parts: {},
  },
}

const passportShape: Shape = { title: 'Passport', fields: passportFields, kind: passportKind, fixed: {}, parts: {} }

/** Who somebody is and where: an American here with an SSN, or anybody anywhere with a passport. */
export const personShape = (
  where: keyof typeof addressFields,
  title: string,
  { fields, kind }: { fields: Fields; kind: Kind },
  ssnField: (typeof ssn)['full' | 'lastFourOrFull'],
): Shape => {
  const address = addressShapes[where]
  if (where === 'elsewhere') return { title, fields, kind, fixed: {}, parts: { passport: passportShape, address } }
  const required = [...kind.required, 'ssn']
  return { title, fields: { ...fields, ssn: ssnField }, kind: { ...kind, required }, fixed: {}, parts: { address } }
}
