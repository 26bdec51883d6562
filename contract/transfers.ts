/**
 * Transfers on the wire: their statuses, and what a request for one holds.
 * Sources: Dwolla's pages on transfers, fees, addenda and errors, and the published contract.
 */
import type { EmbeddedCode, EmbeddedError } from './errors.ts'
import { isBlank, isDate, type Place, required } from './fields.ts'
import { idFromHref, type ResourceType } from './links.ts'
import { checkAmount } from './money.ts'
import { stateCodes } from './places.ts'

export const transferStatuses = ['pending', 'processed', 'failed', 'cancelled'] as const
export type TransferStatus = (typeof transferStatuses)[number]

/** How fast a side of a transfer may be asked to clear. */
const clearings = { source: ['standard', 'next-available'], destination: ['next-available'] } as const

export type Clearing = {
  readonly source?: (typeof clearings.source)[number]
  readonly destination?: (typeof clearings.destination)[number]
}

const payerTypes = ['account', 'customer'] as const satisfies readonly ResourceType[]
const destinationTypes = ['funding-source', ...payerTypes] as const satisfies readonly ResourceType[]

/** Who pays a fee, as its link names it. */
export type Payer = { readonly type: (typeof payerTypes)[number]; readonly id: string }

export type Fee = { readonly payer: Payer; readonly amountCents: bigint }

export type Metadata = { readonly [key: string]: string }

/** What a business tells its bank beside a payment. */
export type PointOfSale = {
  readonly identificationCode: string
  readonly serialNumber: string
  readonly date: string
  readonly address: string
  readonly city: string
  readonly state: string
}

export type AchDetails = {
  readonly source?: { readonly addenda: { readonly values?: readonly string[]; readonly pointOfSale?: PointOfSale } }
  readonly destination?: { readonly addenda: { readonly values?: readonly string[] } }
}

/** What is paid: a funding source, or whatever somebody has to be paid at. */
export type Destination = { readonly type: (typeof destinationTypes)[number]; readonly id: string }

/**
 * A request for a transfer whose form is right.
 * @property processingChannel an instant payment that is asked for
 */
export type NewTransfer = {
  readonly source: string
  readonly destination: Destination
  readonly amountCents: bigint
  readonly fees: readonly Fee[]
  readonly clearing: Clearing | null
  readonly achDetails: AchDetails | null
  readonly metadata: Metadata | null
  readonly correlationId: string | null
  readonly processingChannel: 'real-time-payments' | 'instant' | null
}

type Body = Readonly<Record<string, unknown>>

/** What a part of a body comes to, and what is wrong with it. */
type Checked<T> = { readonly value: T; readonly errors: readonly EmbeddedError[] }

const fine = <T>(value: T): Checked<T> => ({ value, errors: [] })

// nobody looks at the value of what is wrong
const wrong = (error: EmbeddedError): Checked<never> => ({ value: null as never, errors: [error] })

const bad = (code: EmbeddedCode, message: string, path: string): Checked<never> => wrong({ code, message, path })

const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member of an object, or undefined where there is none. */
const memberOf = (value: unknown, ...names: readonly string[]): unknown => {
  let at = value
  for (const name of names) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return at
}

/** What a link names, when it is of one of these types. */
const namedBy = <T extends ResourceType>(href: unknown, types: readonly T[]): { type: T; id: string } | null => {
  for (const type of types) {
    const id = typeof href === 'string' ? idFromHref(type, href) : null
    if (id !== null) return { type, id }
  }
  return null
}

/** What a link of the body names. */
const checkLink = <T extends ResourceType>(
  body: Body,
  rel: 'source' | 'destination',
  types: readonly T[],
  message: string,
): Checked<{ type: T; id: string }> => {
  const path = `/_links/${rel}/href`
  const href = memberOf(body, '_links', rel, 'href')
  if (isBlank(href)) return wrong({ ...required(rel, {}), path })
  const named = namedBy(href, types)
  return named ? fine(named) : bad('Invalid', message, path)
}

const maxMetadata = 10
const maxMetadataLength = 254

/** Up to ten pairs, each shorter than 255 characters. */
const checkMetadata = (given: unknown): Checked<Metadata | null> => {
  if (isBlank(given)) return fine(null)
  const pairs = isObject(given) ? Object.entries(given) : null
  const isFine = ([key, value]: [string, unknown]): boolean =>
    key.length > 0 &&
    key.length <= maxMetadataLength &&
    key.isWellFormed() &&
    typeof value === 'string' &&
    value.length <= maxMetadataLength &&
    value.isWellFormed() &&
    !`${key}${value}`.includes('\0')
  if (!pairs || pairs.length > maxMetadata || !pairs.every(isFine))
    return bad('Invalid', 'Invalid metadata.', '/metadata')
  return fine(pairs.length === 0 ? null : (Object.fromEntries(pairs) as Metadata))
}

