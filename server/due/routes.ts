/** The operator's routes that do what is due in a sandbox, and answer when it is done. */
import type { OperatorRoute } from '../http/operator.ts'
import { idSchema } from '../http/schemas.ts'
import type { RunDue } from './due.ts'

const flushed = {
  method: 'POST',
  answers: {
    type: 'object',
    required: ['done'],
    properties: {
      done: {
        type: 'array',
        items: {
          type: 'object',
          required: ['work', 'id'],
          properties: { work: { type: 'string', description: 'The kind of work.' }, id: idSchema },
        },
      },
    },
  },
} as const

export const flushRoutes = (runDue: RunDue): readonly OperatorRoute[] => [
  {
    ...flushed,
    path: '/worlds/{id}/flush',
    operationId: 'flushWorld',
    summary: 'Do what is due in a world',
    description: 'Answers when it is done, with a list of what was done in its order. Moving the clock does the same.',
    answer: async ({ params }) => ({ status: 200, body: { done: await runDue(params['id'] ?? '') } }),
  },
  {
    ...flushed,
    path: '/flush',
    operationId: 'flush',
    summary: 'Do what is due in the default world',
    description: 'The same as flushing the world `default`.',
    answer: async () => ({ status: 200, body: { done: await runDue('default') } }),
  },
]
