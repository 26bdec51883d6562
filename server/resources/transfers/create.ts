/** Making a payment: who pays whom is looked up, it is split into legs, and the first of them starts. */
import { type EmbeddedCode, invalid } from '@clearyard/contract/errors.ts'
import type { Destination, NewTransfer, Payer } from '@clearyard/contract/transfers.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { spendableCents } from '../../ledger/post.ts'
import { customers } from '../customers/store.ts'
import { isBlocked } from '../funding-sources/blocked-banks.ts'
import { balanceSourceOf } from '../funding-sources/operations.ts'
import { type FundingSourceRow, fundingSources } from '../funding-sources/store.ts'
import { type End, planOf } from './legs.ts'
import { countInWeek, inWeek } from './limits.ts'
import { insertLeg } from './new-leg.ts'
import { endOf, hasBalance, mayTransact, partyOf, wantEnds } from './parties.ts'
import { start } from './process.ts'
import { refusalOf, type Side } from './rules.ts'
import type { TransferRow } from './store.ts'
import { tell } from './tell.ts'

const isThere = (ctx: Ctx, { type, id }: Payer): boolean =>
  type === 'account' ? id === ctx.accountId : customers.find(ctx, id) !== null

const refused = (code: EmbeddedCode, side: 'source' | 'destination', message: string) =>
  invalid({ code, message, path: `/_links/${side}/href` })

/** What is paid: where just who is paid was said, a balance, or else a bank, preferably a verified one. */
const receivingSourceOf = (ctx: Ctx, { type, id }: Destination): FundingSourceRow => {
  const source = type === 'funding-source' ? fundingSources.find(ctx, id) : null
  if (source) return source
  if (type === 'funding-source' || !isThere(ctx, { type, id }))
    throw refused('Invalid', 'destination', 'Receiver not found.')
  if (hasBalance(partyOf(ctx, id))) return balanceSourceOf(ctx, id)
  const banks = fundingSources.list(ctx, 'owner_id', id).filter(({ is_removed }) => !is_removed)
  const bank = banks.find(({ status }) => status === 'verified') ?? banks[0]
  if (!bank) throw refused('RequiresFundingSource', 'destination', 'Receiver requires funding source.')
  return bank
}

/** @property payer the customer whose source it must be; null when it may be anybody's */
type NewPayment = { readonly transfer: NewTransfer; readonly payer: string | null }

const load = (ctx: Ctx, { transfer: given, payer }: NewPayment): [FundingSourceRow, FundingSourceRow] => {
  const { type, id } = given.destination
  ctx.tx.want([fundingSources, given.source], ...(type === 'funding-source' ? [[fundingSources, id] as const] : []))
  const source = fundingSources.find(ctx, given.source)
  if (!source || (payer !== null && payer !== source.customer_id))
    throw refused('Invalid', 'source', 'Funding source not found.')
  const destination = receivingSourceOf(ctx, given.destination)
  wantEnds(ctx, source, destination)
  return [source, destination]
}

const sideOf = (ctx: Ctx, source: FundingSourceRow): Side => {
  const party = partyOf(ctx, source.owner_id)
  const { id, type, status, is_removed, bank_account_type } = source
  return {
    party: source.owner_id,
    type: party?.type ?? null,
    status: party?.status ?? null,
    maySend: mayTransact(party, ctx.now),
    isBlocked: isBlocked(ctx, source),
    source: { id, type, status, is_removed, bank_account_type },
  }
}

/** @throws Refusal with what stands in the way of the payment */
const demandPossible = (ctx: Ctx, from: FundingSourceRow, to: FundingSourceRow, transfer: NewTransfer): void => {
  const [sender, receiver] = [sideOf(ctx, from), sideOf(ctx, to)]
  const refusal = refusalOf({
    transfer,
    sender,
    receiver,
    settings: ctx.settings,
    sentCents: sender.type === 'unverified' ? inWeek(ctx, 'sent', sender.party) : 0n,
    receivedCents: ctx.settings.weeklyReceiveLimitCents > 0 ? inWeek(ctx, 'received', receiver.party) : 0n,
    spendableCents: from.type === 'balance' ? spendableCents(ctx, from.id) : null,
    isPayerKnown: transfer.fees.every(({ payer }) => isThere(ctx, payer)),
  })
  if (refusal) throw refusal
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

/** Counts what customers' limits by week are about. */
const count = (ctx: Ctx, source: FundingSourceRow, destination: FundingSourceRow, amountCents: bigint): void => {
  if (partyOf(ctx, source.owner_id)?.type === 'unverified') countInWeek(ctx, 'sent', source.owner_id, amountCents)
  if (ctx.settings.weeklyReceiveLimitCents > 0 && destination.customer_id !== null)
    countInWeek(ctx, 'received', destination.customer_id, amountCents)
}

/**
 * Starts a payment.
 * @returns the id of its main transfer
 */
export const createTransfer: Operation<NewPayment, string> = (ctx, payment) => {
  const { transfer: given } = payment
  const [source, destination] = load(ctx, payment)
  for (const { id: fundingSourceId, type } of [source, destination])
    if (type === 'bank') ctx.react('bankNeeded', { fundingSourceId })
  demandPossible(ctx, source, destination, given)
  const [from, to] = [endOf(ctx, source), endOf(ctx, destination)]
  const [first, main = first] = begin(ctx, from, to, given)
  if (!first || !main) throw new Error('a payment has a leg')
  count(ctx, source, destination, given.amountCents)
  start(ctx, first)
  return main.id
}
