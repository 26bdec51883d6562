/** The only writer of the ledger: it takes what is added and taken, never what a balance is to be. */
import type { Ctx, Operation } from '../gate/operation.ts'
import type { Entry, Posting } from './postings.ts'
import { postingKinds } from './postings.ts'
import { type BalanceRow, balances, ledgerEntries, ledgerTransactions } from './tables.ts'

/** A posting would take a balance below zero. Whoever lets people spend looks at `spendableCents` first. */
export class Overdraft extends Error {
  override readonly name = 'Overdraft'
  readonly balanceId: string

  constructor(balanceId: string) {
    super(`the balance ${balanceId} does not have that much`)
    this.balanceId = balanceId
  }
}

/** What each balance gains or loses; an entry of nothing, or entries that do not cancel out, are a mistake of ours. */
const changesOf = ({ kind, entries }: Posting): Map<string, bigint> => {
  const changes = new Map<string, bigint>()
  let sum = 0n
  for (const { balanceId, amountCents } of entries) {
    if (amountCents === 0n) throw new Error(`the posting ${kind} has an entry of nothing`)
    sum += amountCents
    if (balanceId !== null) changes.set(balanceId, (changes.get(balanceId) ?? 0n) + amountCents)
  }
  if (sum !== 0n || entries.length === 0) throw new Error(`the posting ${kind} does not sum to zero`)
  return changes
}

const getBalance = (ctx: Ctx, id: string): Readonly<BalanceRow> => {
  const row = balances.find(ctx, id)
  if (!row) throw new Error(`there is no balance ${id}`)
  return row
}

/** Begins a balance at zero, for a funding source of this id. */
export const openBalance: Operation<string, void> = (ctx, id) =>
  balances.insert(ctx, { id, amount_cents: 0n, updated: ctx.now })

/** What may be spent of a balance now. */
export const spendableCents: Operation<string, bigint> = (ctx, id) => getBalance(ctx, id).amount_cents

/**
 * Enters a posting, and changes the balances it names by as much.
 * @returns the balances that it took below zero
 * @throws Overdraft when it may not take one there, or further down
 */
export const post: Operation<Posting, string[]> = (ctx, posting) => {
  const changes = changesOf(posting)
  ctx.tx.want(...[...changes.keys()].map((id) => [balances, id] as const))
  const overdrawn: string[] = []
  for (const [id, changeCents] of changes) {
    const row = getBalance(ctx, id)
    const after = row.amount_cents + changeCents
    if (after < 0n && changeCents < 0n) {
      if (!postingKinds[posting.kind].mayOverdraw) throw new Overdraft(id)
      if (row.amount_cents >= 0n) overdrawn.push(id)
    }
    balances.set(ctx, row, { amount_cents: after, updated: ctx.now })
  }
  record(ctx, posting)
  return overdrawn
}

const record = (ctx: Ctx, { kind, transferId, entries }: Posting): void => {
  const transactionId = ctx.newId()
  ledgerTransactions.insert(ctx, { id: transactionId, kind, transfer_id: transferId, created: ctx.now })
  for (const entry of entries) ledgerEntries.insert(ctx, entryRow(ctx, transactionId, entry))
}

const entryRow = (ctx: Ctx, transactionId: string, { account, balanceId, amountCents }: Entry) => ({
  id: ctx.newId(),
  transaction_id: transactionId,
  account,
  balance_id: balanceId,
  amount_cents: amountCents,
  currency: 'USD' as const,
})
