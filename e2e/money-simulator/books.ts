/**
 * The books that a careful client keeps of its money, on its own: who there is, what they hold, and every transfer with
 * where its money is. Written from what Dwolla documents, and from nothing of the server's. Amounts are whole cents.
 */

export type PartyKind = 'account' | 'personal' | 'sole proprietor' | 'company' | 'unverified' | 'receive-only'

/**
 * The account or a customer.
 * @property maySend false of a company that has not said who owns it
 * @property sentCents by week, as weeks are counted by `weekOf`
 */
export type Party = {
  readonly name: string
  readonly kind: PartyKind
  readonly id: string
  readonly maySend: boolean
  readonly sentCents: Map<number, number>
  status: 'verified' | 'unverified' | 'retry' | 'suspended' | 'deactivated'
}

/**
 * A funding source.
 * @property cents what is in a balance; nobody knows what is in a bank
 * @property id null of a balance that is not open yet
 */
export type Source = {
  readonly owner: Party
  readonly type: 'bank' | 'balance'
  readonly name: string
  id: string | null
  isOpen: boolean
  isVerified: boolean
  isRemoved: boolean
  cents: number
}

export const nameOf = ({ owner, name }: Source): string => `${owner.name}'s ${name}`

export type Fee = { readonly payer: Party; readonly cents: number }

/** What a client asks for. */
export type Order = {
  readonly source: Source
  readonly destination: Source
  readonly cents: number
  readonly fees: readonly Fee[]
}

/**
 * One transfer of a payment.
 * @property from the balance that its money leaves; null is a bank
 * @property to the balance that its money enters; null is a bank
 * @property shown the funding sources that it links to
 * @property waits what it waits for: its bank, the transfer before it, its receiver's verification, or its return
 */
export type Leg = {
  readonly role: 'debit' | 'between' | 'payout' | 'fee'
  readonly payment: Payment
  readonly cents: number
  readonly parties: readonly [source: Party, destination: Party]
  readonly from: Source | null
  readonly to: Source | null
  readonly shown: readonly [source: Source | null, destination: Source | null]
  status: 'pending' | 'processed' | 'failed' | 'cancelled'
  waits: 'bank' | 'leg' | 'verification' | 'return' | null
  returnsWith: string | null
  id: string | null
  readonly created: Date
}

/** @property legs in the order in which money takes them, without fees */
export type Payment = { readonly order: Order; readonly legs: Leg[]; main: Leg | null }

/** Small amounts on their way to a bank, by which its owner shows that it is theirs. */
export type Deposit = { readonly bank: Source; readonly created: Date; waits: 'bank' | null }

/** @property legs of all payments, fees included, oldest first */
export type Books = {
  readonly parties: Party[]
  readonly sources: Source[]
  readonly legs: Leg[]
  readonly deposits: Deposit[]
  now: Date
}

/** Whether the money of this party passes through a balance of its own. */
export const ownsBalance = ({ kind }: Party): boolean => kind !== 'unverified' && kind !== 'receive-only'

/** The balance of a party, which is there before it is open; null for who never has one. */
export const balanceOf = ({ sources }: Books, party: Party): Source | null =>
  sources.find(({ owner, type }) => owner === party && type === 'balance') ?? null

/** The transfers that a party is on either side of, oldest first. */
export const transfersOf = (books: Books, party: Party): Leg[] =>
  books.legs.filter(({ parties }) => parties.includes(party))

const dayMs = 24 * 60 * 60 * 1000

/** The number of a week from Monday to Sunday: 1970 began on a Thursday. */
export const weekOf = (instant: Date): number => Math.floor((instant.getTime() / dayMs + 3) / 7)
