/**
 * Funding sources on the wire: their types, statuses and channels, and what a request for a bank holds.
 * Sources: Dwolla's pages on funding sources, and the published contract.
 */
import type { EmbeddedError } from './errors.ts'
import { type Checked, checkBody, type Field, isBlank, type Kind, ownValue, type Place, type Shape } from './fields.ts'
import { isRoutingNumber } from './routing-number.ts'

export const fundingSourceTypes = ['bank', 'balance'] as const
export type FundingSourceType = (typeof fundingSourceTypes)[number]

export const fundingSourceStatuses = ['unverified', 'verified'] as const
export type FundingSourceStatus = (typeof fundingSourceStatuses)[number]

export const bankAccountTypes = ['checking', 'savings', 'general-ledger', 'loan'] as const
export type BankAccountType = (typeof bankAccountTypes)[number]

/** The ways by which money gets to a bank. */
export const channels = ['ach', 'real-time-payments', 'wire', 'external'] as const
export type Channel = (typeof channels)[number]

const bankFields = {
  routingNumber: {
    label: 'Routing number',
    description: 'Which bank it is: nine digits.',
    example: '222222226',
  },
  accountNumber: {
    label: 'Account number',
    pattern: '[0-9]{4,17}',
    sensitive: true,
    description: 'The account at the bank: 4 to 17 digits. It is kept sealed, and never shown again.',
    example: '123456789',
  },
  bankAccountType: {
    label: 'Account type',
    values: bankAccountTypes,
    names: { checking: 'Checking', savings: 'Savings', 'general-ledger': 'General ledger', loan: 'Loan' },
    description: 'What kind of account it is. Not everybody may have each.',
    example: 'checking',
  },
  name: {
    label: 'Name',
    maxLength: 50,
    description: 'What its holder calls it.',
    example: 'Jane’s checking',
  },
} as const satisfies { readonly [name: string]: Field }

/** A bank that is added by its numbers, and what of one may be said anew while nobody has verified it. */
export const bankKinds = {
  create: { required: ['routingNumber', 'accountNumber', 'bankAccountType', 'name'], optional: [] },
  edit: { required: [], optional: ['routingNumber', 'accountNumber', 'bankAccountType', 'name'] },
} as const satisfies { readonly [kind: string]: Kind }

/** What a body with each looks like. */
export const bankShapes: { readonly [kind in keyof typeof bankKinds]: Shape } = {
  create: { title: 'Bank', fields: bankFields, kind: bankKinds.create, fixed: {}, parts: {} },
  edit: { title: 'Change of a bank', fields: bankFields, kind: bankKinds.edit, fixed: {}, parts: {} },
}

type BankKind = keyof typeof bankKinds

/** A checked body; its account type is one that its holder may have. */
export type BankBody<K extends BankKind> = Omit<Checked<(typeof bankKinds)[K]>, 'bankAccountType'> &
  (K extends 'create' ? { bankAccountType: BankAccountType } : { bankAccountType?: BankAccountType })

const wrong = (code: EmbeddedError['code'], message: string, path: string): EmbeddedError => ({ code, message, path })

const checkRoutingNumber = (given: unknown, path: string): EmbeddedError | null => {
  if (typeof given !== 'string') return wrong('Invalid', 'Routing number invalid.', path)
  if (given.length !== 9) return wrong('InvalidFormat', 'Routing number must be exactly 9 characters.', path)
  return isRoutingNumber(given) ? null : wrong('Invalid', 'Routing number invalid.', path)
}

/**
 * Checks what a body says of a bank.
 * @param types the account types that its holder may have
 * @returns what it says, or every error in the order of the fields
 */
export const checkBank = <K extends BankKind>(
  kind: K,
  body: Readonly<Record<string, unknown>>,
  types: readonly BankAccountType[],
  place: Place = {},
): { value: BankBody<K>; errors: EmbeddedError[] } => {
  const { value, errors } = checkBody(bankFields, bankKinds[kind], body, place)
  const at = (name: string) => `${place.at ?? ''}/${name}`
  const given = ownValue(body, 'routingNumber')
  const misrouted = isBlank(given) ? null : checkRoutingNumber(given, at('routingNumber'))
  const type = bankAccountTypes.find((known) => known === (value as { bankAccountType?: string }).bankAccountType)
  const found = [
    ...(misrouted ? [misrouted] : []),
    ...errors.filter(({ path }) => !misrouted || path !== at('routingNumber')),
    ...(type && !types.includes(type)
      ? [wrong('NotAllowed', 'BankAccountType value not allowed.', at('bankAccountType'))]
      : []),
  ]
  const order = Object.keys(bankFields).map(at)
  // checked just above: the type is one of those there are
  return { value: value as BankBody<K>, errors: found.sort((a, b) => order.indexOf(a.path) - order.indexOf(b.path)) }
}
