/**
 * CORS for the drop-ins, which call the API from any page with a client token. No cookie is ever used, so every origin
 * may ask. A preflight names no token and never uses one up.
 */
import type { FastifyReply } from 'fastify'

export const allowBrowsers = (reply: FastifyReply): void => {
  reply.header('access-control-allow-origin', '*')
  reply.header('access-control-expose-headers', 'Location, X-Request-Id')
}

export const preflight = (reply: FastifyReply): FastifyReply =>
  reply
    .code(204)
    .header('access-control-allow-methods', 'GET, POST, DELETE')
    .header('access-control-allow-headers', 'Authorization, Accept, Content-Type, Idempotency-Key')
    .header('access-control-max-age', '600')
    .send()
