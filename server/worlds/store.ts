/** Reading worlds and their applications, and writing into a world as its operator. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Page } from '@clearyard/contract/hal.ts'
import { parseId } from '@clearyard/contract/ids.ts'
import type { Database } from '../db/database.ts'
import { listed } from '../db/listed.ts'
import type { Gate } from '../gate/gate.ts'
import type { Ctx } from '../gate/operation.ts'
import { applicationBody } from './bodies.ts'
import { defaultWorldId } from './default-world.ts'
import { noSuchApplication } from './operations.ts'
import { worldTables } from './tables.ts'
import { nowIn, type World, worldOf } from './world.ts'

export type WorldStore = ReturnType<typeof createWorldStore>

export const createWorldStore = (options: { db: Database; gate: Gate; realNow: () => number }) => {
  const { gate, realNow } = options
  const db = worldTables(options.db)

  /** @param id of the world, or `default` */
  const getWorld = async (id: string): Promise<World> => {
    const worldId = id === 'default' ? defaultWorldId : parseId(id)
    const row = worldId && (await db.selectFrom('worlds').where('id', '=', worldId).selectAll().executeTakeFirst())
    if (!row) throw new Refusal('NotFound', { message: `There is no world ${id.slice(0, 40)}.` })
    return worldOf(row)
  }

  const listWorlds = async (page: Page): Promise<{ worlds: World[]; total: number }> => {
    const { rows, total } = await listed(db.selectFrom('worlds').selectAll(), page)
    return { worlds: rows.map(worldOf), total }
  }

  const listApplications = async (accountId: string, id?: string) => {
    let wanted = db.selectFrom('applications').where('account_id', '=', accountId)
    if (id !== undefined) wanted = wanted.where('id', '=', id)
    const found = await wanted.selectAll().orderBy('ordinal').execute()
    const keys = await db
      .selectFrom('application_keys')
      .where('account_id', '=', accountId)
      .selectAll()
      .orderBy('ordinal')
      .execute()
    return found.map((application) =>
      applicationBody(
        application,
        keys.filter((key) => key.application_id === application.id),
      ),
    )
  }

  const getApplication = async (accountId: string, id: string) => {
    const [application] = await listApplications(accountId, id)
    if (!application) throw noSuchApplication()
    return application
  }

  /**
   * Writes into a world as its operator.
   * @param run gets the world as it was when asked for, and the real time then
   * @param at the time of the world that it is written at, when that is not now
   */
  const write = async <O>(id: string, run: (ctx: Ctx, world: World, realMs: number) => O, at?: Date) => {
    const world = await getWorld(id)
    const realMs = realNow()
    const result = await gate.write({
      context: {
        accountId: world.accountId,
        actor: { kind: 'operator' },
        settings: world.settings,
        now: at ?? nowIn(world, realMs),
      },
      run: (ctx) => run(ctx, world, realMs),
    })
    return { accountId: world.accountId, realMs, result }
  }

  return { getWorld, listWorlds, listApplications, getApplication, write }
}
