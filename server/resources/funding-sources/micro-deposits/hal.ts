/** Micro-deposits as the API shows them: whether they have arrived, and never how much they were. */

import { type Hal, type Link, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { microDepositStatuses } from '@clearyard/contract/micro-deposits.ts'
import { instantSchema, type JsonSchema, linksSchema } from '../../../http/schemas.ts'
import { returnCodeOf, returnCodes } from '../../../rails/return-codes.ts'
import type { FundingSourceRow } from '../store.ts'
import { progressOf } from './domain.ts'
import type { MicroDepositRow } from './store.ts'

export const depositsPath = (id: string): string => `${pathOf('funding-source', id)}/micro-deposits`

const depositsLink = (id: string): Link => link(depositsPath(id), 'micro-deposits')

const failureOf = (failureCode: string) => {
  const code = returnCodeOf(failureCode)
  return { code: failureCode, ...(code ? { description: returnCodes[code].description } : {}) }
}

export const depositsBody = (bank: FundingSourceRow, deposits: MicroDepositRow): Hal => {
  const isToVerify = bank.status === 'unverified' && !bank.is_removed && progressOf(bank, deposits) === 'arrived'
  return {
    _links: {
      self: depositsLink(bank.id),
      ...(isToVerify ? { 'verify-micro-deposits': depositsLink(bank.id) } : {}),
    },
    created: deposits.created.toISOString(),
    status: deposits.status,
    ...(deposits.failure_code === null ? {} : { failure: failureOf(deposits.failure_code) }),
  }
}

/** What the right amounts are answered with. */
export const verifiedBody = (id: string): Hal => ({ _links: { self: depositsLink(id) } })

export const verifiedSchema: JsonSchema = { type: 'object', required: ['_links'], properties: { _links: linksSchema } }

export const depositsSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'created', 'status'],
  properties: {
    _links: linksSchema,
    created: instantSchema,
    status: { type: 'string', enum: [...microDepositStatuses] },
    failure: {
      type: 'object',
      required: ['code'],
      properties: { code: { type: 'string' }, description: { type: 'string' } },
    },
  },
}
