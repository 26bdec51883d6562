/** The operator's routes for the clock of a world; moving one is for sandboxes. */
import type { OperatorRoute } from '../http/operator.ts'
import { clockBody, clockChangeSchema, clockSchema } from './bodies.ts'
import { readClockChange } from './checks.ts'
import { moveClock } from './operations.ts'
import type { WorldOptions } from './routes.ts'
import { worldOf } from './world.ts'

const path = '/worlds/{id}/clock'

export const clockRoutes = ({ store, realNow, sandbox, runDue }: WorldOptions): readonly OperatorRoute[] => {
  const look: OperatorRoute = {
    method: 'GET',
    path,
    operationId: 'getClock',
    summary: 'Get the clock of a world',
    description: '`real` follows real time, `running` is ahead of it or behind, `frozen` stands still.',
    answers: clockSchema,
    answer: async ({ params }) => ({
      status: 200,
      body: clockBody(await store.getWorld(params['id'] ?? ''), realNow()),
    }),
  }
  const move: OperatorRoute = {
    method: 'POST',
    path,
    operationId: 'moveClock',
    summary: 'Freeze, set or advance the clock of a world',
    description:
      'Give `mode`, and one of `set` and `advance`. A clock never goes back. Answers when what has fallen due is done.',
    body: clockChangeSchema,
    answers: clockSchema,
    answer: async ({ params, body }) => {
      const { accountId, realMs, result } = await store.write(params['id'] ?? '', (ctx, { id }, ms) =>
        moveClock(ctx, { id, changeOf: (clock) => readClockChange(body, clock, ms), realMs: ms }),
      )
      await runDue(params['id'] ?? '')
      return { status: 200, body: clockBody(worldOf({ ...result, account_id: accountId }), realMs) }
    },
  }
  return sandbox ? [look, move] : [look]
}
