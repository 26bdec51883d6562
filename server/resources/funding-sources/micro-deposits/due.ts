/** Micro-deposits that arrive by the world's clock. */
import type { Database } from '../../../db/database.ts'
import type { Ctx } from '../../../gate/operation.ts'
import type { Rail } from '../../../rails/rail.ts'
import { arrive } from './operations.ts'
import { listDueDeposits, microDeposits } from './store.ts'

export const depositArrivals = (db: Database, rail: Rail) => ({
  name: 'micro-deposits',
  list: (accountId: string, now: Date) => listDueDeposits(db, accountId, now),
  run: (ctx: Ctx, id: string): void => {
    const { due } = microDeposits.get(ctx, id)
    if (due !== null && due <= ctx.now) arrive(rail, ctx, id)
  },
})
