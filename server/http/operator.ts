/**
 * `/_clearyard`: what an operator may do that Dwolla's contract has no words for. In production it takes the operator's
 * token; in sandbox mode it takes none, but JSON only, answers no CORS and checks `Host`, so that no web page can reach
 * it through somebody's browser.
 */
import { timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { Refusal } from '@clearyard/contract/errors.ts'
import { halType } from '@clearyard/contract/hal.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Sealer } from '../sealing.ts'
import { readJsonBodies } from './json-body.ts'
import { refuseOtherMethods } from './methods.ts'
import { type Query, queryOf } from './query.ts'
import { errorSchema, type JsonSchema } from './schemas.ts'

export type OperatorCall = {
  params: { readonly [name: string]: string }
  query: Query
  body: Readonly<Record<string, unknown>>
}

/** A file as it was submitted: to be saved, and never to be shown by a browser as if it were ours. */
export type OperatorFile = { name: string; mediaType: string; sizeBytes: number; content: AsyncIterable<Uint8Array> }

export type OperatorAnswer = { status: 200 | 201; body: unknown; location?: string } | { file: OperatorFile }

export type OperatorRoute = {
  method: 'GET' | 'POST'
  /** Below `/_clearyard`, with parameters in braces. */
  path: string
  operationId: string
  summary: string
  description: string
  body?: JsonSchema
  /** The schema of what is answered, or the media types of a file. */
  answers: JsonSchema | { readonly files: readonly string[] }
  answer: (call: OperatorCall) => Promise<OperatorAnswer>
}

export type OperatorGuardOptions = { sealer: Sealer; operatorToken: string | null; publicUrl: string | null }

/**
 * Names that no stranger's DNS can point here: addresses, localhost, names without a dot and those below `internal`.
 */
const isLocalHost = (host: string, publicUrl: string | null): boolean => {
  if (publicUrl !== null && new URL(publicUrl).host === host.toLowerCase()) return true
  const name = host.toLowerCase().replace(/:\d+$/, '')
  return (
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    /^(?:[a-z0-9_-]+|(?:[a-z0-9_-]+\.)*(?:localhost|internal))$/.test(name)
  )
}

/** @returns a check that throws unless a request may use what only the operator may */
export const createOperatorGuard = ({ sealer, operatorToken, publicUrl }: OperatorGuardOptions) => {
  const expected = operatorToken === null ? null : sealer.digest('operator-token', operatorToken)
  return (request: FastifyRequest): void => {
    if (expected === null) {
      if (!isLocalHost(request.headers.host ?? '', publicUrl))
        throw new Refusal('Forbidden', {
          message: `This address answers to localhost, not to the host ${request.headers.host ?? '(none)'}.`,
        })
      return
    }
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined) throw new Refusal('InvalidCredentials')
    if (!timingSafeEqual(sealer.digest('operator-token', given), expected)) throw new Refusal('InvalidAccessToken')
  }
}

export const registerOperator = (
  app: FastifyInstance,
  routes: readonly OperatorRoute[],
  guard: (request: FastifyRequest) => void,
): void => {
  readJsonBodies(app)
  app.addHook('onRequest', async (request) => guard(request))
  // A page in a browser can send a POST without a preflight unless its type is JSON.
  app.addHook('preParsing', async (request) => {
    if (request.method === 'POST' && request.headers['content-type'] === undefined)
      throw new Refusal('UnsupportedMediaType')
  })
  for (const [path, served] of Map.groupBy(routes, (route) => route.path)) {
    const url = `/_clearyard${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    for (const route of served)
      app.route({
        method: route.method,
        url,
        schema: schemaOf(route),
        handler: async (request, reply) => {
          const answer = await route.answer({
            params: request.params as { [name: string]: string },
            query: queryOf(request.url),
            body: request.body as Readonly<Record<string, unknown>>,
          })
          if ('file' in answer) return sendFile(reply, answer.file)
          if (answer.location !== undefined) reply.header('location', answer.location)
          return reply
            .code(answer.status)
            .type('application/json')
            .header('cache-control', 'no-store')
            .send(JSON.stringify(answer.body))
        },
      })
    refuseOtherMethods(
      app,
      url,
      served.map((route) => route.method),
    )
  }
  // What is not there is the operator's too: guarded like the rest, and no page of another origin may read the answer.
  for (const url of ['/_clearyard', '/_clearyard/*'])
    app.all(url, { schema: { hide: true }, onRequest: refuseUnknown }, () => undefined)
}

/** @param file its name is ours, for that of a client may say more than it should */
const sendFile = (reply: FastifyReply, { name, mediaType, sizeBytes, content }: OperatorFile): FastifyReply =>
  reply
    .type(mediaType)
    .headers({
      'content-length': sizeBytes,
      'content-disposition': `attachment; filename="${name}"`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    .send(Readable.from(content, { objectMode: false }))

const refuseUnknown = async (): Promise<never> => {
  throw new Refusal('NotFound')
}

const answersOf = ({ answers }: OperatorRoute) => {
  if (!Array.isArray(answers['files'])) return answers
  return { content: Object.fromEntries(answers['files'].map((type) => [type, { schema: {} }])) }
}

const schemaOf = (route: OperatorRoute) => ({
  operationId: route.operationId,
  tags: ['clearyard'],
  summary: route.summary,
  description: route.description,
  security: [{ operator: [] }],
  ...(route.body ? { body: route.body } : {}),
  ...(route.path.includes('{')
    ? {
        params: {
          type: 'object',
          properties: Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map((m) => [m[1], { type: 'string' }])),
        },
      }
    : {}),
  response: {
    [route.method === 'GET' ? 200 : '2xx']: { description: 'Done.', ...answersOf(route) },
    '4xx': { description: 'Refused.', content: { [halType]: { schema: errorSchema } } },
  },
})
