/** Bank accounts that must not be paid or debited again, because of how one of their returns was explained. */
import type { Ctx } from '../../gate/operation.ts'
import { table } from '../../gate/tables.ts'
import type { FundingSourceRow } from './store.ts'

/** The id is the fingerprint: the bank account is barred whoever adds it. */
export type BlockedBankRow = { id: string; code: string; created: Date }

export const blockedBanks = table<BlockedBankRow>({
  name: 'blocked_banks',
  columns: { id: 'text', code: 'text', created: 'timestamptz' },
})

/** Whether this is a bank account that is barred. */
export const isBlocked = (ctx: Ctx, { fingerprint }: Pick<FundingSourceRow, 'fingerprint'>): boolean =>
  fingerprint !== null && blockedBanks.find(ctx, fingerprint) !== null

/** Bars a bank account for good. */
export const blockBank = (ctx: Ctx, { fingerprint }: FundingSourceRow, code: string): void => {
  if (fingerprint === null || blockedBanks.find(ctx, fingerprint)) return
  blockedBanks.insert(ctx, { id: fingerprint, code, created: ctx.now })
}
