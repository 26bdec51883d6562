/** Making a payment: who pays whom is looked up, it is split into legs, and the first of them starts. */
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import type { NewTransfer } from '@clearyard/contract/transfers.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { spendableCents } from '../../ledger/post.ts'
import { type FundingSourceRow, fundingSources } from '../funding-sources/store.ts'
import { type End, planOf } from './legs.ts'
import { insertLeg } from './new-leg.ts'
import { endOf, isHeldFor, partyOf, wantEnds } from './parties.ts'
import { start } from './process.ts'
import type { TransferRow } from './store.ts'
import { tell } from './tell.ts'

const at = (side: 'source' | 'destination', code: EmbeddedError['code'], message: string) =>
  invalid({ code, message, path: `/_links/${side}/href` })

const load = (
  ctx: Ctx,
  { source: sourceId, destination: destinationId }: NewTransfer,
): [FundingSourceRow, FundingSourceRow] => {
  ctx.tx.want([fundingSources, sourceId], [fundingSources, destinationId])
  const source = fundingSources.find(ctx, sourceId)
  if (!source) throw at('source', 'Invalid', 'Funding source not found.')
  const destination = fundingSources.find(ctx, destinationId)
  if (!destination) throw at('destination', 'Invalid', 'Receiver not found.')
  wantEnds(ctx, source, destination)
  return [source, destination]
}

/** @throws Refusal when one of the two may not pay, or not be paid by, the other */
const demandPossible = (ctx: Ctx, source: FundingSourceRow, destination: FundingSourceRow): void => {
  const [sender, receiver] = [partyOf(ctx, source.owner_id), partyOf(ctx, destination.owner_id)]
  if (source.status !== 'verified' || source.is_removed) throw at('source', 'Invalid', 'Invalid funding source.')
  if (destination.is_removed) throw at('destination', 'Invalid', 'Invalid destination funding source.')
  if (isHeldFor(sender) || (sender && !['verified', 'unverified'].includes(sender.status)))
    throw at('source', 'Restricted', 'Sender restricted.')
  if (receiver && ['suspended', 'deactivated'].includes(receiver.status))
    throw at('destination', 'Restricted', 'Receiver restricted.')
}

/** The legs that a payment begins with, up to its main one, inserted and told of. */
const begin = (ctx: Ctx, from: End, to: End, given: NewTransfer): TransferRow[] => {
  const plan = planOf(from, to)
  const legs = plan.legs.slice(0, plan.main + 1)
  const ids = legs.map(() => ctx.newId())
  const { amountCents: amount_cents, correlationId: correlation_id, clearing } = given
  const shared = { payment_id: ids[plan.main] ?? '', amount_cents, correlation_id, clearing }
  const rows = legs.map((leg, index) =>
    insertLeg(ctx, leg, shared, {
      id: ids[index] ?? '',
      awaits: index === 0 ? 'run' : 'leg',
      funding_transfer: ids[index - 1] ?? null,
      funded_transfer: ids[index + 1] ?? null,
      ...(index === plan.main
        ? {
            fees: given.fees.map(({ payer, amountCents }) => ({ payer: payer.id, amountCents: String(amountCents) })),
            ach_details: given.achDetails,
            metadata: given.metadata,
          }
        : {}),
    }),
  )
  for (const row of rows) tell(ctx, row, 'created')
  return rows
}

/**
 * Starts a payment.
 * @returns the id of its main transfer
 */
export const createTransfer: Operation<NewTransfer, string> = (ctx, given) => {
  const [source, destination] = load(ctx, given)
  demandPossible(ctx, source, destination)
  const [from, to] = [endOf(ctx, source), endOf(ctx, destination)]
  if (from.fundingSource === to.fundingSource)
    throw at('destination', 'Invalid', 'Receiver cannot be the owner of the source funding source.')
  if (from.balance === null && to.balance === null)
    throw at('destination', 'NotAllowed', 'Receiver cannot receive from sender.')
  if (!from.isBank && spendableCents(ctx, from.fundingSource) < given.amountCents)
    throw at('source', 'InsufficientFunds', 'Insufficient funds.')
  const [first, main = first] = begin(ctx, from, to, given)
  if (!first || !main) throw new Error('a payment has a leg')
  start(ctx, first)
  return main.id
}