const correlationPattern = /^[A-Za-z0-9._-]{1,255}$/

const checkCorrelationId = (given: unknown): Checked<string | null> => {
  if (given === undefined || given === null) return fine(null)
  if (typeof given === 'string' && correlationPattern.test(given)) return fine(given)
  const message = 'Correlation id must be at least one character and up to 255 characters when supplied.'
  return bad('InvalidFormat', message, '/correlationId')
}

/** @returns what is asked for, without what is not known to be a speed */
const checkClearing = (given: unknown): Checked<Clearing | null> => {
  if (isBlank(given)) return fine(null)
  const [source, destination] = [memberOf(given, 'source'), memberOf(given, 'destination')]
  const errors: EmbeddedError[] = []
  const invalid = (side: string) =>
    errors.push({ code: 'Invalid', message: `Invalid ${side} clearing type.`, path: `/clearing/${side}` })
  const known = clearings.source.find((speed) => speed === source)
  if (!isBlank(source) && !known) invalid('source')
  const wanted = clearings.destination.find((speed) => speed === destination)
  if (!isBlank(destination) && !wanted) invalid('destination')
  const value = { ...(known ? { source: known } : {}), ...(wanted ? { destination: wanted } : {}) }
  return { value: known || wanted ? value : null, errors }
}

