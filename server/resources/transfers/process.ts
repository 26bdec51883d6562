/**
 * How money takes the legs of a payment: each step posts what it does, tells of it, and starts the leg that comes next,
 * all in one transaction.
 */
import type { Ctx, Operation } from '../../gate/operation.ts'
import { post, spendableCents } from '../../ledger/post.ts'
import { creditSettled, creditStarted, debitSettled, held, moved, released } from '../../ledger/postings.ts'
import { balances } from '../../ledger/tables.ts'
import { next } from '../../states.ts'
import { customers } from '../customers/store.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { transferStates } from './domain.ts'
import { failLegs } from './fail.ts'
import { chargeFees, feesOf } from './fee-transfers.ts'
import { insertLeg } from './new-leg.ts'
import { isHeldFor, mayPayOut, partyOf } from './parties.ts'
import { type TransferRow, transfers } from './store.ts'
import { tell, tellNotPaidOut } from './tell.ts'

/** The leg has done what it was for: tells, and lets the payment go on. */
const finish = (ctx: Ctx, leg: TransferRow): void => {
  const { to: status } = next(transferStates, leg, 'process')
  const awaits = leg.late_return_code === null ? null : 'late-return'
  const done = transfers.set(ctx, leg, { status, awaits, held_for: null, owed_to: null })
  tell(ctx, done, 'completed')
  if (done.id === done.payment_id) chargeFees(ctx, done)
  goOn(ctx, done)
  if (awaits) ctx.react('bankAwaited', { transferId: done.id })
}

/** Starts the leg that this one pays for, or pays out to the bank that its money is for. */
const goOn = (ctx: Ctx, leg: TransferRow): void => {
  const { funded_transfer, to_balance, destination_funding_source: destination } = leg
  if (funded_transfer !== null) startPaidFor(ctx, transfers.get(ctx, funded_transfer))
  else if (to_balance !== null && destination !== null && destination !== to_balance && leg.role !== 'fee')
    payOut(ctx, leg, { from: to_balance, bankId: destination })
}

/** A balance that was below zero swallows the debit that was to pay for the leg: then it fails, and the money stays. */
const startPaidFor = (ctx: Ctx, leg: TransferRow): void => {
  if (leg.awaits !== 'leg') return
  const { from_balance: from, amount_cents } = leg
  if (from !== null && spendableCents(ctx, from) < amount_cents) failLegs(ctx, [leg], { code: 'R01', at: from })
  else start(ctx, leg)
}

type Onward = { readonly from: string; readonly bankId: string }

/** Pays what has come into a balance on to a bank of its holder, unless that cannot be: then it stays there. */
const payOut = (ctx: Ctx, leg: TransferRow, { from, bankId }: Onward): void => {
  const owner = leg.destination_party
  ctx.tx.want(
    [fundingSources, bankId],
    [balances, from],
    ...(owner === ctx.accountId ? [] : [[customers, owner] as const]),
  )
  const isPossible =
    mayPayOut(partyOf(ctx, owner), ctx.now) &&
    !fundingSources.get(ctx, bankId).is_removed &&
    spendableCents(ctx, from) >= amountOf(leg)
  if (isPossible) insertPayout(ctx, leg, { from, bankId })
  else tellNotPaidOut(ctx, leg)
}

/** What is left for a payout when its receiver has paid the fees. */
const amountOf = (leg: TransferRow): bigint => leg.amount_cents - feesOf(leg, leg.destination_party)

const insertPayout = (ctx: Ctx, leg: TransferRow, { from, bankId }: Onward): void => {
  const { payment_id, correlation_id, clearing, destination_party: owner } = leg
  const id = ctx.newId()
  const payout = insertLeg(
    ctx,
    {
      role: 'payout',
      sourceParty: owner,
      destinationParty: owner,
      sourceFundingSource: null,
      destinationFundingSource: bankId,
      fromBalance: from,
      toBalance: null,
    },
    { payment_id, amount_cents: amountOf(leg), correlation_id, clearing },
    { id, awaits: 'run', funding_transfer: leg.id },
  )
  transfers.set(ctx, leg, { funded_transfer: id })
  tell(ctx, payout, 'created')
  start(ctx, payout)
}

/** Lets a leg begin where its money is: what only moves between balances is there at once, unless it is held. */
export const start = (ctx: Ctx, leg: TransferRow): void => {
  const { id: transferId, amount_cents: amountCents, from_balance: from, to_balance: to } = leg
  if (from !== null && to !== null) {
    if (isHeldFor(partyOf(ctx, leg.destination_party))) {
      post(ctx, held({ transferId, amountCents, from }))
      transfers.set(ctx, leg, { awaits: 'verification', held_for: leg.destination_party })
    } else {
      post(ctx, moved({ transferId, amountCents, from, to }))
      finish(ctx, leg)
    }
    return
  }
  if (from !== null) post(ctx, creditStarted({ transferId, amountCents, from }))
  transfers.set(ctx, leg, { awaits: 'run' })
  ctx.react('bankAwaited', { transferId })
}

/**
 * The bank has done its part of a leg that waits for it.
 * @param lateReturnCode the code with which it will come back all the same
 * @returns whether the leg still waited for it
 */
export const settleLeg = (ctx: Ctx, id: string, lateReturnCode: string | null = null): boolean => {
  const found = transfers.get(ctx, id)
  if (found.awaits !== 'run') return false
  const leg = transfers.set(ctx, found, { late_return_code: lateReturnCode })
  const { amount_cents: amountCents, to_balance: to, destination_party } = leg
  if (to === null) post(ctx, creditSettled({ transferId: id, amountCents }))
  else if (leg.role === 'party' && isHeldFor(partyOf(ctx, destination_party))) {
    transfers.set(ctx, leg, { awaits: 'verification', held_for: destination_party })
    return true
  } else post(ctx, debitSettled({ transferId: id, amountCents, to }))
  finish(ctx, leg)
  return true
}

/** Lets somebody who is verified now have what was held. */
export const releaseHeld: Operation<{ customerId: string }, void> = (ctx, { customerId }) => {
  customers.get(ctx, customerId)
  for (const leg of transfers.list(ctx, 'held_for', customerId)) {
    const { id: transferId, amount_cents: amountCents, from_balance, to_balance: to } = leg
    if (to === null) throw new Error('what is held is for a balance')
    post(ctx, (from_balance === null ? debitSettled : released)({ transferId, amountCents, to }))
    finish(ctx, leg)
  }
}
