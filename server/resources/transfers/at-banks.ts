/** The legs that wait for a bank: when the world's clock moves each, and what its bank makes of it. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Ctx } from '../../gate/operation.ts'
import { balances } from '../../ledger/tables.ts'
import type { BankLeg, Rail } from '../../rails/rail.ts'
import { customers } from '../customers/store.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { bankOf, failLeg, returnLeg } from './fail.ts'
import { settleLeg } from './process.ts'
import { type AtBank, type TransferRow, transfers, transferTable } from './store.ts'

/** @throws Refusal, because no rail leads to any bank */
export const refuseBank = (): never => {
  const message = 'This server has no rail to a bank: it transfers between balances alone.'
  throw new Refusal('Forbidden', { message })
}

const bankLegOf = (ctx: Ctx, leg: TransferRow): BankLeg => {
  const direction = leg.from_balance === null ? 'debit' : 'credit'
  const asked = leg.clearing?.[direction === 'debit' ? 'source' : 'destination']
  return {
    direction,
    speed: asked === 'next-available' ? 'same-day' : `standard-${direction}`,
    bankName: fundingSources.get(ctx, bankOf(leg)).name,
  }
}

/**
 * Says when the clock moves a leg that waits for a bank, in worlds where it does. A leg that is paid for by one that
 * goes out goes out with it.
 */
export const scheduleLeg =
  (rail: Rail) =>
  (ctx: Ctx, { transferId }: { transferId: string }): void => {
    if (ctx.settings.settlement !== 'clock') return
    const leg = transfers.get(ctx, transferId)
    if (leg.awaits === 'late-return') {
      transfers.set(ctx, leg, { due: rail.returnedAt(ctx.now) })
      return
    }
    const { exportsAt: exports, settlesAt: due } = rail.schedule(bankLegOf(ctx, leg), ctx.now)
    transfers.set(ctx, leg, { due, exports })
    const following = leg.funded_transfer === null ? null : transfers.get(ctx, leg.funded_transfer)
    if (following?.awaits === 'leg') transfers.set(ctx, following, { exports })
  }

/**
 * Has its bank move a leg on.
 * @param awaits what it was found waiting for
 * @returns whether it still waited for that
 */
export const moveAtBank = (rail: Rail, ctx: Ctx, id: string, awaits: AtBank): boolean => {
  const leg = transfers.get(ctx, id)
  if (leg.awaits !== awaits) return false
  if (awaits === 'late-return') return returnLeg(ctx, id, leg.late_return_code ?? '')
  const outcome = rail.outcome(bankLegOf(ctx, leg))
  return outcome.settles ? settleLeg(ctx, id, outcome.returnsWith) : failLeg(ctx, id, outcome.code)
}

const named = (...ids: readonly (string | null)[]): string[] => ids.filter((id) => id !== null)

/** Asks for what moving these legs on needs, in a few loads instead of a few for each. */
export const wantAtBanks = (ctx: Ctx, ids: readonly string[]): void => {
  const get = (legIds: readonly string[]): TransferRow[] => {
    ctx.tx.want(...legIds.map((id) => [transfers, id] as const))
    return legIds.map((id) => transfers.get(ctx, id))
  }
  const legs = get(ids)
  const all = [...legs, ...get(legs.flatMap(({ funded_transfer }) => named(funded_transfer)))]
  ctx.tx.want(
    ...all.flatMap((leg) => [
      ...named(leg.source_funding_source, leg.destination_funding_source).map((id) => [fundingSources, id] as const),
      ...named(leg.from_balance, leg.to_balance).map((id) => [balances, id] as const),
      ...[leg.source_party, leg.destination_party]
        .filter((party) => party !== ctx.accountId)
        .map((id) => [customers, id] as const),
    ]),
  )
}

const inRound = 500

/** The legs that the clock is to have moved by now, what was due first to begin with. */
const listDue = (db: Database, awaits: AtBank, accountId: string, now: Date) =>
  transferTable(db)
    .selectFrom('transfers')
    .where('account_id', '=', accountId)
    .where('awaits', '=', awaits)
    .where('due', '<=', now)
    .select(['id', 'due as at'])
    .orderBy(sql`due`)
    .orderBy(sql`created`)
    .orderBy(sql`ordinal`)
    .orderBy(sql`id`)
    .limit(inRound)
    .execute()

const workOf = (db: Database, rail: Rail, name: string, awaits: AtBank) => ({
  name,
  list: (accountId: string, now: Date) => listDue(db, awaits, accountId, now),
  want: wantAtBanks,
  run: (ctx: Ctx, id: string): void => {
    const { due } = transfers.get(ctx, id)
    if (due !== null && due <= ctx.now) moveAtBank(rail, ctx, id, awaits)
  },
})

/** What banks do by the world's clock. */
export const bankWorks = (db: Database, rail: Rail) => [
  workOf(db, rail, 'settlements', 'run'),
  workOf(db, rail, 'late returns', 'late-return'),
]
