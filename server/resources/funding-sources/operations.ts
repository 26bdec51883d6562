/** What is written about funding sources. */
import type { BankAccountType, FundingSourceStatus } from '@clearyard/contract/funding-sources.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { openBalance, post } from '../../ledger/post.ts'
import { seeded } from '../../ledger/postings.ts'
import { type BankNumbers, bankOf } from './banks.ts'
import { bankKeyOf, type FundingSourceRow, fundingSources } from './store.ts'

const ownedBy = ({ accountId }: Ctx, customerId: string | null) => ({
  owner_id: customerId ?? accountId,
  customer_id: customerId,
})

/** Opens the one balance of the account (null) or of a verified customer. */
export const openBalanceSource: Operation<string | null, FundingSourceRow> = (ctx, customerId) => {
  const source: FundingSourceRow = {
    id: ctx.newId(),
    ...ownedBy(ctx, customerId),
    type: 'balance',
    status: 'verified',
    name: 'Balance',
    bank_account_type: null,
    bank_name: null,
    channels: [],
    fingerprint: null,
    bank_key: null,
    balance_of: customerId ?? ctx.accountId,
    sealed_numbers: null,
    was_verified: true,
    is_removed: false,
    created: ctx.now,
  }
  fundingSources.insert(ctx, source)
  openBalance(ctx, source.id)
  return source
}

/** The one balance of the account or of a verified customer, by its owner's id; opened when there is none yet. */
export const balanceSourceOf: Operation<string, FundingSourceRow> = (ctx, ownerId) =>
  fundingSources.findBy(ctx, 'balance_of', ownerId) ??
  openBalanceSource(ctx, ownerId === ctx.accountId ? null : ownerId)

/** What a bank is made of, once it is checked; the fingerprint is that of its numbers. */
export type NewBank = {
  readonly numbers: BankNumbers
  readonly fingerprint: string
  readonly name: string
  readonly bankAccountType: BankAccountType
  readonly status: FundingSourceStatus
}

/** What a bank says of itself, in the columns that keep it. */
export const bankColumnsOf = ({ numbers, fingerprint, name, bankAccountType, status }: NewBank) => {
  const { bankName, channels } = bankOf(numbers.routingNumber)
  return {
    status,
    name,
    bank_account_type: bankAccountType,
    bank_name: bankName,
    channels,
    fingerprint,
    sealed_numbers: { plain: JSON.stringify(numbers) },
    was_verified: status === 'verified',
  }
}

/** Adds a bank to what the account (null) or a customer has. */
export const insertBank: Operation<{ customerId: string | null; bank: NewBank }, FundingSourceRow> = (
  ctx,
  { customerId, bank },
) => {
  const owned = ownedBy(ctx, customerId)
  const source: FundingSourceRow = {
    id: ctx.newId(),
    ...owned,
    type: 'bank',
    ...bankColumnsOf(bank),
    bank_key: bankKeyOf(owned.owner_id, bank.fingerprint),
    balance_of: null,
    is_removed: false,
    created: ctx.now,
  }
  fundingSources.insert(ctx, source)
  return source
}

/** What a new account has: its balance, and in a sandbox a verified bank and some money. */
export const openAccountSources: Operation<{ sandboxBank: NewBank | null }, void> = (ctx, { sandboxBank }) => {
  const balance = openBalanceSource(ctx, null)
  if (!sandboxBank) return
  insertBank(ctx, { customerId: null, bank: sandboxBank })
  const amountCents = BigInt(ctx.settings.seedBalanceCents)
  if (amountCents > 0n) post(ctx, seeded({ amountCents, to: balance.id }))
}
