/** The operator's routes for the applications of a world and their keys. */
import { randomUUID } from 'node:crypto'
import { parseId } from '@clearyard/contract/ids.ts'
import type { Ctx } from '../gate/operation.ts'
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { idSchema, instantSchema, type JsonSchema } from '../http/schemas.ts'
import { keyId, makeCredentials, newKey } from '../oauth/credentials.ts'
import { readApplicationChange, readKeyChange, readWorld } from './checks.ts'
import { addKey, changeApplication, changeKey, createApplication, noSuchApplication } from './operations.ts'
import { createWorldReader, operatorContext, type WorldOptions } from './routes.ts'
import { type ApplicationKeyRow, type ApplicationRow, worldTables } from './tables.ts'

const applicationBody = (application: ApplicationRow, keys: readonly ApplicationKeyRow[]) => ({
  id: application.id,
  name: application.name,
  status: application.status,
  ipAllowList: application.ip_allow_list,
  created: application.created.toISOString(),
  keys: keys.map(({ key, status, created }) => ({ key, status, created: created.toISOString() })),
})

const applicationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: idSchema,
    name: { type: 'string' },
    status: { type: 'string', enum: ['active', 'disabled'] },
    ipAllowList: { type: 'array', items: { type: 'string' } },
    created: instantSchema,
    keys: {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, status: { type: 'string' }, created: instantSchema },
      },
    },
  },
}

const credentialsSchema: JsonSchema = {
  type: 'object',
  properties: { key: { type: 'string' }, secret: { type: 'string', description: 'Answered once.' } },
}

const collection = '/worlds/{id}/applications'
const single = `${collection}/{applicationId}`

export const applicationRoutes = (options: WorldOptions): readonly OperatorRoute[] => {
  const { gate, sealer, realNow } = options
  const db = worldTables(options.db)
  const getWorld = createWorldReader(options.db)

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

  const getApplication = async (accountId: string, given: string | undefined) => {
    const id = parseId(given ?? '')
    const [application] = id === null ? [] : await listApplications(accountId, id)
    if (!application) throw noSuchApplication()
    return application
  }

  const write = async (params: OperatorCall['params'], run: (ctx: Ctx) => unknown) => {
    const world = await getWorld(params['id'] ?? '')
    await gate.write({ context: operatorContext(world, realNow()), run })
    return world.accountId
  }

  const idOf = (params: OperatorCall['params']): string => {
    const id = parseId(params['applicationId'] ?? '')
    if (id === null) throw noSuchApplication()
    return id
  }

  const keyOf = (params: OperatorCall['params']) => ({ applicationId: idOf(params), id: keyId(params['key'] ?? '') })

  return [
    {
      method: 'GET',
      path: collection,
      operationId: 'listApplications',
      summary: 'List the applications of a world',
      description: 'With their keys; secrets are kept as digests and are never answered.',
      answers: { type: 'object', properties: { applications: { type: 'array', items: applicationSchema } } },
      answer: async ({ params }) => {
        const { accountId } = await getWorld(params['id'] ?? '')
        return { status: 200, body: { applications: await listApplications(accountId) } }
      },
    },
    {
      method: 'POST',
      path: collection,
      operationId: 'createApplication',
      summary: 'Create an application',
      description: 'With its first key and secret, which is answered here and never again.',
      body: { type: 'object', properties: { name: { type: 'string', maxLength: 255 } } },
      answers: {
        type: 'object',
        properties: { ...(applicationSchema['properties'] as object), ...(credentialsSchema['properties'] as object) },
      },
      answer: async ({ params, body }) => {
        const { name = 'Application' } = readWorld(body, ['name'])
        const credentials = makeCredentials()
        const id = randomUUID()
        const accountId = await write(params, (ctx) =>
          createApplication(ctx, { id, name, key: newKey(sealer, credentials) }),
        )
        return {
          status: 201,
          location: `/_clearyard/worlds/${params['id']}/applications/${id}`,
          body: { ...(await getApplication(accountId, id)), ...credentials },
        }
      },
    },
    {
      method: 'GET',
      path: single,
      operationId: 'getApplication',
      summary: 'Get an application',
      description: 'With its keys.',
      answers: applicationSchema,
      answer: async ({ params }) => {
        const { accountId } = await getWorld(params['id'] ?? '')
        return { status: 200, body: await getApplication(accountId, params['applicationId']) }
      },
    },
    {
      method: 'POST',
      path: single,
      operationId: 'updateApplication',
      summary: 'Rename, disable or enable an application, or set the networks it may be called from',
      description: 'An empty `ipAllowList` allows every network. Client tokens are not held to it.',
      body: {
        type: 'object',
        properties: {
          name: { type: 'string', maxLength: 255 },
          status: { type: 'string', enum: ['active', 'disabled'] },
          ipAllowList: {
            type: 'array',
            maxItems: 100,
            items: { type: 'string', description: 'An address or a CIDR block.' },
          },
        },
      },
      answers: applicationSchema,
      answer: async ({ params, body }) => {
        const change = readApplicationChange(body)
        const id = idOf(params)
        const accountId = await write(params, (ctx) => changeApplication(ctx, { id, change }))
        return { status: 200, body: await getApplication(accountId, id) }
      },
    },
    {
      method: 'POST',
      path: `${single}/keys`,
      operationId: 'createKey',
      summary: 'Add a key to an application',
      description: 'For changing keys without a gap: add one, use it, then disable the other.',
      answers: credentialsSchema,
      answer: async ({ params, body }) => {
        readWorld(body, [])
        const credentials = makeCredentials()
        const applicationId = idOf(params)
        await write(params, (ctx) => addKey(ctx, { applicationId, key: newKey(sealer, credentials) }))
        return { status: 201, body: credentials }
      },
    },
    {
      method: 'POST',
      path: `${single}/keys/{key}`,
      operationId: 'updateKey',
      summary: 'Disable or enable a key',
      description: 'The tokens of a disabled key are refused.',
      body: { type: 'object', properties: { status: { type: 'string', enum: ['active', 'disabled'] } } },
      answers: applicationSchema,
      answer: async ({ params, body }) => {
        const change = readKeyChange(body)
        const accountId = await write(params, (ctx) => changeKey(ctx, { ...keyOf(params), ...change }))
        return { status: 200, body: await getApplication(accountId, params['applicationId']) }
      },
    },
    {
      method: 'POST',
      path: `${single}/keys/{key}/rotate`,
      operationId: 'rotateKey',
      summary: 'Give a key another secret',
      description:
        'The earlier secret and every token made with it are refused at once. The new one is answered here and never again.',
      answers: credentialsSchema,
      answer: async ({ params, body }) => {
        readWorld(body, [])
        const credentials = { key: params['key'] ?? '', secret: makeCredentials().secret }
        const { secretHash } = newKey(sealer, credentials)
        await write(params, (ctx) => changeKey(ctx, { ...keyOf(params), secretHash }))
        return { status: 200, body: credentials }
      },
    },
  ]
}
