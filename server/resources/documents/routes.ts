/** The routes of documents. */
import { type DocumentType, documentTypes, maxDocumentBytes } from '@clearyard/contract/documents.ts'
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../../db/database.ts'
import type { FileStorage } from '../../files/storage.ts'
import type { Answer } from '../../gate/idempotency.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { FormReader } from '../../http/form.ts'
import type { Call, Received, Route } from '../../http/route.ts'
import { type JsonSchema, listSchema } from '../../http/schemas.ts'
import type { Verifier } from '../../identity/verifier.ts'
import type { Sealer } from '../../sealing.ts'
import { documentForms } from '../customers/forms.ts'
import type { CustomerRow } from '../customers/store.ts'
import { type StoredFile, storeFile } from './file.ts'
import { documentBody, documentSchema } from './hal.ts'
import { uploadDocument } from './operations.ts'
import { findDocument, listDocuments, type StoredDocument } from './store.ts'

const tag = 'documents'

const formSchema: JsonSchema = {
  type: 'object',
  required: ['documentType', 'file'],
  properties: {
    documentType: { type: 'string', enum: [...documentTypes], description: 'What the document is.' },
    file: {
      type: 'string',
      contentMediaType: 'application/octet-stream',
      description: 'A JPEG or PNG, or for `other` of a business a PDF, of at most 10 MiB; its first bytes tell which.',
    },
  },
}

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

const listOf = (path: string, rows: readonly StoredDocument[]): Hal => ({
  _links: { self: link(path, 'document') },
  _embedded: { documents: rows.map(documentBody) },
  total: rows.length,
})

type Options = {
  db: Database
  sealer: Sealer
  files: FileStorage
  verifier: Verifier
  readCustomer: (key: { accountId: string; id: string }) => Promise<CustomerRow | null>
}

/** Takes in a document, then keeps its file when the document was saved, and else removes it. */
const receive = async (
  { sealer, files, verifier }: Options,
  { caller, id: customerId }: Call,
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
    .digest('document-content', JSON.stringify([accountId, customerId, file?.contentHash]))
    .toString('base64url')
  let saved: string | null = null
  const run = (ctx: Ctx): Answer => {
    const checked = checkForm(fields.get('documentType'), file)
    const waits = clock.frozenAt !== null
    const { id } = uploadDocument(ctx, { ...checked, customerId, contentKey, verifier, waits })
    saved = pathOf('document', id)
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

const getCustomer = async ({ readCustomer }: Options, { caller, id }: Call): Promise<CustomerRow> => {
  const customer = await readCustomer({ accountId: caller.world.accountId, id })
  if (!customer) throw new Refusal('NotFound')
  return customer
}

export const documentRoutes = (options: Options): readonly Route[] => [
  {
    method: 'POST',
    path: '/customers/{id}/documents',
    operationId: 'createCustomerDocument',
    tag,
    summary: 'Upload a document about a customer',
    description: 'While the customer’s status is `document`. The sandbox reviews its sample files by their names.',
    body: formSchema,
    notFound: () => new Refusal('notFound'),
    answers: { 201: 'The document' },
    errors: [
      'ValidationError',
      'maximumNumberOfResources',
      'invalidFileType',
      'DuplicateResource',
      'invalidResourceState',
      'notFound',
      'fileTooLarge',
    ],
    receive: (call, form) => receive(options, call, form),
  },
  {
    method: 'GET',
    path: '/customers/{id}/documents',
    operationId: 'listCustomerDocuments',
    tag,
    summary: 'List the documents about a customer',
    description: 'Newest first, all of them; those about its beneficial owners are listed with these.',
    answers: { 200: listSchema('documents', documentSchema) },
    errors: ['NotFound', 'InvalidResourceState'],
    answer: async (call) => {
      const { id } = await getCustomer(options, call)
      const rows = await listDocuments(options.db, call.caller.world.accountId, { customerId: id, ownerId: null })
      return listOf(`${pathOf('customer', id)}/documents`, rows)
    },
    forms: async (call) => documentForms(await getCustomer(options, call)),
  },
  {
    method: 'GET',
    path: '/documents/{id}',
    operationId: 'retrieveDocument',
    tag,
    summary: 'Get a document',
    description: 'What it is and what its review found.',
    answers: { 200: documentSchema },
    errors: ['NotFound'],
    answer: async ({ caller, id }) => {
      const document = await findDocument(options.db, caller.world.accountId, id)
      if (!document) throw new Refusal('NotFound')
      return documentBody(document)
    },
  },
]
