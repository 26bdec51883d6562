/** The operator's routes for worlds. */
import { randomUUID } from 'node:crypto'
import type { RunDue } from '../due/due.ts'
import type { Gate } from '../gate/gate.ts'
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { createQueryReader } from '../http/query.ts'
import { makeCredentials, newKey } from '../oauth/credentials.ts'
import { sandboxBankOf } from '../resources/funding-sources/sandbox-bank.ts'
import type { Sealer } from '../sealing.ts'
import { clockChangeSchema, newWorldSchema, settingsSchema, worldBody, worldSchema } from './bodies.ts'
import { readStartOfClock, readWorld } from './checks.ts'
import { startClock, timeOf } from './clock.ts'
import { changeSettings, createWorld } from './operations.ts'
import { defaultSettings } from './settings.ts'
import type { WorldStore } from './store.ts'
import { worldOf } from './world.ts'

export type WorldOptions = {
  store: WorldStore
  gate: Gate
  sealer: Sealer
  realNow: () => number
  sandbox: boolean
  /** Does what is due in a world. */
  runDue: RunDue
}

/** Makes an account with its first application, in a transaction of its own. */
const create = async ({ gate, sealer, realNow, sandbox }: WorldOptions, body: OperatorCall['body']) => {
  const realMs = realNow()
  const { name, settings } = readWorld(body, sandbox ? ['name', 'settings', 'clock'] : ['name', 'settings'])
  const clock = startClock(readStartOfClock(body['clock'], realMs), realMs)
  const credentials = makeCredentials()
  const id = randomUUID()
  const accountId = randomUUID()
  const world = {
    id,
    name: name ?? `World ${id.slice(0, 8)}`,
    clock,
    settings,
    firstApplication: { id: randomUUID(), name: 'Application', key: newKey(sealer, credentials) },
    sandboxBank: sandbox ? sandboxBankOf(sealer, accountId) : null,
  }
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

const nameSchema = { type: 'string', maxLength: 255 }

export const worldRoutes = (options: WorldOptions): readonly OperatorRoute[] => {
  const { store, realNow, sandbox } = options
  return [
    {
      method: 'POST',
      path: '/worlds',
      operationId: 'createWorld',
      summary: 'Create a world',
      description: 'A fresh account with its first application. The secret is answered here and never again.',
      body: {
        type: 'object',
        properties: {
          name: nameSchema,
          settings: settingsSchema,
          ...(sandbox ? { clock: clockChangeSchema } : {}),
        },
      },
      answers: newWorldSchema,
      answer: ({ body }) => create(options, body),
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
        const { worlds, total } = await store.listWorlds(page)
        const realMs = realNow()
        return { status: 200, body: { worlds: worlds.map((world) => worldBody(world, realMs)), total } }
      },
    },
    {
      method: 'GET',
      path: '/worlds/{id}',
      operationId: 'getWorld',
      summary: 'Get a world',
      description: 'By its id, or `default`.',
      answers: worldSchema,
      answer: async ({ params }) => ({
        status: 200,
        body: worldBody(await store.getWorld(params['id'] ?? ''), realNow()),
      }),
    },
    {
      method: 'POST',
      path: '/worlds/{id}',
      operationId: 'updateWorld',
      summary: 'Change the name or the settings of a world',
      description: 'Settings that are not given stay as they are.',
      body: { type: 'object', properties: { name: nameSchema, settings: settingsSchema } },
      answers: worldSchema,
      answer: async ({ params, body }) => {
        const change = readWorld(body, ['name', 'settings'])
        const { accountId, realMs, result } = await store.write(params['id'] ?? '', (ctx, { id }) =>
          changeSettings(ctx, { id, ...change }),
        )
        return { status: 200, body: worldBody(worldOf({ ...result, account_id: accountId }), realMs) }
      },
    },
  ]
}
