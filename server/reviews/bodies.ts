/** Reviews and the audit log as `/_clearyard` shows them. */
import { idSchema, instantSchema, type JsonSchema } from '../http/schemas.ts'
import { decisionWords } from './decisions.ts'
import { type AuditEntryRow, auditActions, type ReviewRow, reviewStatuses } from './tables.ts'

export const reviewBody = (review: ReviewRow) => ({
  id: review.id,
  kind: review.kind,
  status: review.status,
  customerId: review.customer_id,
  ...(review.owner_id ? { ownerId: review.owner_id } : {}),
  ...(review.document_id ? { documentId: review.document_id } : {}),
  created: review.created.toISOString(),
  ...(review.decided
    ? {
        decision: review.decision,
        needs: review.needs,
        reasons: review.reasons,
        decided: review.decided.toISOString(),
      }
    : {}),
})

const kindSchema: JsonSchema = { type: 'string', enum: ['customer', 'beneficial-owner', 'document'] }

const namesSchema: JsonSchema = { type: 'array', items: { type: 'string' } }

export const decisionSchema: JsonSchema = {
  type: 'object',
  required: ['decision'],
  properties: {
    decision: { type: 'string', enum: [...decisionWords] },
    needs: {
      type: 'array',
      items: { type: 'string', enum: ['individual', 'controller', 'business'] },
      description: 'With `retry` and `document`: of whom more is wanted.',
    },
    reasons: {
      ...namesSchema,
      description: 'For a business the codes of `_embedded.errors`, for a document its failure reasons.',
    },
  },
}

export const reviewSchema: JsonSchema = {
  type: 'object',
  required: ['id', 'kind', 'status', 'customerId', 'created'],
  properties: {
    id: idSchema,
    kind: kindSchema,
    status: { type: 'string', enum: [...reviewStatuses] },
    customerId: idSchema,
    ownerId: idSchema,
    documentId: idSchema,
    created: instantSchema,
    decision: { type: 'string', enum: [...decisionWords] },
    needs: namesSchema,
    reasons: namesSchema,
    decided: instantSchema,
  },
}

export const auditEntryBody = ({ id, action, resource_type, resource_id, details, created }: AuditEntryRow) => ({
  id,
  action,
  kind: resource_type,
  resourceId: resource_id,
  ...details,
  created: created.toISOString(),
})

export const auditEntrySchema: JsonSchema = {
  type: 'object',
  required: ['id', 'action', 'kind', 'resourceId', 'reviewId', 'created'],
  properties: {
    id: idSchema,
    action: { type: 'string', enum: [...auditActions] },
    kind: kindSchema,
    resourceId: idSchema,
    reviewId: idSchema,
    decision: { type: 'string', enum: [...decisionWords] },
    created: instantSchema,
  },
}
