/**
 * What each step of a leg does to the ledger, as pure functions of the leg's facts. A pending debit posts nothing:
 * money is there when it has come. A credit leaves the balance at once, and is in transit until its bank has it.
 */
import { balance, bank, inTransit, type LedgerAccount } from './chart.ts'

/** The steps, and which of them may take a balance below zero: no return waits for the money to be there. */
export const postingKinds = {
  seed: { mayOverdraw: false },
  'debit-settled': { mayOverdraw: false },
  'debit-returned': { mayOverdraw: true },
  'credit-started': { mayOverdraw: false },
  'credit-settled': { mayOverdraw: false },
  'credit-undone': { mayOverdraw: false },
  'credit-returned': { mayOverdraw: false },
  moved: { mayOverdraw: false },
  held: { mayOverdraw: false },
  released: { mayOverdraw: false },
  fee: { mayOverdraw: false },
} as const satisfies { readonly [kind: string]: { readonly mayOverdraw: boolean } }

export type PostingKind = keyof typeof postingKinds

/** What is added to an account, or taken from it. */
export type Entry = LedgerAccount & { readonly amountCents: bigint }

export type Posting = {
  readonly kind: PostingKind
  /** The transfer whose step it is; a seed has none. */
  readonly transferId: string | null
  /** They sum to zero. */
  readonly entries: readonly Entry[]
}

/** A leg that moves an amount; balances are named by their funding sources. */
type Leg = { readonly transferId: string; readonly amountCents: bigint }
type From = Leg & { readonly from: string }
type To = Leg & { readonly to: string }

const posting = (kind: PostingKind, leg: Leg, from: LedgerAccount, to: LedgerAccount): Posting => ({
  kind,
  transferId: leg.transferId,
  entries: [
    { ...from, amountCents: -leg.amountCents },
    { ...to, amountCents: leg.amountCents },
  ],
})

/** The debit of a bank has come in. */
export const debitSettled = (leg: To): Posting => posting('debit-settled', leg, bank, balance(leg.to))

/** The debit of a bank was returned after it had come in: whoever got the money gives it back, had it or not. */
export const debitReturned = (leg: From): Posting => posting('debit-returned', leg, balance(leg.from), bank)

/** The credit of a bank begins. */
export const creditStarted = (leg: From): Posting => posting('credit-started', leg, balance(leg.from), inTransit)

/** The credit has reached its bank. */
export const creditSettled = (leg: Leg): Posting => posting('credit-settled', leg, inTransit, bank)

/** The credit failed, was returned before it settled, or was cancelled; or what was held goes back. */
export const creditUndone = (leg: To): Posting => posting('credit-undone', leg, inTransit, balance(leg.to))

/** The credit was returned after it had settled. */
export const creditReturned = (leg: To): Posting => posting('credit-returned', leg, bank, balance(leg.to))

/** From one balance to another, at once. */
export const moved = (leg: From & To): Posting => posting('moved', leg, balance(leg.from), balance(leg.to))

/** Sent to somebody who may not have it yet. */
export const held = (leg: From): Posting => posting('held', leg, balance(leg.from), inTransit)

/** What was held goes to whom it was sent to. */
export const released = (leg: To): Posting => posting('released', leg, inTransit, balance(leg.to))

/** A facilitator's fee. */
export const feeCharged = (leg: From & To): Posting => posting('fee', leg, balance(leg.from), balance(leg.to))

/** The money that a new sandbox begins with. */
export const seeded = ({ amountCents, to }: { amountCents: bigint; to: string }): Posting => ({
  kind: 'seed',
  transferId: null,
  entries: [
    { ...bank, amountCents: -amountCents },
    { ...balance(to), amountCents },
  ],
})
