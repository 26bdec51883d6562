/** The operator's routes for worlds and their clocks. */
import { randomUUID } from 'node:crypto'
import { Refusal } from '@clearyard/contract/errors.ts'
import { parseId } from '@clearyard/contract/ids.ts'
import type { Database } from '../db/database.ts'
import { listed } from '../db/listed.ts'
import type { Gate } from '../gate/gate.ts'
import type { Ctx } from '../gate/operation.ts'
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { createQueryReader } from '../http/query.ts'
import { idSchema, instantSchema, type JsonSchema } from '../http/schemas.ts'
import { makeCredentials, newKey } from '../oauth/credentials.ts'
import type { Sealer } from '../sealing.ts'
import { readClockChange, readStartOfClock, readWorld } from './checks.ts'
import { startClock, timeOf } from './clock.ts'
import { defaultWorldId } from './default-world.ts'
import { changeSettings, createWorld, moveClock } from './operations.ts'
import { defaultSettings } from './settings.ts'
import { type WorldRow, worldTables } from './tables.ts'
import { nowIn, type World, worldOf } from './world.ts'

export type WorldOptions = { db: Database; gate: Gate; sealer: Sealer; realNow: () => number; sandbox: boolean }

const clockBody = (world: World, realMs: number) => ({
  mode: world.clock.frozenAt ? 'frozen' : world.clock.offsetMs === 0 ? 'real' : 'running',
  now: nowIn(world, realMs).toISOString(),
})

const worldBody = (world: World, realMs: number) => ({
  id: world.id,
  accountId: world.accountId,
  name: world.name,
  created: world.created.toISOString(),
  clock: clockBody(world, realMs),
  settings: world.settings,
})

const clockSchema: JsonSchema = {
  type: 'object',
  properties: { mode: { type: 'string', enum: ['real', 'running', 'frozen'] }, now: instantSchema },
}

const clockChangeSchema: JsonSchema = {
  type: 'object',
  properties: {
    mode: { type: 'string', enum: ['real', 'running', 'frozen'] },
    set: { ...instantSchema, description: 'The instant to be.' },
    advance: { type: 'string', description: 'An ISO 8601 duration such as `PT1H` or `P1DT2H`.' },
  },
}

const settingsSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(defaultSettings).map(([name, value]) => [
      name,
      { type: typeof value === 'number' ? 'integer' : 'string', default: value },
    ]),
  ),
}

const worldSchema: JsonSchema = {
  type: 'object',
  required: ['id', 'accountId', 'name', 'created', 'clock', 'settings'],
  properties: {
    id: idSchema,
    accountId: idSchema,
    name: { type: 'string' },
    created: instantSchema,
    clock: clockSchema,
    settings: settingsSchema,
  },
}

/** A world as it is answered once, with what opens it. */
const newWorldSchema: JsonSchema = {
  ...worldSchema,
  properties: {
    ...(worldSchema['properties'] as object),
    application: {
      type: 'object',
      required: ['id', 'name', 'key', 'secret'],
      properties: {
        id: idSchema,
        name: { type: 'string' },
        key: { type: 'string' },
        secret: { type: 'string', description: 'Answered once.' },
      },
    },
  },
}

/** @returns a function from the `{id}` of a path (`default` is the default world's) to its world */
export const createWorldReader =
  (db: Database) =>
  async (id: string): Promise<World> => {
    const worldId = id === 'default' ? defaultWorldId : parseId(id)
    const row =
      worldId && (await worldTables(db).selectFrom('worlds').where('id', '=', worldId).selectAll().executeTakeFirst())
    if (!row) throw new Refusal('NotFound', { message: `There is no world ${id.slice(0, 40)}.` })
    return worldOf(row)
  }

export const operatorContext = (world: World, realMs: number) => ({
  accountId: world.accountId,
  actor: { kind: 'operator' as const },
  settings: world.settings,
  now: nowIn(world, realMs),
})

