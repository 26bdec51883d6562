/**
 * Refuses requests that Node's parser lets through although two readers may understand them differently: without one
 * sound Host, or with a body coded in a way this server does not decode (RFC 9112, sections 3.2 and 6.1).
 */
import type { IncomingMessage } from 'node:http'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyReply } from 'fastify'
import { hostHeader } from './origin.ts'

const isHost = (name = ''): boolean => name.length === 4 && name.toLowerCase() === 'host'

const hostsIn = (rawHeaders: readonly string[]): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && isHost(rawHeaders[index - 1]))

const isAmbiguous = ({ headers, httpVersion, rawHeaders }: IncomingMessage): boolean => {
  const coding = headers['transfer-encoding']?.toLowerCase() ?? 'chunked'
  const [host, ...others] = hostsIn(rawHeaders)
  if (coding !== 'chunked' || others.length > 0) return true
  return host === undefined ? httpVersion === '1.1' : !hostHeader.test(host)
}

/** @throws Refusal BadRequest, and has the connection closed: what else is on it cannot be trusted either */
export const refuseAmbiguous = (request: IncomingMessage, reply: FastifyReply): void => {
  if (!isAmbiguous(request)) return
  reply.header('connection', 'close')
  throw new Refusal('BadRequest')
}
