/** The file of a document: taken in sealed while it is weighed and hashed, and opened again for who may see it. */
import { createHash } from 'node:crypto'
import type { Database } from '../../db/database.ts'
import { newFileKey, openFile, sealFile } from '../../files/sealed-file.ts'
import type { FilePlace, FileStorage } from '../../files/storage.ts'
import { openCell } from '../../gate/sealed.ts'
import type { FormFile } from '../../http/form.ts'
import type { Sealer } from '../../sealing.ts'
import { type MediaType, mediaTypeOf, signatureBytes } from './domain.ts'
import { findDocument, hasFile } from './store.ts'

/** A file that was put and is not kept yet. */
export type StoredFile = {
  place: FilePlace
  key: Buffer
  name: string
  sizeBytes: number
  /** Null when it is of no kind that is taken. */
  mediaType: MediaType | null
  /** SHA-256 of its content, in hex. */
  contentHash: string
}

const maxNameLength = 255

/** Stores a file as it arrives. */
export const storeFile = async (
  files: FileStorage,
  accountId: string,
  { name, content }: FormFile,
): Promise<StoredFile> => {
  const hash = createHash('sha256')
  let beginning = Buffer.alloc(0)
  let sizeBytes = 0
  async function* weighed(): AsyncGenerator<Uint8Array> {
    for await (const bytes of content) {
      hash.update(bytes)
      sizeBytes += bytes.length
      if (beginning.length < signatureBytes)
        beginning = Buffer.concat([beginning, bytes.subarray(0, signatureBytes - beginning.length)])
      yield bytes
    }
  }
  // neither is the business of a run: the gate may run twice, and a seeded world derives its ids
  const place = { accountId, id: crypto.randomUUID() }
  const key = newFileKey()
  await files.put(place, sealFile(key, place, weighed()))
  return {
    place,
    key,
    name: name.slice(0, maxNameLength),
    sizeBytes,
    mediaType: mediaTypeOf(beginning),
    contentHash: hash.digest('hex'),
  }
}

export type OpenedFile = {
  name: string
  mediaType: MediaType
  sizeBytes: number
  content: AsyncIterable<Uint8Array>
}

export type FileReader = (accountId: string, documentId: string) => Promise<OpenedFile | null>

/** Opens the files of documents, for the operator alone; null when there is no such document. */
export const createFileReader =
  ({ db, sealer, files }: { db: Database; sealer: Sealer; files: FileStorage }): FileReader =>
  async (accountId, documentId) => {
    const document = await findDocument(db, accountId, documentId)
    if (!document) return null
    const opened = (column: 'sealed_file_key' | 'sealed_file_name') =>
      openCell(sealer, { accountId, table: 'documents', id: document.id, column }, document[column])
    const place = { accountId, id: document.file_id }
    return {
      name: opened('sealed_file_name'),
      mediaType: document.media_type,
      sizeBytes: document.size_bytes,
      content: openFile(Buffer.from(opened('sealed_file_key'), 'base64'), place, files.open(place)),
    }
  }

/** No upload takes as long: whatever is older and not kept lost its server. */
const longestUploadMs = 60 * 60 * 1000

/** Keeps the files that a document tells of after all, and removes those that none tells of; run at start. */
export const sweepFiles = async (db: Database, files: FileStorage, nowMs: number): Promise<void> => {
  for (const place of await files.listAbandoned(nowMs - longestUploadMs))
    await ((await hasFile(db, place)) ? files.keep(place) : files.remove(place))
}