export const worldRoutes = (options: WorldOptions): readonly OperatorRoute[] => {
  const { db, gate, sealer, realNow, sandbox } = options
  const getWorld = createWorldReader(db)

  const create = async ({ body }: OperatorCall) => {
    const realMs = realNow()
    const { name, settings } = readWorld(body, sandbox ? ['name', 'settings', 'clock'] : ['name', 'settings'])
    const clock = startClock(readStartOfClock(body['clock'], realMs), realMs)
    const credentials = makeCredentials()
    const id = randomUUID()
    const world = {
      id,
      name: name ?? `World ${id.slice(0, 8)}`,
      clock,
      settings,
      firstApplication: { id: randomUUID(), name: 'Application', key: newKey(sealer, credentials) },
    }
    const accountId = randomUUID()
    const now = timeOf(clock, realMs)
    const row = await gate.write({
      context: { accountId, actor: { kind: 'operator' }, settings: { ...defaultSettings, ...settings }, now },
      run: (ctx) => createWorld(ctx, world),
    })
    const application = { id: world.firstApplication.id, name: world.firstApplication.name, ...credentials }
    return {
      status: 201 as const,
      location: `/_clearyard/worlds/${id}`,
      body: { ...worldBody(worldOf({ ...row, account_id: accountId }), realMs), application },
    }
  }

  const changed = async (id: string, run: (ctx: Ctx, world: World, realMs: number) => WorldRow) => {
    const world = await getWorld(id)
    const realMs = realNow()
    const row = await gate.write({
      context: operatorContext(world, realMs),
      run: (ctx) => run(ctx, world, realMs),
    })
    return { world: worldOf({ ...row, account_id: world.accountId }), realMs }
  }

  const worldsOf: OperatorRoute[] = [
    {
      method: 'POST',
      path: '/worlds',
      operationId: 'createWorld',
      summary: 'Create a world',
      description: 'A fresh account with its first application. The secret is answered here and never again.',
      body: {
        type: 'object',
        properties: {
          name: { type: 'string', maxLength: 255 },
          settings: settingsSchema,
          ...(sandbox ? { clock: clockChangeSchema } : {}),
        },
      },
      answers: newWorldSchema,
      answer: create,
    },
    {
      method: 'GET',
      path: '/worlds',
      operationId: 'listWorlds',
      summary: 'List worlds',
      description: 'Newest first.',
      answers: {
        type: 'object',
        properties: { worlds: { type: 'array', items: worldSchema }, total: { type: 'integer' } },
      },
      answer: async ({ query }) => {
        const read = createQueryReader(query)
        const page = read.page()
        read.done()
        const { rows, total } = await listed(worldTables(db).selectFrom('worlds').selectAll(), page)
        const realMs = realNow()
        return { status: 200, body: { worlds: rows.map((row) => worldBody(worldOf(row), realMs)), total } }
      },
    },
    {
      method: 'GET',
      path: '/worlds/{id}',
      operationId: 'getWorld',
      summary: 'Get a world',
      description: 'By its id, or `default`.',
      answers: worldSchema,
      answer: async ({ params }) => ({ status: 200, body: worldBody(await getWorld(params['id'] ?? ''), realNow()) }),
    },
    {
      method: 'POST',
      path: '/worlds/{id}',
      operationId: 'updateWorld',
      summary: 'Change the name or the settings of a world',
      description: 'Settings that are not given stay as they are.',
      body: { type: 'object', properties: { name: { type: 'string', maxLength: 255 }, settings: settingsSchema } },
      answers: worldSchema,
      answer: async ({ params, body }) => {
        const change = readWorld(body, ['name', 'settings'])
        const { world, realMs } = await changed(params['id'] ?? '', (ctx, { id }) =>
          changeSettings(ctx, { id, ...change }),
        )
        return { status: 200, body: worldBody(world, realMs) }
      },
    },
    {
      method: 'GET',
      path: '/worlds/{id}/clock',
      operationId: 'getClock',
      summary: 'Get the clock of a world',
      description: '`real` follows real time, `running` is ahead of it or behind, `frozen` stands still.',
      answers: clockSchema,
      answer: async ({ params }) => ({ status: 200, body: clockBody(await getWorld(params['id'] ?? ''), realNow()) }),
    },
  ]

  const clockControl: OperatorRoute = {
    method: 'POST',
    path: '/worlds/{id}/clock',
    operationId: 'moveClock',
    summary: 'Freeze, set or advance the clock of a world',
    description: 'Give `mode`, and one of `set` and `advance`. A clock never goes back.',
    body: clockChangeSchema,
    answers: clockSchema,
    answer: async ({ params, body }) => {
      const { world, realMs } = await changed(params['id'] ?? '', (ctx, { id }, ms) =>
        moveClock(ctx, { id, changeOf: (clock) => readClockChange(body, clock, ms), realMs: ms }),
      )
      return { status: 200, body: clockBody(world, realMs) }
    },
  }
  return sandbox ? [...worldsOf, clockControl] : worldsOf
}
