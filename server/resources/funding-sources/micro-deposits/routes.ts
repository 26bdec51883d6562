/** The routes of micro-deposits: two small amounts prove that somebody sees the bank account they come to. */
import { randomInt } from 'node:crypto'
import { Refusal } from '@clearyard/contract/errors.ts'
import { type DepositAmounts, depositLimitCents } from '@clearyard/contract/micro-deposits.ts'
import type { Pool } from 'pg'
import type { Call, Route } from '../../../http/route.ts'
import { type JsonSchema, moneySchema } from '../../../http/schemas.ts'
import type { Rail } from '../../../rails/rail.ts'
import { createFundingSourceReader } from '../store.ts'
import { depositsBody, depositsPath, depositsSchema, verifiedBody, verifiedSchema } from './hal.ts'
import { startMicroDeposits, verifyMicroDeposits } from './operations.ts'
import { createMicroDepositReader } from './store.ts'

const tag = 'funding sources'
const path = '/funding-sources/{id}/micro-deposits'

const amountsSchema: JsonSchema = {
  anyOf: [
    { title: 'Start', type: 'object', maxProperties: 0 },
    {
      title: 'Verification',
      type: 'object',
      required: ['amount1', 'amount2'],
      properties: { amount1: moneySchema, amount2: moneySchema },
    },
  ],
}

/** Amounts that nobody can work out: they come from the system's random source, never from `Ctx`. */
const drawAmounts = (): DepositAmounts => [randomInt(1, depositLimitCents), randomInt(1, depositLimitCents)]

/** An empty body starts; a browser that may do one thing does that, whatever it sends. */
const isStart = ({ caller, body }: Call): boolean =>
  caller.clientToken?.action !== 'customer.microdeposits.verify' && Object.keys(body).length === 0

/** @param rail that brings them; null where no bank is reached */
export const microDepositRoutes = ({ pool, rail }: { pool: Pool; rail: Rail | null }): readonly Route[] => {
  const readSource = createFundingSourceReader(pool)
  const readDeposits = createMicroDepositReader(pool)
  return [
    {
      method: 'POST',
      path,
      operationId: 'initiateOrVerifyMicroDeposits',
      tag,
      summary: 'Start or verify micro-deposits',
      description:
        'With an empty body two small amounts are sent to a bank. With both amounts, in either order, the bank is verified; there are three attempts.',
      body: amountsSchema,
      answers: { 200: verifiedSchema, 201: 'The pair of micro-deposits' },
      errors: ['ValidationError', 'MaxNumberOfResources', 'InvalidResourceState', 'NotFound', 'TryAgainLater'],
      prepare: (call) => {
        const { id, body, caller } = call
        const isStrict = rail === null || caller.world.settings.microDeposits === 'strict'
        if (isStart(call)) {
          const drawn = isStrict ? drawAmounts() : null
          return (ctx) => ({ status: 201, location: depositsPath(startMicroDeposits(ctx, { id, rail, drawn }).id) })
        }
        if (caller.clientToken?.action === 'customer.microdeposits.create') throw new Refusal('Forbidden')
        return (ctx) => {
          const outcome = verifyMicroDeposits(ctx, { id, body, isStrict })
          return outcome instanceof Refusal ? outcome : { status: 200, body: verifiedBody(outcome.id) }
        }
      },
    },
    {
      method: 'GET',
      path,
      operationId: 'getMicroDeposits',
      tag,
      summary: 'Get the micro-deposits of a funding source',
      description: 'Whether they have arrived, and why not where they have failed.',
      answers: { 200: depositsSchema },
      errors: ['NotFound'],
      answer: async ({ caller, id }) => {
        const key = { accountId: caller.world.accountId, id }
        const [bank, deposits] = await Promise.all([readSource(key), readDeposits(key)])
        if (!bank || !deposits) throw new Refusal('NotFound')
        return depositsBody(bank, deposits)
      },
    },
  ]
}
