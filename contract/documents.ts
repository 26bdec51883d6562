/**
 * Identity documents on the wire: what may be uploaded, and what a review can find wrong with it.
 * Source: Dwolla's pages on documents and on handling verification statuses.
 */
import type { Shape } from './fields.ts'

export const documentTypes = ['passport', 'license', 'idCard', 'other'] as const
export type DocumentType = (typeof documentTypes)[number]

export const documentStatuses = ['pending', 'reviewed'] as const
export type DocumentStatus = (typeof documentStatuses)[number]

export const documentVerificationStatuses = ['pending', 'accepted', 'rejected'] as const
export type DocumentVerificationStatus = (typeof documentVerificationStatuses)[number]

/** The most a file may hold: 10 MiB. */
export const maxDocumentBytes = 10 * 1024 * 1024

/** How many files may wait for their review at once. */
export const maxOpenDocuments = 4

/** What a review can find wrong, in Dwolla's words. */
export const failureReasons = {
  ScanNotReadable: 'Image blurry, too dark, or obscured by glare',
  ScanNotUploaded: 'Scan not uploaded',
  ScanIdExpired: 'ID is expired',
  ScanIdTypeNotSupported: 'ID may be a military ID, firearm license, or other unsupported ID type',
  ScanIdUnrecognized: 'ID is not recognized',
  ScanFailedOther: 'ID may be fraudulent or a generic example ID image',
  ScanNameMismatch: 'Scan name does not match name on account',
  ScanDobMismatch: 'Scan DOB does not match DOB on account',
  ForeignPassportNotAllowed: 'Passport is not from the USA',
  BusinessDocNotSupported: 'Business document not supported',
  BusinessNameMismatch: 'Business name on account does not match document',
  BusinessTypeMismatch: 'Business type chosen does not match document',
} as const

export type FailureReason = keyof typeof failureReasons

/** The form of an upload. */
export const documentShape: Shape = {
  title: 'Document',
  fields: {
    documentType: {
      label: 'Document Type',
      values: documentTypes,
      names: { passport: 'Passport', license: 'License', idCard: 'ID Card', other: 'Other' },
      description: 'What the document is.',
      example: 'passport',
    },
    file: {
      label: 'File',
      input: 'file',
      description: 'A JPEG or PNG, or for `other` of a business a PDF, of at most 10 MiB; its first bytes tell which.',
      example: 'passport.png',
    },
  },
  kind: { required: ['documentType', 'file'], optional: [] },
  fixed: {},
  parts: {},
}
