/** Answers the methods a path does not serve with 405 and the ones it does. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyInstance } from 'fastify'

export const refuseOtherMethods = (app: FastifyInstance, url: string, allowed: readonly string[]): void => {
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    schema: { hide: true },
    // Before the body is read: whatever it is, the method is wrong.
    onRequest: async (_request, reply) => {
      reply.header('allow', allowed.join(', '))
      throw new Refusal('MethodNotAllowed')
    },
    handler: () => undefined,
  })
}
