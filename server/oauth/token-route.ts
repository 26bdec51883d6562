/**
 * `POST /token`: client credentials for an access token, in every form the official clients send: HTTP Basic or the
 * form's own fields (JSON is understood too). Errors are OAuth's (RFC 6749, section 5.2), because the Node client
 * decides by the presence of `error`.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../db/unavailable.ts'
import { refuseOtherMethods } from '../http/methods.ts'
import type { Sealer } from '../sealing.ts'
import type { Access } from './access.ts'
import { sealApplicationToken } from './application-tokens.ts'
import { type Credentials, isSecret, keyId } from './credentials.ts'
import { isAllowedFrom } from './ip-allow-list.ts'

type OAuthError = { status: 400 | 401 | 403 | 405 | 500 | 503; error: string; description: string }

class TokenRefusal extends Error {
  readonly answer: OAuthError
  constructor(status: OAuthError['status'], error: string, description: string) {
    super(description)
    this.answer = { status, error, description }
  }
}

const maxBodyBytes = 16 * 1024

/** One value a name; RFC 6749 refuses a repeated parameter and takes an empty one for none. */
const fieldsOf = (request: FastifyRequest): Map<string, string> => {
  const given = request.body as [string, unknown][]
  const fields = new Map<string, string>()
  for (const [name, value] of given) {
    if (fields.has(name) || typeof value !== 'string')
      throw new TokenRefusal(400, 'invalid_request', 'Send each parameter once, as text.')
    fields.set(name, value)
  }
  return new Map([...fields].filter(([, value]) => value !== ''))
}

/** RFC 6749 has the two form-encoded inside Basic, which no official client does. */
const decoded = ({ key, secret }: Credentials): Credentials => {
  const pair = new URLSearchParams(`key=${key}&secret=${secret}`)
  return { key: pair.get('key') ?? key, secret: pair.get('secret') ?? secret }
}

