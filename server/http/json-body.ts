/**
 * Reading JSON bodies safely: strict UTF-8, at most 32 levels deep (counted on the text, before the parser sees it),
 * no `__proto__`, and an object at the top. An empty body is `{}`, because official clients send a JSON content type
 * with nothing.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { jsonBody } from './media-types.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as its bytes came; idempotency compares these. */
    bodyBytes: Buffer
  }
}

const maxDepth = 32
const noBytes = Buffer.alloc(0)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether a JSON text nests at most `most` levels; text that is no JSON may be answered either way. */
const isAtMostDeep = (text: string, most: number): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > most) return false
    } else if (unit === 0x7d || unit === 0x5d) depth--
  }
  return true
}

const textOf = (bytes: Buffer): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Refusal('BadRequest')
  }
}

/** Makes `app` (and what is registered below it) read JSON bodies this way, and no other bodies. */
export const readJsonBodies = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.decorateRequest('bodyBytes')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(jsonBody, { parseAs: 'buffer' }, (request: FastifyRequest, bytes: Buffer, done) => {
    try {
      request.bodyBytes = bytes
      const text = textOf(bytes)
      if (/^[ \t\r\n]*$/.test(text)) done(null, {})
      else if (isAtMostDeep(text, maxDepth)) parse(request, text, done)
      else done(new Refusal('BadRequest'))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addHook('preValidation', (request, _reply, done) => {
    request.bodyBytes ??= noBytes
    if (request.body === undefined) request.body = {}
    const isObject = typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body)
    done(isObject ? undefined : new Refusal('BadRequest'))
  })
}
