/**
 * Amounts of money: whole cents as `bigint` in memory, text with two decimals on the wire. Here is the one reader of
 * the amounts that clients send, and the one writer.
 */
import type { EmbeddedError } from './errors.ts'
import { isBlank, type Place, required } from './fields.ts'

export type Money = { readonly value: string; readonly currency: 'USD' }

/** Up to a trillion dollars, so that no sum of amounts can outgrow the 64 bits it is stored in. */
const plainDecimal = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,20}))?$/

/** Cents of a whole part and its decimals; what is beyond the second decimal rounds half to even. */
const rounded = (whole: string, decimals: string): bigint => {
  const cents = BigInt(whole + decimals.slice(0, 2).padEnd(2, '0'))
  const rest = decimals.slice(2).replace(/0+$/, '')
  const isUp = rest === '5' ? cents % 2n === 1n : rest > '5'
  return isUp ? cents + 1n : cents
}

/**
 * The cents of an amount as a client writes it, or null when it is none: plain decimals above zero, without sign,
 * exponent, space, separator or leading zero. A JSON number counts as the text it is written as.
 */
export const parseCents = (given: unknown): bigint | null => {
  const text = typeof given === 'number' ? String(given) : given
  const [, whole, decimals = ''] = (typeof text === 'string' && plainDecimal.exec(text)) || []
  if (whole === undefined) return null
  const cents = rounded(whole, decimals)
  return cents > 0n ? cents : null
}

/** An amount as it is answered: `{value: '10.00', currency: 'USD'}`. */
export const moneyOf = (cents: bigint): Money => {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return { value: `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency: 'USD' }
}

/**
 * Checks `{value, currency}` of a request.
 * @param name of the member that has it
 * @returns its cents, or null and what is wrong
 */
export const checkAmount = (
  name: string,
  given: unknown,
  { at = '' }: Place = {},
): { cents: bigint | null; errors: EmbeddedError[] } => {
  if (isBlank(given)) return { cents: null, errors: [required(name, { at })] }
  const path = `${at}/${name}`
  if (typeof given !== 'object') return { cents: null, errors: [{ code: 'Invalid', message: 'Invalid amount.', path }] }
  const { value, currency } = given as { value?: unknown; currency?: unknown }
  const cents = parseCents(value)
  const errors: EmbeddedError[] = []
  if (isBlank(value)) errors.push(required('value', { at: path }))
  else if (cents === null)
    errors.push({
      code: 'InvalidFormat',
      message: 'Invalid amount. The supplied amount must be a positive number.',
      path: `${path}/value`,
    })
  if (isBlank(currency)) errors.push(required('currency', { at: path }))
  else if (typeof currency !== 'string' || !/^usd$/i.test(currency))
    errors.push({ code: 'Invalid', message: 'Currency invalid.', path: `${path}/currency` })
  return { cents: errors.length > 0 ? null : cents, errors }
}
