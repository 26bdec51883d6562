/**
 * Idempotency keys: a POST repeated with the same key and the same body within 24 hours of the world's clock gets the
 * first answer again, and does nothing. Source: Dwolla's page on idempotency keys; a key with another body is another
 * operation, because keys are documented as paired with their body.
 */
import { createHash } from 'node:crypto'
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Body } from '@clearyard/contract/hal.ts'
import type { Sealer } from '../sealing.ts'
import { uuidFrom } from '../uuid.ts'
import type { Ctx } from './operation.ts'
import { table } from './tables.ts'

/** What a route answers: a body whose hrefs are paths, or the path of what was created. */
export type Answer = { status: 200; body: Body } | { status: 201; location: string }

/** What a write comes to: a refusal here is one that keeps what was written. */
export type Outcome = Answer | Refusal

type IdempotencyRow = {
  id: string
  status: number
  location: string | null
  sealed_body: Buffer | null
  expires: Date
}

export const idempotencyRecords = table<IdempotencyRow>({
  name: 'idempotency_records',
  columns: { id: 'uuid', status: 'integer', location: 'text', sealed_body: 'bytea', expires: 'timestamptz' },
})

const lifetimeMs = 24 * 60 * 60 * 1000

/** What makes two requests of one account the same; the body as its bytes came. */
export const identityOf = (request: {
  applicationId: string
  method: string
  path: string
  key: string
  body: Uint8Array
}): string => {
  const bodyHash = createHash('sha256').update(request.body).digest('hex')
  const parts = [request.applicationId, request.method, request.path, request.key, bodyHash]
  return uuidFrom(createHash('sha256').update(JSON.stringify(parts)).digest())
}

/** What a stored answer is bound to. */
export const answerPlace = (accountId: string, identity: string): string =>
  `${accountId}|idempotency_records|${identity}|body`

/** The stored answer of a record that is still within its time, or null. */
export const storedAnswer = (
  record: IdempotencyRow | null,
  accountId: string,
  now: Date,
  sealer: Sealer,
): Answer | null => {
  if (!record || record.expires <= now) return null
  if (record.location !== null) return { status: 201, location: record.location }
  const body = sealer.open(
    'idempotent-answer',
    answerPlace(accountId, record.id),
    record.sealed_body ?? Buffer.alloc(0),
  )
  if (!body) throw new Error('a stored answer does not open with the keys of this server')
  return { status: 200, body: JSON.parse(body.toString()) as Body }
}

/** Runs `run` unless this request was answered before; its answer is saved with its effect. Refusals are not saved. */
export const once = (ctx: Ctx, identity: string, sealer: Sealer, run: () => Outcome): Outcome => {
  const record = idempotencyRecords.find(ctx, identity)
  const before = storedAnswer(record, ctx.accountId, ctx.now, sealer)
  if (before) return before
  const answer = run()
  if (answer instanceof Refusal) return answer
  const saved = {
    status: answer.status,
    location: answer.status === 201 ? answer.location : null,
    sealed_body:
      answer.status === 200
        ? sealer.seal(
            'idempotent-answer',
            answerPlace(ctx.accountId, identity),
            Buffer.from(JSON.stringify(answer.body)),
          )
        : null,
    expires: new Date(ctx.now.getTime() + lifetimeMs),
  }
  if (record) idempotencyRecords.set(ctx, record, saved)
  else idempotencyRecords.insert(ctx, { id: identity, ...saved })
  return answer
}
