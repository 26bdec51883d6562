/** What is written about micro-deposits: they are sent, arrive, and are named by who sees them. */

import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import { checkDeposits, type DepositAmounts, mostAttempts } from '@clearyard/contract/micro-deposits.ts'
import type { Ctx, Operation } from '../../../gate/operation.ts'
import type { BankLeg, Outcome, Rail } from '../../../rails/rail.ts'
import { getOpenHolder } from '../holders.ts'
import { type FundingSourceRow, fundingSources } from '../store.ts'
import { tell } from '../tell.ts'
import { areSame, exhausting, type Progress, progressOf } from './domain.ts'
import { type MicroDepositRow, microDeposits } from './store.ts'

const legTo = (bank: FundingSourceRow): BankLeg => ({
  direction: 'credit',
  speed: 'standard-credit',
  bankName: bank.name,
})

/** The bank that is to be verified, with whatever was deposited there. */
const getUnverified = (ctx: Ctx, id: string): { bank: FundingSourceRow; deposits: MicroDepositRow | null } => {
  ctx.tx.want([fundingSources, id], [microDeposits, id])
  const bank = fundingSources.get(ctx, id)
  if (bank.type !== 'bank') throw new Refusal('NotFound')
  getOpenHolder(ctx, bank)
  if (bank.is_removed) throw new Refusal('InvalidResourceState')
  if (bank.status === 'verified') throw new Refusal('InvalidResourceState', { message: 'Bank already verified.' })
  return { bank, deposits: microDeposits.find(ctx, id) }
}

/** Amounts that the ids of a world decide: the same wherever the world is made again. */
const amountsOf = (id: string): DepositAmounts => {
  const [one = 0, other = 0] = Buffer.from(id.slice(0, 4), 'hex')
  return [1 + (one % 9), 1 + (other % 9)]
}

/**
 * @property rail that brings them; null where no bank is reached
 * @property drawn the amounts, where nobody is to guess them; they come from outside, as every secret does
 */
type Start = { id: string; rail: Rail | null; drawn: DepositAmounts | null }

/** Sends two small amounts to a bank. */
export const startMicroDeposits: Operation<Start, MicroDepositRow> = (ctx, { id, rail, drawn }) => {
  const { bank, deposits } = getUnverified(ctx, id)
  if (!rail) throw new Refusal('Forbidden', { message: 'Micro-deposits are not enabled for this account.' })
  if (progressOf(bank, deposits) !== 'none' || bank.fingerprint === null)
    throw new Refusal('MaxNumberOfResources', { message: 'Micro-deposits already initiated for this funding source.' })
  const [amount1_cents, amount2_cents] = drawn ?? amountsOf(ctx.newId())
  const started: MicroDepositRow = {
    id,
    fingerprint: bank.fingerprint,
    amount1_cents,
    amount2_cents,
    status: 'pending',
    failure_code: null,
    wrong_attempts: 0,
    due: ctx.settings.settlement === 'clock' ? rail.schedule(legTo(bank), ctx.now).settlesAt : null,
    created: ctx.now,
  }
  if (deposits) microDeposits.set(ctx, deposits, started)
  else microDeposits.insert(ctx, started)
  tell(ctx, bank, 'microdeposits_added')
  return started
}

/** What a bank that has other numbers by now does with what was sent to those it had. */
const misdirected: Outcome = { settles: false, code: 'R03' }

/**
 * What was sent arrives, or comes back. A bank that was removed meanwhile is sent it all the same.
 * @returns whether it was still on its way
 */
export const arrive = (rail: Rail, ctx: Ctx, id: string): boolean => {
  ctx.tx.want([fundingSources, id], [microDeposits, id])
  const deposits = microDeposits.get(ctx, id)
  if (deposits.status !== 'pending') return false
  const bank = fundingSources.get(ctx, id)
  const outcome = bank.fingerprint === deposits.fingerprint ? rail.outcome(legTo(bank)) : misdirected
  if (outcome.settles) {
    microDeposits.set(ctx, deposits, { status: 'processed', due: null })
    tell(ctx, bank, 'microdeposits_completed')
    return true
  }
  microDeposits.set(ctx, deposits, { status: 'failed', failure_code: outcome.code, due: null })
  tell(ctx, bank, 'microdeposits_failed')
  ctx.react('bankReturned', { fundingSourceId: id, code: outcome.code })
  return true
}

const refusals: { readonly [P in Progress]: (() => Refusal) | null } = {
  none: () => new Refusal('NotFound'),
  sent: () => new Refusal('TryAgainLater'),
  arrived: null,
  failed: () => new Refusal('InvalidResourceState'),
  exhausted: () => new Refusal('InvalidResourceState', { message: 'Too many attempts.' }),
}

/** @property isStrict whether they must have arrived, and be what was deposited */
type Guess = { id: string; body: Readonly<Record<string, unknown>>; isStrict: boolean }

/**
 * Somebody names what was deposited, and the bank is verified by it.
 * @returns the refusal of a wrong guess, which is counted
 */
export const verifyMicroDeposits: Operation<Guess, FundingSourceRow | Refusal> = (ctx, { id, body, isStrict }) => {
  const { bank, deposits } = getUnverified(ctx, id)
  const progress = progressOf(bank, deposits)
  const refusal = progress === 'sent' && !isStrict ? null : refusals[progress]
  if (refusal || !deposits) throw refusal?.() ?? new Refusal('NotFound')
  const { value, errors } = checkDeposits(body)
  if (!value) throw invalid(...errors)
  const isRight = isStrict
    ? areSame(value, [deposits.amount1_cents, deposits.amount2_cents])
    : !areSame(value, exhausting)
  if (!isRight) return countWrong(ctx, bank, deposits, isStrict ? deposits.wrong_attempts + 1 : mostAttempts)
  const verified = fundingSources.set(ctx, bank, { status: 'verified', was_verified: true })
  tell(ctx, verified, 'funding_source_verified')
  return verified
}

const countWrong = (ctx: Ctx, bank: FundingSourceRow, deposits: MicroDepositRow, wrong_attempts: number): Refusal => {
  microDeposits.set(ctx, deposits, { wrong_attempts })
  if (wrong_attempts >= mostAttempts) tell(ctx, bank, 'microdeposits_maxattempts')
  return invalid({ code: 'Invalid', message: 'Wrong amount(s).', path: '' })
}