const basicCredentials = (authorization: string): Credentials | null => {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : { key: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/** What the credentials may be: those in the body as they are, those in the header as they are or form-encoded. */
const credentialsOf = (request: FastifyRequest, fields: Map<string, string>): Credentials[] => {
  const { authorization } = request.headers
  const [key, secret] = [fields.get('client_id'), fields.get('client_secret')]
  if (authorization !== undefined) {
    if (secret !== undefined)
      throw new TokenRefusal(400, 'invalid_request', 'Send the credentials in one way: the header or the body.')
    const basic = basicCredentials(authorization)
    if (!basic)
      throw new TokenRefusal(
        401,
        'invalid_client',
        'The Authorization header is not HTTP Basic with a key and a secret.',
      )
    const readings = [basic, decoded(basic)]
    if (key !== undefined && !readings.some((reading) => reading.key === key))
      throw new TokenRefusal(400, 'invalid_request', 'client_id is another key than the one in the header.')
    return readings
  }
  if (key === undefined || secret === undefined)
    throw new TokenRefusal(
      401,
      'invalid_client',
      'Send the key and the secret by HTTP Basic or as client_id and client_secret.',
    )
  return [{ key, secret }]
}

export type TokenOptions = {
  sealer: Sealer
  readAccess: (keyId: string) => Promise<Access | null>
  realNow: () => number
}

/** The access that these credentials give, or null; takes as long for an unknown key as for a wrong secret. */
const accessOf = async ({ sealer, readAccess }: TokenOptions, given: Credentials): Promise<Access | null> => {
  const access = await readAccess(keyId(given.key))
  const hash = access?.secretHash ?? Buffer.alloc(32)
  return isSecret(sealer, given.secret, hash) && access?.keyStatus === 'active' ? access : null
}

const firstAccess = async (options: TokenOptions, readings: readonly Credentials[]): Promise<Access> => {
  for (const reading of readings) {
    const access = await accessOf(options, reading)
    if (access) return access
  }
  throw new TokenRefusal(401, 'invalid_client', 'The key or the secret is wrong.')
}

const grant = async (options: TokenOptions, request: FastifyRequest) => {
  const fields = fieldsOf(request)
  const grantType = fields.get('grant_type')
  if (grantType === undefined)
    throw new TokenRefusal(400, 'invalid_request', 'grant_type is missing: send client_credentials.')
  if (grantType !== 'client_credentials')
    throw new TokenRefusal(400, 'unsupported_grant_type', 'The only grant is client_credentials.')
  const access = await firstAccess(options, credentialsOf(request, fields))
  if (access.application.status !== 'active')
    throw new TokenRefusal(401, 'invalid_client', 'The application is disabled.')
  if (!isAllowedFrom(access.application.ipAllowList, request.ip))
    throw new TokenRefusal(403, 'access_denied', 'The application may not be used from this network location.')
  const lifetimeSeconds = access.world.settings.applicationTokenLifetimeSeconds
  const expiresAtMs = options.realNow() + lifetimeSeconds * 1000
  return {
    access_token: sealApplicationToken(options.sealer, {
      keyId: access.keyId,
      generation: access.generation,
      expiresAtMs,
    }),
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
  }
}

const badRequest = (description: string): OAuthError => ({ status: 400, error: 'invalid_request', description })

const answerOf = (error: unknown, request: FastifyRequest): OAuthError => {
  if (error instanceof TokenRefusal) return error.answer
  if (error instanceof Refusal)
    return error.code === 'MethodNotAllowed' ? { ...badRequest('Use POST.'), status: 405 } : badRequest(error.message)
  const { statusCode = 500 } = error as { statusCode?: number }
  if (statusCode === 413) return badRequest(`The body may have at most ${maxBodyBytes} bytes.`)
  if (statusCode < 500) return badRequest('Send the parameters as application/x-www-form-urlencoded.')
  if (isUnavailable(error))
    return { status: 503, error: 'temporarily_unavailable', description: 'The server is busy. Try again in a moment.' }
  request.log.error({ err: error }, 'the token request failed')
  return { status: 500, error: 'server_error', description: `A server error occurred. Error ID: ${request.id}` }
}

const tokenSchema = {
  operationId: 'createApplicationAccessToken',
  tags: ['tokens'],
  summary: 'Create an application access token',
  description:
    'Takes the key and the secret of an application, by HTTP Basic or as `client_id` and `client_secret`, and gives a token for an hour.',
  security: [{ basic: [] }],
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    required: ['grant_type'],
    properties: {
      grant_type: { type: 'string', enum: ['client_credentials'] },
      client_id: { type: 'string' },
      client_secret: { type: 'string' },
    },
  },
  response: {
    200: {
      description: 'A token.',
      type: 'object',
      required: ['access_token', 'token_type', 'expires_in'],
      properties: {
        access_token: { type: 'string' },
        token_type: { type: 'string', enum: ['Bearer'] },
        expires_in: { type: 'integer', description: 'Seconds of real time.' },
      },
    },
    ...Object.fromEntries(
      [400, 401, 403].map((status) => [
        status,
        {
          description: 'An OAuth error.',
          type: 'object',
          required: ['error'],
          properties: { error: { type: 'string' }, error_description: { type: 'string' } },
        },
      ]),
    ),
  },
}

/** Registers `POST /token` on an instance of its own. */
export const registerToken = (app: FastifyInstance, options: TokenOptions): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(/^application\/x-www-form-urlencoded/i, { parseAs: 'string' }, (_request, text, done) =>
    done(null, [...new URLSearchParams(String(text))]),
  )
  app.addContentTypeParser(/^application\/json/i, { parseAs: 'string' }, (request, text, done) =>
    app.getDefaultJsonParser('error', 'error')(request, String(text), (error, body) =>
      done(error, error ? undefined : Object.entries((body as object | null) ?? {})),
    ),
  )
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
  })
  app.setErrorHandler((error, request, reply: FastifyReply) => {
    const { status, error: code, description } = answerOf(error, request)
    if (status === 401 && request.headers.authorization !== undefined)
      reply.header('www-authenticate', 'Basic realm="clearyard"')
    if (status === 503) reply.header('retry-after', 1)
    return reply
      .code(status)
      .type('application/json')
      .send(JSON.stringify({ error: code, error_description: description }))
  })
  refuseOtherMethods(app, '/token', ['POST'])
  app.post('/token', { bodyLimit: maxBodyBytes, schema: tokenSchema }, async (request, reply) => {
    request.body ??= []
    const body = await grant(options, request)
    return reply.type('application/json').send(JSON.stringify(body))
  })
}
