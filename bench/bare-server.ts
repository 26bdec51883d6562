/**
 * What everything is measured against: Fastify as it comes, which parses the same request and answers the same bytes
 * without having done anything for them.
 */
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import pino from 'pino'

/** An answer that was recorded from the real server. */
export type BareAnswer = { status: number; headers: Readonly<Record<string, string>>; body: string }

export type BareRoute = { method: 'GET' | 'POST'; path: string; answer: BareAnswer }

const serve = async (routes: readonly BareRoute[]): Promise<string> => {
  const app = Fastify({ loggerInstance: pino({ level: 'warn' }) })
  for (const { method, path, answer } of routes)
    app.route({
      method,
      url: path,
      handler: (_request, reply) => reply.code(answer.status).headers(answer.headers).send(answer.body),
    })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

process.on('message', (routes: readonly BareRoute[]) => {
  serve(routes).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
