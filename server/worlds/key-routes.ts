/** The operator's routes for the keys of an application. */
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { keyId, makeCredentials, newKey } from '../oauth/credentials.ts'
import { applicationIdOf, applicationPath } from './application-routes.ts'
import { applicationSchema, credentialsSchema } from './bodies.ts'
import { readKeyChange, readWorld } from './checks.ts'
import { addKey, changeKey } from './operations.ts'
import type { WorldOptions } from './routes.ts'

const keyOf = (params: OperatorCall['params']) => ({
  applicationId: applicationIdOf(params),
  id: keyId(params['key'] ?? ''),
})

export const keyRoutes = ({ store, sealer }: WorldOptions): readonly OperatorRoute[] => [
  {
    method: 'POST',
    path: `${applicationPath}/keys`,
    operationId: 'createKey',
    summary: 'Add a key to an application',
    description: 'For changing keys without a gap: add one, use it, then disable the other.',
    answers: credentialsSchema,
    answer: async ({ params, body }) => {
      readWorld(body, [])
      const credentials = makeCredentials()
      const applicationId = applicationIdOf(params)
      await store.write(params['id'] ?? '', (ctx) => addKey(ctx, { applicationId, key: newKey(sealer, credentials) }))
      return { status: 201, body: credentials }
    },
  },
  {
    method: 'POST',
    path: `${applicationPath}/keys/{key}`,
    operationId: 'updateKey',
    summary: 'Disable or enable a key',
    description: 'The tokens of a disabled key are refused.',
    body: { type: 'object', properties: { status: { type: 'string', enum: ['active', 'disabled'] } } },
    answers: applicationSchema,
    answer: async ({ params, body }) => {
      const change = readKeyChange(body)
      const { accountId } = await store.write(params['id'] ?? '', (ctx) =>
        changeKey(ctx, { ...keyOf(params), ...change }),
      )
      return { status: 200, body: await store.getApplication(accountId, applicationIdOf(params)) }
    },
  },
  {
    method: 'POST',
    path: `${applicationPath}/keys/{key}/rotate`,
    operationId: 'rotateKey',
    summary: 'Give a key another secret',
    description:
      'The earlier secret and every token made with it are refused at once. The new one is answered here and never again.',
    answers: credentialsSchema,
    answer: async ({ params, body }) => {
      readWorld(body, [])
      const credentials = { key: params['key'] ?? '', secret: makeCredentials().secret }
      const { secretHash } = newKey(sealer, credentials)
      await store.write(params['id'] ?? '', (ctx) => changeKey(ctx, { ...keyOf(params), secretHash }))
      return { status: 200, body: credentials }
    },
  },
]
