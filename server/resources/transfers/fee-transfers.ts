/** Facilitator fees: each becomes a transfer of its own when the payment that it is charged for is processed. */
import type { Ctx } from '../../gate/operation.ts'
import { post, spendableCents } from '../../ledger/post.ts'
import { feeCharged } from '../../ledger/postings.ts'
import { balanceSourceOf } from '../funding-sources/operations.ts'
import { insertLeg } from './new-leg.ts'
import type { PlannedFee, TransferRow } from './store.ts'
import { tell } from './tell.ts'

/** What a party is charged for a payment. */
export const feesOf = ({ fees }: TransferRow, party: string): bigint =>
  fees.reduce((sum, { payer, amountCents }) => (payer === party ? sum + BigInt(amountCents) : sum), 0n)

/** Charges the fees of a payment: from the balance of whoever pays them to that of the account. */
export const chargeFees = (ctx: Ctx, main: TransferRow): void => {
  for (const fee of main.fees) charge(ctx, main, fee)
}

/** A balance that does not have that much is not charged: the fee fails as a bank would have it fail. */
const charge = (ctx: Ctx, main: TransferRow, { payer, amountCents }: PlannedFee): void => {
  const from = balanceSourceOf(ctx, payer).id
  const to = balanceSourceOf(ctx, ctx.accountId).id
  const amount_cents = BigInt(amountCents)
  const isThere = spendableCents(ctx, from) >= amount_cents
  const id = ctx.newId()
  const fee = insertLeg(
    ctx,
    {
      role: 'fee',
      sourceParty: payer,
      destinationParty: ctx.accountId,
      sourceFundingSource: from,
      destinationFundingSource: to,
      fromBalance: from,
      toBalance: to,
    },
    { payment_id: id, amount_cents, correlation_id: null, clearing: null },
    {
      id,
      awaits: null,
      created_from: main.id,
      ...(isThere
        ? { status: 'processed' }
        : { status: 'failed', failure_code: 'R01', failed_funding_source: from, failed: ctx.now }),
    },
  )
  tell(ctx, fee, 'created')
  if (isThere) post(ctx, feeCharged({ transferId: id, amountCents: amount_cents, from, to }))
  tell(ctx, fee, isThere ? 'completed' : 'failed')
}
