/** A processing run of a sandbox's banks: each moves what waits for it by one step. */
import type { Database } from '../../db/database.ts'
import { chunksOf } from '../../due/due.ts'
import type { Gate } from '../../gate/gate.ts'
import type { RequestContext } from '../../gate/operation.ts'
import type { Rail } from '../../rails/rail.ts'
import { moveAtBank, wantAtBanks } from '../transfers/at-banks.ts'
import { legsToProcess } from '../transfers/store.ts'

/** As many of the latest as a run takes. */
const inRun = 500

/** @returns runs the banks of a world once, and tells how much they have moved */
export type RunBanks = (context: RequestContext) => Promise<number>

/**
 * What a run takes is chosen before it begins, so that what it brings about waits for the next run; it is written a
 * chunk at a time, and each step asks again whether it is still to be done.
 */
export const createRunBanks =
  ({ db, gate, rail }: { db: Database; gate: Gate; rail: Rail }): RunBanks =>
  async (context) => {
    const legs = await legsToProcess(db, context.accountId, inRun)
    let moved = 0
    for (const chunk of chunksOf(legs))
      moved += await gate.write({
        context,
        run: (ctx) => {
          wantAtBanks(
            ctx,
            chunk.map(({ id }) => id),
          )
          return chunk.filter(({ id, awaits }) => moveAtBank(rail, ctx, id, awaits)).length
        },
      })
    return moved
  }
