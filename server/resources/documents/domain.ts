/** What may be uploaded, and what becomes of it: pure. */
import type { DocumentStatus, DocumentType } from '@clearyard/contract/documents.ts'
import type { StateTable } from '../../states.ts'

export const mediaTypes = ['image/png', 'image/jpeg', 'application/pdf'] as const
export type MediaType = (typeof mediaTypes)[number]

/** How files of each kind begin. What a client calls its file, or says of it, decides nothing. */
const signatures: readonly (readonly [MediaType, readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
]

/** How much of the beginning of a file tells its kind. */
export const signatureBytes = Math.max(...signatures.map(([, signature]) => signature.length))

/** The kind of a file that begins so, or null when it is none of ours. */
export const mediaTypeOf = (beginning: Uint8Array): MediaType | null =>
  signatures.find(([, signature]) => signature.every((byte, at) => beginning[at] === byte))?.[0] ?? null

/** Personal IDs are pictures; papers of a business may be PDFs, too. */
export const mayBe = (mediaType: MediaType, type: DocumentType, ofBusiness: boolean): boolean =>
  mediaType !== 'application/pdf' || (ofBusiness && type === 'other')

/** A document is reviewed once. */
export const documentStates: StateTable<DocumentStatus, 'review', { status: DocumentStatus }> = [
  { from: 'pending', step: 'review', to: 'reviewed', link: null },
]
