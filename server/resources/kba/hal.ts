/** Questions and what came of them, as the API shows them. */
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { idSchema, type JsonSchema, linksSchema } from '../../http/schemas.ts'
import { offered } from '../../states.ts'
import type { CustomerRow } from '../customers/store.ts'
import { kbaStates } from './domain.ts'
import type { KbaSessionRow } from './store.ts'

export const questionsBody = (session: KbaSessionRow): Hal => ({
  _links: Object.fromEntries(offered(kbaStates, session).map((rel) => [rel, link(pathOf('kba', session.id), 'kba')])),
  id: session.id,
  questions: session.questions,
})

const numberSchema: JsonSchema = { type: 'string', pattern: '^\\d+$' }

export const questionsSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'questions'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    questions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'text', 'answers'],
        properties: {
          id: numberSchema,
          text: { type: 'string' },
          answers: {
            type: 'array',
            items: {
              type: 'object',
              required: ['id', 'text'],
              properties: { id: numberSchema, text: { type: 'string' } },
            },
          },
        },
      },
    },
  },
}

export const outcomeBody = (customer: CustomerRow): Hal => ({
  _links: { customer: link(pathOf('customer', customer.id), 'customer') },
  verificationStatus: customer.status,
})

export const outcomeSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'verificationStatus'],
  properties: { _links: linksSchema, verificationStatus: { type: 'string', enum: ['verified', 'document'] } },
}
