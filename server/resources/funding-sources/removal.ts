/** How a bank stops being one that is paid and debited: by its owner, or because of how it sent something back. */
import type { Ctx, Operation } from '../../gate/operation.ts'
import { returnCodeOf, returnCodes } from '../../rails/return-codes.ts'
import { blockBank } from './blocked-banks.ts'
import { type FundingSourceRow, fundingSources } from './store.ts'
import { tell } from './tell.ts'

/** Removes a bank that is there, with what follows from that; it is kept, for what was paid through it. */
export const removeBank = (ctx: Ctx, bank: FundingSourceRow): FundingSourceRow => {
  const removed = fundingSources.set(ctx, bank, { is_removed: true })
  tell(ctx, removed, 'funding_source_removed')
  ctx.react('bankRemoved', { fundingSourceId: bank.id })
  return removed
}

/** What becomes of a bank by the code with which it sent something back; nothing is told of one that was removed. */
export const sufferReturn: Operation<{ fundingSourceId: string; code: string }, void> = (
  ctx,
  { fundingSourceId, code },
) => {
  const known = returnCodeOf(code)
  if (!known) return
  const { unverifies, removes, blocks } = returnCodes[known]
  let bank = fundingSources.get(ctx, fundingSourceId)
  if (blocks) blockBank(ctx, bank, known)
  if (unverifies && bank.status === 'verified') {
    bank = fundingSources.set(ctx, bank, { status: 'unverified' })
    if (!bank.is_removed) tell(ctx, bank, 'funding_source_unverified')
  }
  if (removes && !bank.is_removed) removeBank(ctx, bank)
}
