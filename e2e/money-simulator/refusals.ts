/** Why a payment may be refused, as Dwolla documents it: every reason there is, whichever is looked at first. */
import { type Books, type Order, ownsBalance, type Party, weekOf } from './books.ts'

const mostCents = { aTransfer: 1_000_000, aWeekUnverified: 500_000 }

const maySend = ({ kind, status, maySend }: Party): boolean =>
  status === 'verified' ? maySend : kind === 'unverified' && status === 'unverified'

const isShut = ({ status }: Party): boolean => status === 'suspended' || status === 'deactivated'

const isOverLimit = ({ now }: Books, { kind, sentCents }: Party, cents: number): boolean => {
  if (kind === 'account') return false
  if (kind === 'unverified') return (sentCents.get(weekOf(now)) ?? 0) + cents > mostCents.aWeekUnverified
  return cents > mostCents.aTransfer
}

/** Each reason as `code path`; none when the payment must be taken. */
export const reasonsAgainst = (books: Books, { source, destination, cents, fees }: Order): string[] => {
  const [sender, receiver] = [source.owner, destination.owner]
  const isWithin = sender === receiver
  const feeCents = fees.reduce((sum, fee) => sum + fee.cents, 0)
  const ownFeeCents = fees.reduce((sum, fee) => (fee.payer === sender ? sum + fee.cents : sum), 0)
  const reasons: readonly (readonly [reason: string, holds: boolean])[] = [
    ['Invalid /_links/source/href', source.isRemoved || !source.isVerified],
    ['Invalid /_links/destination/href', destination.isRemoved],
    ['Invalid /_links/destination/href', source === destination || (isWithin && !ownsBalance(sender))],
    ['Restricted /_links/source/href', !maySend(sender)],
    ['Restricted /_links/destination/href', isWithin && !maySend(sender)],
    ['Restricted /_links/destination/href', isShut(receiver)],
    ['NotAllowed /_links/destination/href', !ownsBalance(sender) && !ownsBalance(receiver)],
    ['Invalid /amount/value', isOverLimit(books, sender, cents)],
    ['Invalid ', fees.length > 0 && isWithin && source.type === 'balance'],
    [
      'Invalid /fees/_links/charge-to/href',
      fees.some(
        ({ payer }) => payer.kind === 'account' || (payer !== sender && (payer !== receiver || !ownsBalance(payer))),
      ),
    ],
    ['Invalid ', feeCents * 2 > cents],
    ['InsufficientFunds /_links/source/href', source.type === 'balance' && source.cents < cents + ownFeeCents],
  ]
  return reasons.flatMap(([reason, holds]) => (holds ? [reason] : []))
}
