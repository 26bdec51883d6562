/** The routes of documents. */
import { documentShape } from '@clearyard/contract/documents.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../../db/database.ts'
import type { Call, Route } from '../../http/route.ts'
import { listSchema, shapeSchema } from '../../http/schemas.ts'
import type { OwnerRow } from '../beneficial-owners/store.ts'
import { documentForms } from '../customers/forms.ts'
import type { CustomerRow } from '../customers/store.ts'
import { documentBody, documentSchema } from './hal.ts'
import { type ReceiveOptions, receiveDocument } from './receive.ts'
import { findDocument, listDocuments, type Subject } from './store.ts'

type Reader<R> = (key: { accountId: string; id: string }) => Promise<R | null>

type Options = ReceiveOptions & { db: Database; readCustomer: Reader<CustomerRow>; readOwner: Reader<OwnerRow> }

const uploaded = {
  method: 'POST',
  tag: 'documents',
  body: shapeSchema(documentShape),
  answers: { 201: 'The document' },
} as const

const listed = {
  method: 'GET',
  tag: 'documents',
  answers: { 200: listSchema('documents', documentSchema) },
} as const

const refusals = [
  'ValidationError',
  'maximumNumberOfResources',
  'invalidFileType',
  'DuplicateResource',
  'fileTooLarge',
] as const

/** The row that a call is about. */
const getBy = async <R>(read: Reader<R>, { caller, id }: Call): Promise<R> => {
  const row = await read({ accountId: caller.world.accountId, id })
  if (!row) throw new Refusal('NotFound')
  return row
}

const listOf = async (db: Database, { caller }: Call, path: string, about: Subject): Promise<Hal> => {
  const rows = await listDocuments(db, caller.world.accountId, about)
  return {
    _links: { self: link(`${path}/documents`, 'document') },
    _embedded: { documents: rows.map(documentBody) },
    total: rows.length,
  }
}

const ofCustomers = (options: Options): readonly Route[] => [
  {
    ...uploaded,
    path: '/customers/{id}/documents',
    operationId: 'createCustomerDocument',
    summary: 'Upload a document about a customer',
    description: 'While the customer’s status is `document`. The sandbox reviews its sample files by their names.',
    notFound: () => new Refusal('notFound'),
    errors: [...refusals, 'invalidResourceState', 'notFound'],
    receive: (call, form) => receiveDocument(options, 'customer', call, form),
  },
  {
    ...listed,
    path: '/customers/{id}/documents',
    operationId: 'listCustomerDocuments',
    summary: 'List the documents about a customer',
    description: 'Newest first, all of them; those about its beneficial owners are listed with each owner.',
    errors: ['NotFound', 'InvalidResourceState'],
    answer: async (call) => {
      const { id } = await getBy(options.readCustomer, call)
      return listOf(options.db, call, pathOf('customer', id), { customerId: id, ownerId: null })
    },
    forms: async (call) => documentForms(await getBy(options.readCustomer, call)),
  },
]

const ofOwners = (options: Options): readonly Route[] => [
  {
    ...uploaded,
    path: '/beneficial-owners/{id}/documents',
    operationId: 'createBeneficialOwnerDocument',
    summary: 'Upload a document about a beneficial owner',
    description: 'While the owner’s `verificationStatus` is `document`. PDFs are not taken.',
    errors: [...refusals, 'InvalidResourceState', 'NotFound'],
    receive: (call, form) => receiveDocument(options, 'beneficial-owner', call, form),
  },
  {
    ...listed,
    path: '/beneficial-owners/{id}/documents',
    operationId: 'listBeneficialOwnerDocuments',
    summary: 'List the documents about a beneficial owner',
    description: 'Newest first, all of them.',
    errors: ['NotFound'],
    answer: async (call) => {
      const { id, customer_id } = await getBy(options.readOwner, call)
      return listOf(options.db, call, pathOf('beneficial-owner', id), { customerId: customer_id, ownerId: id })
    },
  },
]

export const documentRoutes = (options: Options): readonly Route[] => [
  ...ofCustomers(options),
  ...ofOwners(options),
  {
    method: 'GET',
    path: '/documents/{id}',
    operationId: 'retrieveDocument',
    tag: 'documents',
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
