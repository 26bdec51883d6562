/**
 * Micro-deposits on the wire: two small amounts that only who sees the bank account can name.
 * Source: Dwolla's page on verifying banks, and the published contract.
 */
import type { EmbeddedError } from './errors.ts'
import { checkAmount } from './money.ts'

export const microDepositStatuses = ['pending', 'processed', 'failed'] as const
export type MicroDepositStatus = (typeof microDepositStatuses)[number]

/** Each of the two amounts is below this many cents. */
export const depositLimitCents = 10

/** How often somebody may guess. */
export const mostAttempts = 3

export type DepositAmounts = readonly [number, number]

const wrongAmount = (path: string): EmbeddedError => ({ code: 'Invalid', message: 'Invalid amount.', path })

const checkDeposit = (name: string, given: unknown): { cents: number; errors: EmbeddedError[] } => {
  const { cents, errors } = checkAmount(name, given)
  const path = `/${name}/value`
  if (cents === null)
    return { cents: 0, errors: errors.map((e) => (e.path === path && e.code !== 'Required' ? wrongAmount(path) : e)) }
  return cents < depositLimitCents ? { cents: Number(cents), errors } : { cents: 0, errors: [wrongAmount(path)] }
}

/**
 * Checks the two amounts of a verification.
 * @returns both in cents in the order they were given in, or null and every error
 */
export const checkDeposits = (
  body: Readonly<Record<string, unknown>>,
): { value: DepositAmounts | null; errors: EmbeddedError[] } => {
  const [one, other] = ['amount1', 'amount2'].map((name) =>
    checkDeposit(name, Object.hasOwn(body, name) ? body[name] : undefined),
  )
  const errors = [...(one?.errors ?? []), ...(other?.errors ?? [])]
  return { value: errors.length > 0 ? null : [one?.cents ?? 0, other?.cents ?? 0], errors }
}
