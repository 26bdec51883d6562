/** The row that a new leg of a payment is kept in. */
import type { Ctx } from '../../gate/operation.ts'
import type { Leg } from './legs.ts'
import { partyOf, searchTextOf } from './parties.ts'
import { type TransferRow, transfers } from './store.ts'

/** What each leg of a payment takes from the payment. */
type Shared = Pick<TransferRow, 'payment_id' | 'amount_cents' | 'correlation_id' | 'clearing'>

/** A leg of a payment, or a fee. */
type NewLeg = Omit<Leg, 'role'> & { readonly role: TransferRow['role'] }

/** How fast a leg is asked to be, and how fast it is where nobody asked. */
const clearingOf = (leg: NewLeg, asked: TransferRow['clearing']): TransferRow['clearing'] => {
  if (leg.role === 'payout') return { destination: asked?.destination ?? 'next-day' }
  const isFromBank = leg.sourceFundingSource !== leg.fromBalance
  return isFromBank ? { ...asked, source: asked?.source ?? 'standard' } : asked
}

/** What a bank knows the leg by: 8 characters. */
const achIdOf = (ctx: Ctx): string => `I${ctx.newId().replaceAll('-', '').slice(0, 7).toUpperCase()}`

/**
 * Inserts a leg that waits for its start.
 * @param own what it has of its own beside its place in the payment
 */
export const insertLeg = (
  ctx: Ctx,
  leg: NewLeg,
  shared: Shared,
  own: Pick<TransferRow, 'id' | 'awaits'> & Partial<TransferRow>,
): TransferRow => {
  const { sourceParty, destinationParty, fromBalance, toBalance } = leg
  const parties = new Set([sourceParty, destinationParty])
  const row: TransferRow = {
    ...shared,
    role: leg.role,
    status: 'pending',
    due: null,
    exports: null,
    source_party: sourceParty,
    destination_party: destinationParty,
    source_funding_source: leg.sourceFundingSource,
    destination_funding_source: leg.destinationFundingSource,
    from_balance: fromBalance,
    to_balance: toBalance,
    held_for: null,
    owed_to: toBalance === null ? leg.destinationFundingSource : null,
    funding_transfer: null,
    funded_transfer: null,
    created_from: null,
    individual_ach_id: fromBalance === null || toBalance === null ? achIdOf(ctx) : null,
    late_return_code: null,
    failure_code: null,
    failed_funding_source: null,
    failed: null,
    fees: [],
    clearing: clearingOf(leg, shared.clearing),
    processing_channel: null,
    ach_details: null,
    metadata: null,
    search_text: [...parties].map((id) => searchTextOf(partyOf(ctx, id), ctx.accountId)).join('\n'),
    created: ctx.now,
    ...own,
  }
  transfers.insert(ctx, row)
  return row
}