const addendaPattern = /^[A-Za-z0-9 \-_.~!*'();:@&=+$,/?%#[\]]{1,80}$/

/** One line of up to 80 characters. */
const checkAddenda = (side: 'source' | 'destination', given: unknown): Checked<readonly string[] | null> => {
  if (isBlank(given)) return fine(null)
  const path = `/achDetails/${side}/addenda/values`
  const isFine = Array.isArray(given) && given.length <= 1 && given.every((line) => addendaPattern.test(String(line)))
  if (!isFine) return bad('InvalidFormat', 'Ach addenda entries can be up to 80 characters when supplied.', path)
  return fine(given.length === 0 ? null : given.map(String))
}

const posPath = '/achDetails/source/addenda/pointOfSale'

/** What each member of a point of sale must be, in words and as a rule. */
const posRules: { readonly [M in keyof PointOfSale]: readonly [says: string, holds: (value: string) => boolean] } = {
  identificationCode: [
    'Identification code on a Point of Sale addenda entry is required and can be up to 6 characters.',
    (value) => value.length <= 6,
  ],
  serialNumber: [
    'Serial number on a Point of Sale addenda entry is required and can be up to 6 characters.',
    (value) => value.length <= 6,
  ],
  date: [
    'Date on a Point of Sale addenda entry is required and should be ISO-8601 format: YYYY-MM-DD.',
    (value) => isDate(value),
  ],
  address: [
    'Address on a Point of Sale addenda entry is required and can be up to 27 characters.',
    (value) => value.length <= 27,
  ],
  city: [
    'City on a Point of Sale addenda entry is required and can be up to 15 characters.',
    (value) => value.length <= 15,
  ],
  state: [
    'State on a Point of Sale addenda entry is required and should be a valid 2-letter abbreviation.',
    (value) => stateCodes.includes(value),
  ],
}

const checkPointOfSale = (given: unknown): Checked<PointOfSale | null> => {
  if (isBlank(given)) return fine(null)
  const errors = Object.entries(posRules).flatMap(([member, [message, holds]]): EmbeddedError[] => {
    const value = memberOf(given, member)
    const isFine = typeof value === 'string' && !isBlank(value) && value.isWellFormed() && holds(value)
    return isFine ? [] : [{ code: 'InvalidFormat', message, path: `${posPath}/${member}` }]
  })
  const members = Object.keys(posRules).map((member) => [member, memberOf(given, member)])
  return { value: errors.length === 0 ? (Object.fromEntries(members) as PointOfSale) : null, errors }
}

const checkAchDetails = (given: unknown): Checked<AchDetails | null> => {
  const source = checkAddenda('source', memberOf(given, 'source', 'addenda', 'values'))
  const destination = checkAddenda('destination', memberOf(given, 'destination', 'addenda', 'values'))
  const pointOfSale = checkPointOfSale(memberOf(given, 'source', 'addenda', 'pointOfSale'))
  const errors = [...source.errors, ...pointOfSale.errors, ...destination.errors]
  if (errors.length > 0) return { value: null, errors }
  if (source.value && pointOfSale.value)
    return bad('NotAllowed', "Addenda must not include both 'values' and 'pointOfSale addenda", posPath)
  const ofSource = source.value ? { values: source.value } : pointOfSale.value && { pointOfSale: pointOfSale.value }
  const value = {
    ...(ofSource ? { source: { addenda: ofSource } } : {}),
    ...(destination.value ? { destination: { addenda: { values: destination.value } } } : {}),
  }
  return fine(Object.keys(value).length > 0 ? value : null)
}

const invalidFee = bad('Invalid', 'Invalid facilitator fee amount.', '/fees/_links/charge-to/href')

const checkFee = (given: unknown): Checked<Fee> => {
  const payer = namedBy(memberOf(given, '_links', 'charge-to', 'href'), payerTypes)
  if (!payer) return bad('Invalid', 'Facilitator fee account not found.', '')
  const { cents: amountCents } = checkAmount('amount', memberOf(given, 'amount'))
  if (amountCents !== null) return fine({ payer, amountCents })
  // a cent is the least, so what rounds to nothing is below it
  const isNothing = /^0(?:\.\d*)?$/.test(String(memberOf(given, 'amount', 'value')))
  return isNothing ? bad('Invalid', 'Facilitator fee below minimum.', '') : invalidFee
}

/** Each is a transfer of its own, and all of them are made at once. */
const maxFees = 100

const checkFees = (given: unknown): Checked<readonly Fee[]> => {
  if (isBlank(given)) return fine([])
  if (!Array.isArray(given) || given.length > maxFees) return invalidFee
  const fees = given.map(checkFee)
  const errors = fees.flatMap((fee) => fee.errors)
  if (errors.length > 0) return { value: [], errors: errors.slice(0, 1) }
  return fine(fees.map(({ value }) => value))
}

const remittancePattern = /^[0-9a-zA-Z #,.'&/\-@!$%*()_+={}|:;`[\]^~\\"]*$/

/** What goes along with an instant payment is looked at whether or not there is one. */
const checkRemittance = (body: Body): Checked<null> => {
  for (const details of ['rtpDetails', 'instantDetails']) {
    const given = memberOf(body, details, 'destination', 'remittanceData')
    if (isBlank(given)) continue
    const path = `/${details}/destination/remittanceData`
    if (typeof given !== 'string' || given.length > 140)
      return bad('InvalidFormat', 'Remittance data entries can be up to 140 characters when supplied.', path)
    if (!remittancePattern.test(given)) return bad('InvalidFormat', 'Remittance data invalid.', path)
  }
  return fine(null)
}

const channels = ['real-time-payments', 'instant'] as const

const checkChannel = (given: unknown): Checked<NewTransfer['processingChannel']> => {
  if (isBlank(given)) return fine(null)
  const channel = channels.find((known) => known === given)
  return channel ? fine(channel) : bad('Invalid', 'Invalid processing channel.', '/processingChannel/destination')
}

/**
 * Checks the form of a request for a transfer; who may pay whom is for the server to say.
 * @returns the transfer, or everything that is wrong with its form
 */
export const checkTransfer = (
  body: Body,
  place: Place = {},
): { value: NewTransfer | null; errors: EmbeddedError[] } => {
  const source = checkLink(body, 'source', ['funding-source'], 'Invalid funding source.')
  const destination = checkLink(body, 'destination', destinationTypes, 'Invalid destination.')
  const amount = checkAmount('amount', Object.hasOwn(body, 'amount') ? body['amount'] : undefined, place)
  const clearing = checkClearing(memberOf(body, 'clearing'))
  const channel = checkChannel(memberOf(body, 'processingChannel', 'destination'))
  const achDetails = checkAchDetails(memberOf(body, 'achDetails'))
  const remittance = checkRemittance(body)
  const fees = checkFees(memberOf(body, 'fees'))
  const metadata = checkMetadata(memberOf(body, 'metadata'))
  const correlationId = checkCorrelationId(memberOf(body, 'correlationId'))
  const parts = [source, destination, amount, clearing, channel, achDetails, remittance, fees, metadata, correlationId]
  const errors = parts.flatMap((part) => part.errors)
  if (errors.length > 0 || amount.cents === null) return { value: null, errors }
  return {
    value: {
      source: source.value.id,
      destination: destination.value,
      amountCents: amount.cents,
      fees: fees.value,
      clearing: clearing.value,
      achDetails: achDetails.value,
      metadata: metadata.value,
      correlationId: correlationId.value,
      processingChannel: channel.value,
    },
    errors,
  }
}
