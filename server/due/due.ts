/**
 * Work that falls due by the clock of a world: found by each kind's own list, and done in order until nothing is left.
 */
import type { Ctx } from '../gate/operation.ts'
import type { WorldStore } from '../worlds/store.ts'
import { nowIn } from '../worlds/world.ts'

/**
 * Something that is due.
 * @property at when it fell due, which is the time of the world that it is done at; now, when there is no such time
 */
type Due = { readonly id: string; readonly at?: Date | null }

/**
 * One kind of work.
 * @property list what is due by now, in the order it is to be done in
 * @property want asks for what doing several takes, in few loads
 * @property run does one; does nothing when another has done it meanwhile
 */
export type DueWork = {
  readonly name: string
  readonly list: (accountId: string, now: Date) => Promise<readonly Due[]>
  readonly want?: (ctx: Ctx, ids: readonly string[]) => void
  readonly run: (ctx: Ctx, id: string) => void
}

/** What was done, by the name of its kind and its id. */
export type Done = { work: string; id: string }

/**
 * @param signal ends it early, between two transactions
 * @returns does what is due in a world (an id, or `default`) and what falls due by that, and tells what it was
 */
export type RunDue = (worldId: string, signal?: AbortSignal) => Promise<readonly Done[]>

const inRound = 500
const inTransaction = 50

/** As many as are written together. */
export const chunksOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / inTransaction) }, (_, n) =>
    items.slice(n * inTransaction, (n + 1) * inTransaction),
  )

/** What has no time of its own comes first. */
const timeOf = ({ at }: { at: Date | null }): number => at?.getTime() ?? 0

/** @param works every kind there is; of what fell due at the same time, what is listed first is done first */
export const createRunDue =
  ({ store, realNow, works }: { store: WorldStore; realNow: () => number; works: readonly DueWork[] }): RunDue =>
  async (worldId, signal) => {
    const done = new Map<string, Done>()
    const listDue = async () => {
      const world = await store.getWorld(worldId)
      const now = nowIn(world, realNow())
      const lists = await Promise.all(
        works.map(async (work) =>
          (await work.list(world.accountId, now)).map(({ id, at }) => ({ work, id, at: at ?? null })),
        ),
      )
      // What is still listed after it was run will not go away by being run again.
      return lists.flat().filter(({ work, id }) => !done.has(`${work.name} ${id}`))
    }
    for (;;) {
      const due = await listDue()
      const first = Math.min(...due.map(timeOf))
      const round = due.filter((one) => timeOf(one) === first).slice(0, inRound)
      if (round.length === 0) return [...done.values()]
      for (const chunk of chunksOf(round)) {
        if (signal?.aborted) return [...done.values()]
        await store.write(
          worldId,
          (ctx) => {
            for (const [work, items] of Map.groupBy(chunk, ({ work }) => work))
              work.want?.(
                ctx,
                items.map(({ id }) => id),
              )
            for (const { work, id } of chunk) work.run(ctx, id)
          },
          round[0]?.at ?? undefined,
        )
        for (const { work, id } of chunk) done.set(`${work.name} ${id}`, { work: work.name, id })
      }
    }
  }
