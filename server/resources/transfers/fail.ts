/** What a bank does not do, or takes back: legs that fail before they have settled, and those that come back after. */
import type { Ctx } from '../../gate/operation.ts'
import { post } from '../../ledger/post.ts'
import { creditReturned, creditUndone, debitReturned } from '../../ledger/postings.ts'
import { next } from '../../states.ts'
import { transferStates } from './domain.ts'
import { type TransferRow, transfers } from './store.ts'
import { tell, tellNegative } from './tell.ts'

/** @property at the funding source that it failed at */
type Failure = { readonly code: string; readonly at: string }

/** The bank at which a leg leaves the balances, or comes into them. */
export const bankOf = (leg: TransferRow): string => {
  const bank = leg.from_balance === null ? leg.source_funding_source : leg.destination_funding_source
  if (bank === null || (leg.from_balance !== null && leg.to_balance !== null))
    throw new Error(`the transfer ${leg.id} reaches no bank`)
  return bank
}

/** Fails legs of one payment, and tells of each: first to the party whose funding source it was. */
export const failLegs = (ctx: Ctx, legs: readonly TransferRow[], { code, at }: Failure): void => {
  for (const leg of legs) {
    const { to: status } = next(transferStates, leg, leg.status === 'pending' ? 'fail' : 'return')
    const failed = transfers.set(ctx, leg, {
      status,
      awaits: null,
      held_for: null,
      owed_to: null,
      failure_code: code,
      failed_funding_source: at,
      failed: ctx.now,
    })
    tell(ctx, failed, 'failed', at === leg.destination_funding_source ? 'destination' : 'source')
  }
}

/** The leg that this one pays for, if there is one between parties. */
const paidFor = (ctx: Ctx, { role, funded_transfer }: TransferRow): TransferRow | null => {
  const following = role === 'debit' && funded_transfer !== null ? transfers.get(ctx, funded_transfer) : null
  return following?.role === 'party' ? following : null
}

/**
 * The bank refuses a leg that waits for it; what depends on it fails with it, and a credit goes back to its balance.
 * @returns whether the leg still waited for it
 */
export const failLeg = (ctx: Ctx, id: string, code: string): boolean => {
  const leg = transfers.get(ctx, id)
  if (leg.awaits !== 'run') return false
  const at = bankOf(leg)
  const following = paidFor(ctx, leg)
  if (leg.from_balance !== null) undoCredit(ctx, leg, leg.from_balance)
  failLegs(ctx, following?.status === 'pending' ? [leg, following] : [leg], { code, at })
  ctx.react('bankReturned', { fundingSourceId: at, code })
  return true
}

/** What has left a balance and not arrived goes back. */
export const undoCredit = (ctx: Ctx, { id: transferId, amount_cents: amountCents }: TransferRow, to: string): void => {
  post(ctx, creditUndone({ transferId, amountCents, to }))
}

/**
 * The bank takes back what it had done.
 * @returns whether there was anything to take back
 */
export const returnLeg = (ctx: Ctx, id: string, code: string): boolean => {
  const leg = transfers.get(ctx, id)
  if (leg.status !== 'processed') return false
  const at = bankOf(leg)
  if (leg.from_balance === null) returnDebit(ctx, leg, { code, at })
  else {
    post(ctx, creditReturned({ transferId: id, amountCents: leg.amount_cents, to: leg.from_balance }))
    failLegs(ctx, [leg], { code, at })
  }
  ctx.react('bankReturned', { fundingSourceId: at, code })
  return true
}

/**
 * A debit that comes back is taken from whoever has its money now, had it or not: from the receiver, once it was moved
 * there; else from its own balance, where a leg that has not arrived returns to first. What went on to a bank stays.
 */
const returnDebit = (ctx: Ctx, leg: TransferRow, failure: Failure): void => {
  const following = paidFor(ctx, leg)
  const isWithReceiver = following?.status === 'processed' && following.to_balance !== null
  const isOnItsWay = following?.status === 'pending'
  if (following && isOnItsWay && following.from_balance !== null) undoCredit(ctx, following, following.from_balance)
  const { to_balance: from, destination_party: owner } = isWithReceiver ? following : leg
  if (from === null) throw new Error('a debit goes to a balance')
  const overdrawn = post(ctx, debitReturned({ transferId: leg.id, amountCents: leg.amount_cents, from }))
  failLegs(ctx, following && (isWithReceiver || isOnItsWay) ? [leg, following] : [leg], failure)
  for (const balanceId of overdrawn) tellNegative(ctx, balanceId, owner)
}
