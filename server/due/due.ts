/**
 * Work that falls due by the clock of a world: found by each kind's own list, and done in order until nothing is left.
 */
import type { Ctx } from '../gate/operation.ts'
import type { WorldStore } from '../worlds/store.ts'
import { nowIn } from '../worlds/world.ts'

/**
 * One kind of work.
 * @property list the ids of what is due by now, in the order it is to be done in
 * @property run does one; does nothing when another has done it meanwhile
 */
export type DueWork = {
  readonly name: string
  readonly list: (accountId: string, now: Date) => Promise<readonly string[]>
  readonly run: (ctx: Ctx, id: string) => void
}

/** What was done, by the name of its kind and its id. */
export type Done = { work: string; id: string }

/** @returns does what is due in a world (an id, or `default`) and what falls due by that, and tells what it was */
export type RunDue = (worldId: string) => Promise<readonly Done[]>

const inRound = 500
const inTransaction = 50

/** @param works every kind there is; what is listed first is done first */
export const createRunDue =
  ({ store, realNow, works }: { store: WorldStore; realNow: () => number; works: readonly DueWork[] }): RunDue =>
  async (worldId) => {
    const done = new Map<string, Done>()
    const listDue = async () => {
      const world = await store.getWorld(worldId)
      const now = nowIn(world, realNow())
      const lists = await Promise.all(
        works.map(async (work) => (await work.list(world.accountId, now)).map((id) => ({ work, id }))),
      )
      // What is still listed after it was run will not go away by being run again.
      return lists.flat().filter(({ work, id }) => !done.has(`${work.name} ${id}`))
    }
    for (;;) {
      const round = (await listDue()).slice(0, inRound)
      if (round.length === 0) return [...done.values()]
      for (let at = 0; at < round.length; at += inTransaction) {
        const chunk = round.slice(at, at + inTransaction)
        await store.write(worldId, (ctx) => {
          for (const { work, id } of chunk) work.run(ctx, id)
        })
        for (const { work, id } of chunk) done.set(`${work.name} ${id}`, { work: work.name, id })
      }
    }
  }
