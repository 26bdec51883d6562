/**
 * `/healthz`: the process lives. `/readyz`: its database answers. `/metrics`: for Prometheus, behind the operator's
 * guard.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Pool } from 'pg'
import type { Registry } from 'prom-client'

export const registerProbes = (
  app: FastifyInstance,
  { pool, registry, guard }: { pool: Pool; registry: Registry; guard: (request: FastifyRequest) => void },
): void => {
  const schema = { hide: true }
  app.get('/healthz', { schema }, async (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', { schema }, async (request, reply) => {
    try {
      await pool.query('select 1')
      return reply.type('text/plain').send('ready\n')
    } catch (error) {
      request.log.warn({ err: error }, 'the database does not answer')
      return reply.code(503).type('text/plain').header('retry-after', 1).send('the database does not answer\n')
    }
  })
  app.get('/metrics', { schema, onRequest: async (request) => guard(request) }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
