/** The operator's routes for what waits for a decision. */
import { parseId } from '@clearyard/contract/ids.ts'
import type { Database } from '../db/database.ts'
import type { FileStorage } from '../files/storage.ts'
import type { OperatorCall, OperatorRoute } from '../http/operator.ts'
import { createQueryReader } from '../http/query.ts'
import type { JsonSchema } from '../http/schemas.ts'
import { mediaTypes } from '../resources/documents/domain.ts'
import { createFileReader } from '../resources/documents/file.ts'
import type { Sealer } from '../sealing.ts'
import type { WorldStore } from '../worlds/store.ts'
import { auditEntryBody, auditEntrySchema, decisionSchema, reviewBody, reviewSchema } from './bodies.ts'
import { decideReview, noSuchReview, noteFileRead, readSubmitted } from './operations.ts'
import { submittedBody, submittedSchema } from './submitted.ts'
import { listAuditEntries, listReviews, reviewStatuses } from './tables.ts'

export type ReviewOptions = { store: WorldStore; db: Database; sealer: Sealer; files: FileStorage }

const reviewPath = '/worlds/{id}/reviews/{reviewId}'

/** The review that a path names, whether or not there is one. */
const reviewIdOf = ({ reviewId = '' }: OperatorCall['params']): string => {
  const id = parseId(reviewId)
  if (id === null) throw noSuchReview()
  return id
}

const listOf = (name: string, items: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { [name]: { type: 'array', items }, total: { type: 'integer' } },
})

const listRoutes = ({ store, db }: ReviewOptions): readonly OperatorRoute[] => [
  {
    method: 'GET',
    path: '/worlds/{id}/reviews',
    operationId: 'listReviews',
    summary: 'List the reviews of a world',
    description: 'Newest first; `status` may be repeated. What was submitted is read one review at a time.',
    answers: listOf('reviews', reviewSchema),
    answer: async ({ params, query }) => {
      const { accountId } = await store.getWorld(params['id'] ?? '')
      const read = createQueryReader(query)
      const [statuses, page] = [read.choices('status', reviewStatuses), read.page()]
      read.done()
      const { rows, total } = await listReviews(db, accountId, statuses, page)
      return { status: 200, body: { reviews: rows.map(reviewBody), total } }
    },
  },
  {
    method: 'GET',
    path: '/worlds/{id}/audit',
    operationId: 'listAuditEntries',
    summary: 'List who read what was submitted, and what was decided',
    description: 'Newest first. Entries are only ever added.',
    answers: listOf('entries', auditEntrySchema),
    answer: async ({ params, query }) => {
      const { accountId } = await store.getWorld(params['id'] ?? '')
      const read = createQueryReader(query)
      const page = read.page()
      read.done()
      const { rows, total } = await listAuditEntries(db, accountId, page)
      return { status: 200, body: { entries: rows.map(auditEntryBody), total } }
    },
  },
]

const oneRoutes = (options: ReviewOptions): readonly OperatorRoute[] => {
  const { store, sealer } = options
  const readFile = createFileReader(options)
  return [
    {
      method: 'GET',
      path: reviewPath,
      operationId: 'getReview',
      summary: 'Read what was submitted for a review',
      description: 'Unsealed: SSN, date of birth, EIN and passport. Every reading is noted in the audit log first.',
      answers: {
        ...reviewSchema,
        properties: { ...(reviewSchema['properties'] as object), submitted: submittedSchema },
      },
      answer: async ({ params }) => {
        const id = reviewIdOf(params)
        const { accountId, result } = await store.write(params['id'] ?? '', (ctx) => readSubmitted(ctx, { id }))
        const submitted = submittedBody({ sealer, accountId }, result)
        return { status: 200, body: { ...reviewBody(result.review), submitted } }
      },
    },
    {
      method: 'GET',
      path: `${reviewPath}/file`,
      operationId: 'getReviewFile',
      summary: 'Read the file of the document that a review is about',
      description: 'As it was uploaded. Every reading is noted in the audit log first.',
      answers: { files: mediaTypes },
      answer: async ({ params }) => {
        const id = reviewIdOf(params)
        const { accountId, result } = await store.write(params['id'] ?? '', (ctx) => noteFileRead(ctx, { id }))
        const file = await readFile(accountId, result.documentId)
        if (!file) throw new Error(`the document ${result.documentId} is gone`)
        const name = `${result.documentId}.${file.mediaType.replace(/.*\//, '')}`
        return { file: { ...file, name } }
      },
    },
    {
      method: 'POST',
      path: reviewPath,
      operationId: 'decideReview',
      summary: 'Decide a review',
      description:
        'A customer: `approve`, `retry`, `document` or `suspend`. An owner: `approve`, `retry` or `document`. A document: ' +
        '`approve` or `reject` with the reasons why, or for a customer’s `suspend`.',
      body: decisionSchema,
      answers: reviewSchema,
      answer: async ({ params, body }) => {
        const id = reviewIdOf(params)
        const { result } = await store.write(params['id'] ?? '', (ctx) => decideReview(ctx, { id, body }))
        return { status: 200, body: reviewBody(result) }
      },
    },
  ]
}

export const reviewRoutes = (options: ReviewOptions): readonly OperatorRoute[] => [
  ...listRoutes(options),
  ...oneRoutes(options),
]
