/**
 * What a payment between two funding sources consists of: pure. The money of a verified party (the account, a verified
 * customer) passes through its balance, so each of its banks adds a leg of its own; the bank of anybody else is the end
 * of the leg between the parties. Source: Dwolla's recorded transfer flows.
 */

/**
 * `debit`: a bank pays into its owner's balance. `party`: from one party to another. `payout`: a balance pays its
 * owner's bank.
 */
export type Role = 'debit' | 'party' | 'payout'

/**
 * One end of a payment.
 * @property balance of its holder; null for somebody who has none, and for whom the bank stands in
 */
export type End = {
  readonly party: string
  readonly fundingSource: string
  readonly isBank: boolean
  readonly balance: string | null
}

/**
 * One leg.
 * @property fromBalance the balance the money leaves, null for a bank outside
 * @property toBalance the balance it enters, null for a bank outside
 * @property sourceFundingSource as its links show it
 * @property destinationFundingSource as its links show it
 */
export type Leg = {
  readonly role: Role
  readonly sourceParty: string
  readonly destinationParty: string
  readonly sourceFundingSource: string | null
  readonly destinationFundingSource: string | null
  readonly fromBalance: string | null
  readonly toBalance: string | null
}

/**
 * The legs of a payment in the order in which money takes them.
 * @property main the index of the leg that stands for the payment
 */
export type Plan = { readonly legs: readonly [Leg, ...Leg[]]; readonly main: number }

/**
 * The bank pays into the balance of whoever holds both.
 * @param onward another bank of theirs that the money is for; null when it stays, or goes on to somebody else
 */
const debitOf = ({ party, fundingSource, balance }: End, onward: string | null): Leg => ({
  role: 'debit',
  sourceParty: party,
  destinationParty: party,
  sourceFundingSource: fundingSource,
  destinationFundingSource: onward,
  fromBalance: null,
  toBalance: balance,
})

/** The balance pays the bank of whoever holds both. */
const payoutOf = ({ party, fundingSource, balance }: End): Leg => ({
  role: 'payout',
  sourceParty: party,
  destinationParty: party,
  sourceFundingSource: null,
  destinationFundingSource: fundingSource,
  fromBalance: balance,
  toBalance: null,
})

const between = (source: End, destination: End): Leg => ({
  role: 'party',
  sourceParty: source.party,
  destinationParty: destination.party,
  sourceFundingSource: source.fundingSource,
  destinationFundingSource: destination.fundingSource,
  fromBalance: source.balance,
  toBalance: destination.balance,
})

/** The legs that a payment takes from one end to the other; at least one of them has a balance. */
export const planOf = (source: End, destination: End): Plan => {
  const isWithin = source.party === destination.party
  const onward = isWithin && destination.isBank ? destination.fundingSource : null
  const first = source.isBank && source.balance !== null ? [debitOf(source, onward)] : []
  const middle = isWithin ? [] : [between(source, destination)]
  const last = destination.isBank && destination.balance !== null ? [payoutOf(destination)] : []
  const [leg, ...legs] = [...first, ...middle, ...last]
  if (!leg) throw new Error('a payment from a balance to itself has no leg')
  return { legs: [leg, ...legs], main: isWithin ? 0 : first.length }
}
