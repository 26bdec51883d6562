/** Facilitator fees: each becomes a transfer of its own when the payment that it is charged for is processed. */
import type { Ctx } from '../../gate/operation.ts'
import { post, spendableCents } from '../../ledger/post.ts'
import { feeCharged } from '../../ledger/postings.ts'
import { next } from '../../states.ts'
import { balanceSourceOf } from '../funding-sources/operations.ts'
import { transferStates } from './domain.ts'
import { failLegs } from './fail.ts'
import { insertLeg } from './new-leg.ts'
import { type PlannedFee, type TransferRow, transfers } from './store.ts'
import { tell } from './tell.ts'

/** What a party is charged for a payment. */
export const feesOf = ({ fees }: TransferRow, party: string): bigint =>
  fees.reduce((sum, { payer, amountCents }) => (payer === party ? sum + BigInt(amountCents) : sum), 0n)

/** Where a fee comes from; without a balance it is a bank that pays it. */
type Origin = { readonly fundingSource: string; readonly balance: string | null }

/** A receiver pays out of the balance that the payment came into, a sender from where the payment was sent from. */
const originOf = (main: TransferRow, payer: string): Origin => {
  const { destination_party, to_balance, source_funding_source, from_balance } = main
  if (payer === destination_party && to_balance !== null) return { fundingSource: to_balance, balance: to_balance }
  if (source_funding_source === null) throw new Error(`the fee of ${main.id} has nowhere to come from`)
  const isBalance = source_funding_source === from_balance
  return { fundingSource: source_funding_source, balance: isBalance ? from_balance : null }
}

/** Charges the fees of a payment: each goes to the balance of the account, at once or as soon as a bank pays it. */
export const chargeFees = (ctx: Ctx, main: TransferRow): void => {
  for (const fee of main.fees) charge(ctx, main, fee)
}

const charge = (ctx: Ctx, main: TransferRow, { payer, amountCents: text }: PlannedFee): void => {
  const { fundingSource, balance: from } = originOf(main, payer)
  const to = balanceSourceOf(ctx, ctx.accountId).id
  const [transferId, amountCents] = [ctx.newId(), BigInt(text)]
  const fee = insertLeg(
    ctx,
    {
      role: 'fee',
      sourceParty: payer,
      destinationParty: ctx.accountId,
      sourceFundingSource: fundingSource,
      destinationFundingSource: to,
      fromBalance: from,
      toBalance: to,
    },
    { payment_id: transferId, amount_cents: amountCents, correlation_id: null, clearing: null },
    { id: transferId, awaits: from === null ? 'run' : null, created_from: main.id },
  )
  tell(ctx, fee, 'created')
  if (from === null) ctx.react('bankAwaited', { transferId })
  else if (spendableCents(ctx, from) < amountCents) failLegs(ctx, [fee], { code: 'R01', at: from })
  else {
    post(ctx, feeCharged({ transferId, amountCents, from, to }))
    tell(ctx, transfers.set(ctx, fee, { status: next(transferStates, fee, 'process').to }), 'completed')
  }
}
