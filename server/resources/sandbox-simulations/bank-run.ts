/** A processing run of a sandbox's banks: each moves what waits for it by one step. */
import type { Database } from '../../db/database.ts'
import { chunksOf } from '../../due/due.ts'
import type { Gate } from '../../gate/gate.ts'
import type { RequestContext } from '../../gate/operation.ts'
import type { Rail } from '../../rails/rail.ts'
import { arrive } from '../funding-sources/micro-deposits/operations.ts'
import { listPendingDeposits } from '../funding-sources/micro-deposits/store.ts'
import { moveAtBank, wantAtBanks } from '../transfers/at-banks.ts'
import { type AtBank, legsToProcess } from '../transfers/store.ts'

/** As many of the latest as a run takes. */
const inRun = 500

/** A leg that a bank moves next, or deposits that arrive at the bank of this id. */
type Waiting = { readonly id: string; readonly awaits: AtBank | 'arrival'; readonly created: Date }

/** The latest of both kinds, the oldest first. */
const listWaiting = async (db: Database, accountId: string): Promise<Waiting[]> => {
  const [legs, deposits] = await Promise.all([
    legsToProcess(db, accountId, inRun),
    listPendingDeposits(db, accountId, inRun),
  ])
  const arrivals = deposits.reverse().map((deposit) => ({ ...deposit, awaits: 'arrival' as const }))
  return [...legs, ...arrivals].sort((one, other) => one.created.getTime() - other.created.getTime()).slice(-inRun)
}

/** @returns runs the banks of a world once, and tells how much they have moved */
export type RunBanks = (context: RequestContext) => Promise<number>

/**
 * What a run takes is chosen before it begins, so that what it brings about waits for the next run; it is written a
 * chunk at a time, and each step asks again whether it is still to be done.
 */
export const createRunBanks =
  ({ db, gate, rail }: { db: Database; gate: Gate; rail: Rail }): RunBanks =>
  async (context) => {
    let moved = 0
    for (const chunk of chunksOf(await listWaiting(db, context.accountId)))
      moved += await gate.write({
        context,
        run: (ctx) => {
          wantAtBanks(
            ctx,
            chunk.flatMap(({ id, awaits }) => (awaits === 'arrival' ? [] : [id])),
          )
          return chunk.filter(({ id, awaits }) =>
            awaits === 'arrival' ? arrive(rail, ctx, id) : moveAtBank(rail, ctx, id, awaits),
          ).length
        },
      })
    return moved
  }
