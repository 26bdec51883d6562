/**
 * The one place where an error becomes an answer: a Dwolla-shaped body, whatever went wrong, and never a stack trace.
 */
import { type About, type EmbeddedError, type ErrorCode, errors, Refusal } from '@clearyard/contract/errors.ts'
import { type Links, link } from '@clearyard/contract/hal.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../db/unavailable.ts'
import { errorContentType } from './media-types.ts'
import { originOf } from './origin.ts'

/** What Fastify's own errors mean to a client. */
const codeOfFramework: { readonly [code: string]: ErrorCode } = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'RequestTooLarge',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UnsupportedMediaType',
  FST_ERR_BAD_URL: 'BadRequest',
}

const frameworkCode = (error: unknown): ErrorCode | null => {
  if (!(error instanceof Error)) return null
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  return codeOfFramework[code ?? ''] ?? (statusCode === 400 ? 'BadRequest' : null)
}

/** What is refused, and with which code, for anything that can be thrown. */
const refusalOf = (error: unknown): Refusal | null => {
  if (error instanceof Refusal) return error
  if (isUnavailable(error)) return new Refusal('ServiceUnavailable')
  const code = frameworkCode(error)
  return code && new Refusal(code)
}

const linked = ({ path, resourceType }: About, origin: string): Links => ({ about: link(origin + path, resourceType) })

const embedded = (error: EmbeddedError, origin: string) => ({
  code: error.code,
  message: error.message,
  path: error.path,
  _links: error.about ? linked(error.about, origin) : {},
})

export const errorBody = (refusal: Refusal, origin: string) => ({
  code: refusal.code,
  message: refusal.message,
  ...(refusal.about ? { _links: linked(refusal.about, origin) } : {}),
  ...(refusal.embedded.length > 0
    ? { _embedded: { errors: refusal.embedded.map((error) => embedded(error, origin)) } }
    : {}),
})

/** How long a client had better wait when the server is busy, in seconds. */
const retryAfterSeconds = 1

export const createErrorHandler =
  (options: { publicUrl: string | null; seen: (request: FastifyRequest, code: ErrorCode) => void }) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error) ?? serverError(error, request)
    if (refusal.code === 'ServiceUnavailable') reply.header('retry-after', retryAfterSeconds)
    if (errors[refusal.code].status === 401) reply.header('www-authenticate', challenge(refusal.code))
    // The rest of a body that is refused unread would be taken for the next request.
    if (refusal.code === 'RequestTooLarge') reply.header('connection', 'close')
    options.seen(request, refusal.code)
    return reply
      .code(errors[refusal.code].status)
      .header('content-type', errorContentType)
      .send(JSON.stringify(errorBody(refusal, originOf(request, options.publicUrl))))
  }

const challenge = (code: ErrorCode): string =>
  code === 'InvalidCredentials'
    ? 'Bearer'
    : `Bearer error="${code === 'InvalidScopes' ? 'insufficient_scope' : 'invalid_token'}"`

const serverError = (error: unknown, request: FastifyRequest): Refusal => {
  request.log.error({ err: error }, 'the request failed')
  return new Refusal('ServerError', { message: `A server error occurred. Error ID: ${request.id}` })
}
