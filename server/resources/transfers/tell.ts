/** What is told of transfers: of a bank leg to its owner, of a leg between parties to each of them. */
import { emit } from '../../events/emit.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { News } from './domain.ts'
import type { TransferRow } from './store.ts'

const about = (leg: TransferRow) => ({
  resource: leg.id,
  ...(leg.correlation_id === null ? {} : { correlationId: leg.correlation_id }),
})

const tellOwner = (ctx: Ctx, leg: TransferRow, news: News, owner: string): void => {
  if (owner === ctx.accountId) emit(ctx, `bank_transfer_${news}`, about(leg))
  else emit(ctx, `customer_bank_transfer_${news}`, { ...about(leg), customer: owner })
}

const tellParty = (ctx: Ctx, leg: TransferRow, news: Exclude<News, 'creation_failed'>, party: string): void => {
  if (party === ctx.accountId) emit(ctx, `transfer_${news}`, about(leg))
  else emit(ctx, `customer_transfer_${news}`, { ...about(leg), customer: party })
}

/**
 * Tells what has become of a leg.
 * @param first whose event comes first, of a leg between parties
 */
export const tell = (
  ctx: Ctx,
  leg: TransferRow,
  news: Exclude<News, 'creation_failed'>,
  first: 'source' | 'destination' = 'source',
): void => {
  const { role, source_party: source, destination_party: destination } = leg
  if (role === 'debit' || role === 'payout') tellOwner(ctx, leg, news, source)
  else
    for (const party of first === 'source' ? [source, destination] : [destination, source])
      tellParty(ctx, leg, news, party)
}

/** Tells the receiver of a leg that its money cannot be paid on to the bank it was for. */
export const tellNotPaidOut = (ctx: Ctx, leg: TransferRow): void =>
  tellOwner(ctx, leg, 'creation_failed', leg.destination_party)

/** Tells that a balance has gone below zero. */
export const tellNegative = (ctx: Ctx, balanceId: string, owner: string): void => {
  if (owner === ctx.accountId) emit(ctx, 'funding_source_negative', { resource: balanceId })
  else emit(ctx, 'customer_funding_source_negative', { resource: balanceId, customer: owner })
}
