/** The operator's routes for the applications of a world. */
import { randomUUID } from 'node:crypto'
import { parseId } from '@clearyard/contract/ids.ts'
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { makeCredentials, newKey } from '../oauth/credentials.ts'
import { applicationSchema, credentialsSchema } from './bodies.ts'
import { readApplicationChange, readWorld } from './checks.ts'
import { changeApplication, createApplication, noSuchApplication } from './operations.ts'
import type { WorldOptions } from './routes.ts'

const applicationsPath = '/worlds/{id}/applications'
export const applicationPath = `${applicationsPath}/{applicationId}`

/** The application that a path names, whether or not there is one. */
export const applicationIdOf = (params: OperatorCall['params']): string => {
  const id = parseId(params['applicationId'] ?? '')
  if (id === null) throw noSuchApplication()
  return id
}

export const applicationRoutes = ({ store, sealer }: WorldOptions): readonly OperatorRoute[] => [
  {
    method: 'GET',
    path: applicationsPath,
    operationId: 'listApplications',
    summary: 'List the applications of a world',
    description: 'With their keys; secrets are kept as digests and are never answered.',
    answers: { type: 'object', properties: { applications: { type: 'array', items: applicationSchema } } },
    answer: async ({ params }) => {
      const { accountId } = await store.getWorld(params['id'] ?? '')
      return { status: 200, body: { applications: await store.listApplications(accountId) } }
    },
  },
  {
    method: 'POST',
    path: applicationsPath,
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
      const { accountId } = await store.write(params['id'] ?? '', (ctx) =>
        createApplication(ctx, { id, name, key: newKey(sealer, credentials) }),
      )
      return {
        status: 201,
        location: `/_clearyard/worlds/${params['id']}/applications/${id}`,
        body: { ...(await store.getApplication(accountId, id)), ...credentials },
      }
    },
  },
  {
    method: 'GET',
    path: applicationPath,
    operationId: 'getApplication',
    summary: 'Get an application',
    description: 'With its keys.',
    answers: applicationSchema,
    answer: async ({ params }) => {
      const { accountId } = await store.getWorld(params['id'] ?? '')
      return { status: 200, body: await store.getApplication(accountId, applicationIdOf(params)) }
    },
  },
  {
    method: 'POST',
    path: applicationPath,
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
      const id = applicationIdOf(params)
      const { accountId } = await store.write(params['id'] ?? '', (ctx) => changeApplication(ctx, { id, change }))
      return { status: 200, body: await store.getApplication(accountId, id) }
    },
  },
]
