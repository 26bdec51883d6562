/** What is written about documents: an upload, and what its review comes to. */
import { type DocumentType, maxOpenDocuments } from '@clearyard/contract/documents.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import type { DocumentVerdict, Verifier } from '../../identity/verifier.ts'
import { next } from '../../states.ts'
import { documentStates, mayBe } from './domain.ts'
import type { StoredFile } from './file.ts'
import { type DocumentRow, documents } from './store.ts'
import { applyReview, getSubject, type Subject, type SubjectKind } from './subjects.ts'

export type NewDocument = {
  about: { kind: SubjectKind; id: string }
  type: DocumentType
  file: StoredFile
  /** A digest of whose it is and what it holds. */
  contentKey: string
  verifier: Verifier
  /** Whether the review waits until the world's clock moves. */
  waits: boolean
}

const refuseAnother = (ctx: Ctx, { customerId, ownerId }: Subject, contentKey: string): void => {
  const same = documents.findBy(ctx, 'content_key', contentKey)
  if (same)
    throw new Refusal('DuplicateResource', { about: { path: pathOf('document', same.id), resourceType: 'document' } })
  const open = documents
    .list(ctx, 'customer_id', customerId)
    .filter(({ status, owner_id }) => status === 'pending' && owner_id === ownerId)
  if (open.length >= maxOpenDocuments) throw new Refusal('maximumNumberOfResources')
}

/** Takes in a document; the sandbox reviews it at once. */
export const uploadDocument: Operation<NewDocument, DocumentRow> = (ctx, input) => {
  const { about, type, file, contentKey, verifier, waits } = input
  const subject = getSubject(ctx, about.kind, about.id)
  const { mediaType } = file
  if (!mediaType || !mayBe(mediaType, type, subject.isBusiness)) throw new Refusal('invalidFileType')
  refuseAnother(ctx, subject, contentKey)
  const { verdict, underReview } = verifier.reviewDocument({ type, fileName: file.name, sizeBytes: file.sizeBytes })
  const { customerId, ownerId } = subject
  const document: DocumentRow = {
    id: ctx.newId(),
    customer_id: customerId,
    owner_id: ownerId,
    type,
    status: 'pending',
    verification_status: 'pending',
    failure_reasons: [],
    verdict: waits ? verdict : null,
    media_type: mediaType,
    size_bytes: file.sizeBytes,
    file_id: file.place.id,
    content_key: contentKey,
    sealed_file_key: { plain: file.key.toString('base64') },
    sealed_file_name: { plain: file.name },
    created: ctx.now,
  }
  documents.insert(ctx, document)
  subject.noteUploaded()
  if (underReview)
    ctx.react('reviewNeeded', {
      kind: 'document',
      customerId,
      ...(ownerId === null ? {} : { ownerId }),
      documentId: document.id,
    })
  return verdict && !waits ? decideDocument(ctx, { id: document.id, verdict }) : document
}

/**
 * What a review found, whoever made it.
 * @throws Refusal with NotFound, or with InvalidResourceState when the document was reviewed before
 */
export const decideDocument: Operation<{ id: string; verdict: DocumentVerdict }, DocumentRow> = (
  ctx,
  { id, verdict },
) => {
  const document = documents.get(ctx, id)
  const decided = documents.set(ctx, document, {
    status: next(documentStates, document, 'review').to,
    verification_status: verdict.status,
    failure_reasons: verdict.status === 'rejected' ? verdict.reasons : [],
    verdict: null,
  })
  applyReview(ctx, decided, verdict)
  return decided
}
