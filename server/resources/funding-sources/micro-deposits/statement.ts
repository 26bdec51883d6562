/** What the holder of a sandbox's bank account would read on its statement: how much was deposited. */

import { Refusal } from '@clearyard/contract/errors.ts'
import { parseId } from '@clearyard/contract/ids.ts'
import { moneyOf } from '@clearyard/contract/money.ts'
import type { Pool } from 'pg'
import type { OperatorRoute } from '../../../http/operator.ts'
import { moneySchema } from '../../../http/schemas.ts'
import type { WorldStore } from '../../../worlds/store.ts'
import { createMicroDepositReader, type MicroDepositRow } from './store.ts'

const statementBody = ({ status, amount1_cents, amount2_cents }: MicroDepositRow) => ({
  status,
  amount1: moneyOf(BigInt(amount1_cents)),
  amount2: moneyOf(BigInt(amount2_cents)),
})

/** The operator's routes, of a sandbox alone: elsewhere the bank account itself is where to look. */
export const statementRoutes = ({ pool, store }: { pool: Pool; store: WorldStore }): readonly OperatorRoute[] => {
  const readDeposits = createMicroDepositReader(pool)
  return [
    {
      method: 'GET',
      path: '/worlds/{id}/micro-deposits/{fundingSourceId}',
      operationId: 'readMicroDeposits',
      summary: 'Read how much was deposited at a bank',
      description: 'What the holder of the bank account sees there, and has to name to verify it.',
      answers: {
        type: 'object',
        required: ['status', 'amount1', 'amount2'],
        properties: { status: { type: 'string' }, amount1: moneySchema, amount2: moneySchema },
      },
      answer: async ({ params }) => {
        const { accountId } = await store.getWorld(params['id'] ?? '')
        const id = parseId(params['fundingSourceId'] ?? '')
        const deposits = id === null ? null : await readDeposits({ accountId, id })
        if (!deposits) throw new Refusal('NotFound')
        return { status: 200, body: statementBody(deposits) }
      },
    },
  ]
}
