/** Who is at the ends of a payment: the account or a customer, and what either may do with money. */
import type { Ctx } from '../../gate/operation.ts'
import { balances } from '../../ledger/tables.ts'
import { mayTransact as hasSaidWhoOwnsIt, isChecked } from '../customers/domain.ts'
import { type CustomerRow, customers } from '../customers/store.ts'
import { blockedBanks } from '../funding-sources/blocked-banks.ts'
import { balanceSourceOf } from '../funding-sources/operations.ts'
import { type FundingSourceRow, fundingSources } from '../funding-sources/store.ts'
import type { End } from './legs.ts'

/** A customer; null is the account. */
export type Party = Readonly<CustomerRow> | null

export const partyOf = (ctx: Ctx, id: string): Party => {
  if (id === ctx.accountId) return null
  const customer = customers.find(ctx, id)
  if (!customer) throw new Error(`a transfer names a party ${id} that there is not`)
  return customer
}

/** Whether the party is somebody whose money passes through a balance. */
export const hasBalance = (party: Party): boolean => party === null || isChecked(party)

/** Whether money for the party is held until its identity is verified. */
export const isHeldFor = (party: Party): boolean =>
  party !== null && isChecked(party) && ['retry', 'kba', 'document'].includes(party.status)

/** Whether a business has said who owns it, and its owners are known: until then it sends nothing. */
export const mayTransact = (party: Party, now: Date): boolean => party === null || hasSaidWhoOwnsIt(party, now)

/** Whether the party may pay its own bank. */
export const mayPayOut = (party: Party, now: Date): boolean =>
  party === null || (party.status === 'verified' && mayTransact(party, now))

/** What searches for a party find it by. */
export const searchTextOf = (party: Party, accountId: string): string =>
  party === null ? accountId : `${party.search_text}\n${party.id}`

/** Asks for everything that the ends of a payment and its first postings need, in one load. */
export const wantEnds = (ctx: Ctx, ...sources: readonly FundingSourceRow[]): void =>
  ctx.tx.want(
    ...sources.flatMap(({ id, type, owner_id, customer_id, fingerprint }) => [
      ...(customer_id === null ? [] : [[customers, customer_id] as const]),
      ...(fingerprint === null ? [] : [[blockedBanks, fingerprint] as const]),
      type === 'balance' ? ([balances, id] as const) : ([fundingSources, owner_id, 'balance_of'] as const),
    ]),
  )

/** The end of a payment that a funding source is. */
export const endOf = (ctx: Ctx, { id, type, owner_id }: FundingSourceRow): End => {
  const holder = hasBalance(partyOf(ctx, owner_id)) ? owner_id : null
  return {
    party: owner_id,
    fundingSource: id,
    isBank: type === 'bank',
    balance: type === 'balance' ? id : holder && balanceSourceOf(ctx, holder).id,
  }
}
