/**
 * The default world of sandbox mode: made at the first start, with credentials that a later start finds again. Several
 * servers on one database may start at once; one of them makes it.
 */
import { randomUUID } from 'node:crypto'
import type { Database } from '../db/database.ts'
import type { Gate } from '../gate/gate.ts'
import type { Ctx } from '../gate/operation.ts'
import { type Credentials, newKey } from '../oauth/credentials.ts'
import { sandboxBankOf } from '../resources/funding-sources/sandbox-bank.ts'
import type { Sealer } from '../sealing.ts'
import { addKey, changeKey, createWorld, type NewKey } from './operations.ts'
import { defaultSettings } from './settings.ts'
import { applicationKeys, worldTables } from './tables.ts'
import { nowIn, type World, worldOf } from './world.ts'

export const defaultWorldId = 'c1ea12ad-0000-4000-8000-000000000001'
const defaultApplicationId = 'c1ea12ad-0000-4000-8000-000000000002'

type Options = { db: Database; gate: Gate; sealer: Sealer; realNow: () => number }

const findDefaultWorld = async (db: Database): Promise<World | null> => {
  const row = await worldTables(db).selectFrom('worlds').where('id', '=', defaultWorldId).selectAll().executeTakeFirst()
  return row ? worldOf(row) : null
}

const makeDefaultWorld = async ({ gate, sealer, realNow }: Options, key: NewKey): Promise<void> => {
  const accountId = randomUUID()
  await gate.write({
    context: {
      accountId,
      actor: { kind: 'operator' },
      settings: defaultSettings,
      now: new Date(realNow()),
    },
    run: (ctx) =>
      createWorld(ctx, {
        id: defaultWorldId,
        name: 'Clearyard Sandbox',
        clock: { frozenAt: null, offsetMs: 0 },
        settings: {},
        firstApplication: { id: defaultApplicationId, name: 'Default application', key },
        sandboxBank: sandboxBankOf(sealer, accountId),
      }),
  })
}

/** The credentials work from now on, whatever became of them before. */
const ensureKey = (ctx: Ctx, key: NewKey): void => {
  const row = applicationKeys.find(ctx, key.id)
  if (!row) addKey(ctx, { applicationId: defaultApplicationId, key })
  else if (row.status !== 'active' || !row.secret_hash.equals(key.secretHash))
    changeKey(ctx, { applicationId: row.application_id, id: key.id, secretHash: key.secretHash, status: 'active' })
}

/** Makes the default world unless there is one, and makes sure that `credentials` open it. */
export const ensureDefaultWorld = async (options: Options, credentials: Credentials): Promise<World> => {
  const { db, gate, sealer, realNow } = options
  const key = newKey(sealer, credentials)
  let world = await findDefaultWorld(db)
  if (!world) {
    // Another server may be first: then this one fails on the world's id, and finds that world.
    const failure = await makeDefaultWorld(options, key).then(
      () => null,
      (error: unknown) => error,
    )
    world = await findDefaultWorld(db)
    if (!world) throw failure
  }
  const { accountId, settings } = world
  await gate.write({
    context: { accountId, actor: { kind: 'operator' }, settings, now: nowIn(world, realNow()) },
    run: (ctx) => ensureKey(ctx, key),
  })
  return world
}
