/** Taking a payment back before its banks have it. */
import { invalid, type Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { next, offered } from '../../states.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { hasGoneOut, transferStates } from './domain.ts'
import { undoCredit } from './fail.ts'
import { type TransferRow, transfers } from './store.ts'
import { tell } from './tell.ts'

/** Whether the leg's money has left a balance and not arrived. */
const isUnderWay = ({ awaits, from_balance }: TransferRow): boolean => awaits !== 'leg' && from_balance !== null

const cancelLeg = (ctx: Ctx, leg: TransferRow): void => {
  const { to: status } = next(transferStates, leg, 'cancel')
  if (isUnderWay(leg) && leg.from_balance !== null) undoCredit(ctx, leg, leg.from_balance)
  const cancelled = transfers.set(ctx, leg, { status, awaits: null, held_for: null, owed_to: null })
  tell(ctx, cancelled, 'cancelled')
}

/**
 * Cancels a transfer, and the legs of its payment that wait with it: first at the bank, then between the parties.
 * @returns the transfer
 * @throws Refusal with NotFound, or with ValidationError when it no longer waits
 */
export const cancelPayment: Operation<string, TransferRow> = (ctx, id) => {
  const asked = transfers.get(ctx, id)
  const facts = { ...asked, hasGoneOut: hasGoneOut(asked, ctx.now) }
  if (!offered(transferStates, facts).includes('cancel')) throw statusNotAllowed()
  const linked = [asked.funding_transfer, asked.funded_transfer].flatMap((other) =>
    other === null ? [] : [transfers.get(ctx, other)],
  )
  const legs = [asked, ...linked.filter(({ status }) => status === 'pending')]
  const isAtBank = ({ role }: TransferRow) => role === 'debit' || role === 'payout'
  for (const leg of [...legs.filter(isAtBank), ...legs.filter((each) => !isAtBank(each))]) cancelLeg(ctx, leg)
  return transfers.get(ctx, id)
}

const statusNotAllowed = (): Refusal => invalid({ code: 'NotAllowed', message: 'Status not allowed.', path: '/status' })

/** Cancels what was to reach a bank that is gone; what was to be debited from it goes on, and so does what went out. */
export const cancelOwed: Operation<{ fundingSourceId: string }, void> = (ctx, { fundingSourceId }) => {
  fundingSources.get(ctx, fundingSourceId)
  for (const leg of transfers.list(ctx, 'owed_to', fundingSourceId))
    if (leg.awaits !== 'run' || !hasGoneOut(leg, ctx.now)) cancelLeg(ctx, leg)
}
