/** Taking in an upload: its form is read as it arrives, and its file is kept when a document tells of it. */
import { type DocumentType, documentTypes, maxDocumentBytes } from '@clearyard/contract/documents.ts'
import { type EmbeddedError, invalid } from '@clearyard/contract/errors.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { FileStorage } from '../../files/storage.ts'
import type { Answer } from '../../gate/idempotency.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { FormReader } from '../../http/form.ts'
import type { Call, Received } from '../../http/route.ts'
import type { Verifier } from '../../identity/verifier.ts'
import type { Sealer } from '../../sealing.ts'
import { type StoredFile, storeFile } from './file.ts'
import { uploadDocument } from './operations.ts'
import type { SubjectKind } from './subjects.ts'

const blame = (code: 'Required' | 'Invalid', name: 'documentType' | 'file', message: string): EmbeddedError => ({
  code,
  message,
  path: `/${name}`,
})

/** @throws Refusal with all that is missing or wrong */
const checkForm = (given: string | undefined, file: StoredFile | null): { type: DocumentType; file: StoredFile } => {
  const type = documentTypes.find((known) => known === given)
  if (type && file && file.sizeBytes > 0) return { type, file }
  throw invalid(
    ...(given === undefined || given === '' ? [blame('Required', 'documentType', 'DocumentType required.')] : []),
    ...(given && !type ? [blame('Invalid', 'documentType', 'DocumentType invalid.')] : []),
    ...(file && file.sizeBytes > 0 ? [] : [blame('Required', 'file', 'File required.')]),
  )
}

export type ReceiveOptions = { sealer: Sealer; files: FileStorage; verifier: Verifier }

/** @param kind of whom the path of the call names one */
export const receiveDocument = async (
  { sealer, files, verifier }: ReceiveOptions,
  kind: SubjectKind,
  { caller, id }: Call,
  form: FormReader,
): Promise<Received> => {
  const { accountId, clock } = caller.world
  const { fields, file } = await form({
    file: 'file',
    maxFileBytes: maxDocumentBytes,
    take: (arriving) => storeFile(files, accountId, arriving),
    drop: ({ place }) => files.remove(place),
  })
  const contentKey = sealer
    .digest('document-content', JSON.stringify([accountId, id, file?.contentHash]))
    .toString('base64url')
  let saved: string | null = null
  const run = (ctx: Ctx): Answer => {
    const checked = checkForm(fields.get('documentType'), file)
    const waits = clock.frozenAt !== null
    const document = uploadDocument(ctx, { ...checked, about: { kind, id }, contentKey, verifier, waits })
    saved = pathOf('document', document.id)
    return { status: 201, location: saved }
  }
  const settle = async (answer: Answer | null): Promise<void> => {
    if (!file) return
    // an answer to an earlier request tells of the document that was made then, and of its file
    const isSaved = answer?.status === 201 && answer.location === saved
    await (isSaved ? files.keep(file.place) : files.remove(file.place))
  }
  return { identity: JSON.stringify([[...fields].sort(), file?.name, file?.contentHash]), run, settle }
}
