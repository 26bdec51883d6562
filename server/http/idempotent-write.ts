/**
 * A write that may carry an Idempotency-Key: run once, answered alike each time, 409 while it is still running here.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyRequest } from 'fastify'
import type { Gate, Member } from '../gate/gate.ts'
import { type Answer, idempotencyRecords, identityOf, type Outcome, once, storedAnswer } from '../gate/idempotency.ts'
import type { Ctx } from '../gate/operation.ts'
import type { Sealer } from '../sealing.ts'
import type { Caller } from './auth.ts'

/** @throws Refusal when it was refused, with what was written kept */
const answerOf = (outcome: Outcome): Answer => {
  if (outcome instanceof Refusal) throw outcome
  return outcome
}

export const createIdempotentWrite = (gate: Gate, sealer: Sealer) => {
  const running = new Set<string>()

  /** @param ahead what is done before the member, unless the request was answered before */
  return async (
    request: FastifyRequest,
    caller: Caller,
    member: Member<Outcome>,
    ahead?: () => Promise<void>,
  ): Promise<Answer> => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || key === '' || request.method !== 'POST' || caller.actor.kind === 'operator') {
      await ahead?.()
      return answerOf(await gate.write(member))
    }

    const { accountId } = caller.world
    const identity = identityOf({
      applicationId: caller.actor.applicationId,
      method: request.method,
      path: request.url,
      key,
      body: request.bodyBytes,
    })
    const slot = `${accountId} ${identity}`
    const isRunning = running.has(slot)
    let refused: unknown
    const runOnce = (ctx: Ctx): Outcome => {
      try {
        return member.run(ctx)
      } catch (error) {
        refused = error
        throw error
      }
    }
    const run: Member<Outcome>['run'] = (ctx) => {
      if (isRunning) throw new Refusal('Conflict')
      return once(ctx, identity, sealer, () => runOnce(ctx))
    }
    if (isRunning && !member.first) throw new Refusal('Conflict')
    if (!isRunning) running.add(slot)
    try {
      if (ahead) {
        const before = await recover()
        if (before) return before
        await ahead()
      }
      return answerOf(await gate.write({ ...member, run, recover }))
    } catch (error) {
      // What refuses it may be its own effect, saved by another server after we had looked for an answer.
      const answer = error instanceof Refusal && error === refused ? await recover() : undefined
      if (!answer) throw error
      return answer
    } finally {
      if (!isRunning) running.delete(slot)
    }

    async function recover(): Promise<Answer | undefined> {
      const read = (ctx: Ctx) => storedAnswer(idempotencyRecords.find(ctx, identity), accountId, ctx.now, sealer)
      return (await gate.write({ context: member.context, run: read })) ?? undefined
    }
  }
}
