/** A document as the API shows it: what it is and what a review found, never what it holds. */
import {
  documentStatuses,
  documentTypes,
  documentVerificationStatuses,
  failureReasons,
} from '@clearyard/contract/documents.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema } from '../../http/schemas.ts'
import type { DocumentRow } from './store.ts'

export const documentBody = (
  document: Pick<DocumentRow, 'id' | 'status' | 'type' | 'verification_status' | 'failure_reasons' | 'created'>,
): Hal => {
  const [first] = document.failure_reasons
  return {
    _links: { self: link(pathOf('document', document.id), 'document') },
    id: document.id,
    status: document.status,
    type: document.type,
    created: document.created.toISOString(),
    documentVerificationStatus: document.verification_status,
    ...(first === undefined
      ? {}
      : {
          failureReason: first,
          allFailureReasons: document.failure_reasons.map((reason) => ({
            reason,
            description: failureReasons[reason],
          })),
        }),
  }
}

const reasonSchema: JsonSchema = { type: 'string', enum: Object.keys(failureReasons) }

export const documentSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'status', 'type', 'created', 'documentVerificationStatus'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    status: { type: 'string', enum: [...documentStatuses] },
    type: { type: 'string', enum: [...documentTypes] },
    created: instantSchema,
    documentVerificationStatus: { type: 'string', enum: [...documentVerificationStatuses] },
    failureReason: reasonSchema,
    allFailureReasons: {
      type: 'array',
      items: {
        type: 'object',
        required: ['reason', 'description'],
        properties: { reason: reasonSchema, description: { type: 'string' } },
      },
    },
  },
}
