/** Where documents are kept: their table for the gate, and their reads. The files themselves lie in server/files. */
import type {
  DocumentStatus,
  DocumentType,
  DocumentVerificationStatus,
  FailureReason,
} from '@clearyard/contract/documents.ts'
import type { Database, Stored } from '../../db/database.ts'
import type { Sealed } from '../../gate/sealed.ts'
import { table } from '../../gate/tables.ts'
import type { DocumentVerdict } from '../../identity/verifier.ts'
import type { MediaType } from './domain.ts'

export type DocumentRow = {
  id: string
  customer_id: string
  /** The beneficial owner of the customer that it is about; null when it is about the customer. */
  owner_id: string | null
  type: DocumentType
  status: DocumentStatus
  verification_status: DocumentVerificationStatus
  failure_reasons: readonly FailureReason[]
  /** What the review comes to once the world's clock moves. */
  verdict: DocumentVerdict | null
  media_type: MediaType
  size_bytes: number
  file_id: string
  /** A digest of whose it is and what it holds: the same file is not taken twice. */
  content_key: string
  /** The key of the file, in base64. */
  sealed_file_key: Sealed
  sealed_file_name: Sealed
  created: Date
}

export const documents = table<DocumentRow>({
  name: 'documents',
  columns: {
    id: 'uuid',
    customer_id: 'uuid',
    owner_id: 'uuid',
    type: 'text',
    status: 'text',
    verification_status: 'text',
    failure_reasons: 'jsonb',
    verdict: 'jsonb',
    media_type: 'text',
    size_bytes: 'integer',
    file_id: 'uuid',
    content_key: 'text',
    sealed_file_key: 'sealed',
    sealed_file_name: 'sealed',
    created: 'timestamptz',
  },
  uniques: ['content_key'],
  parents: ['customer_id'],
  ordinal: true,
})

/** Who a document is about: a customer, or one of its owners. */
export type Subject = { customerId: string; ownerId: string | null }

/** A document as it is read outside the gate: what is sealed is bytes. */
export type StoredDocument = Stored<
  Omit<DocumentRow, 'sealed_file_key' | 'sealed_file_name'> & { sealed_file_key: Buffer; sealed_file_name: Buffer }
>

const stored = (db: Database, accountId: string) =>
  db.withTables<{ documents: StoredDocument }>().selectFrom('documents').selectAll().where('account_id', '=', accountId)

export const findDocument = async (db: Database, accountId: string, id: string): Promise<StoredDocument | null> =>
  (await stored(db, accountId).where('id', '=', id).executeTakeFirst()) ?? null

/** The documents about one subject, newest first. */
export const listDocuments = (
  db: Database,
  accountId: string,
  { customerId, ownerId }: Subject,
): Promise<StoredDocument[]> =>
  stored(db, accountId)
    .where('customer_id', '=', customerId)
    .where('owner_id', ownerId === null ? 'is' : '=', ownerId)
    .orderBy('created', 'desc')
    .orderBy('ordinal', 'desc')
    .orderBy('id', 'desc')
    .execute()

/** The documents whose review waits for the world's clock, in the order they were uploaded in. */
export const listDueDocuments = async (db: Database, accountId: string): Promise<string[]> => {
  const rows = await stored(db, accountId)
    .where('verdict', 'is not', null)
    .orderBy('created')
    .orderBy('ordinal')
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Whether a document tells of this file. */
export const hasFile = async (db: Database, { accountId, id }: { accountId: string; id: string }): Promise<boolean> =>
  (await stored(db, accountId).where('file_id', '=', id).executeTakeFirst()) !== undefined
