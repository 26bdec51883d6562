/** Whom a document is about: a customer, or one of its owners. Each says when one is wanted, and what comes of it. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { DocumentVerdict } from '../../identity/verifier.ts'
import { findOwner } from '../beneficial-owners/store.ts'
import {
  acceptOwnerDocument,
  noteOwnerDocumentUploaded,
  rejectOwnerDocument,
} from '../beneficial-owners/verification.ts'
import { customers } from '../customers/store.ts'
import { acceptDocument, noteDocumentUploaded, rejectDocument } from '../customers/verification.ts'
import type { DocumentRow } from './store.ts'

export type SubjectKind = 'customer' | 'beneficial-owner'

/** A subject of whom documents are wanted, locked. */
export type Subject = {
  customerId: string
  ownerId: string | null
  /** Whether papers of a business are among what may be wanted. */
  isBusiness: boolean
  noteUploaded: () => void
}

const customerOf = (ctx: Ctx, id: string): Subject => {
  const customer = customers.find(ctx, id)
  if (!customer) throw new Refusal('notFound')
  if (customer.status !== 'document') throw new Refusal('invalidResourceState')
  return {
    customerId: id,
    ownerId: null,
    isBusiness: customer.type === 'business',
    noteUploaded: () => noteDocumentUploaded(ctx, customer),
  }
}

const ownerOf = (ctx: Ctx, id: string): Subject => {
  const owner = findOwner(ctx, id)
  if (!owner) throw new Refusal('NotFound')
  if (owner.verification_status !== 'document') throw new Refusal('InvalidResourceState')
  return {
    customerId: owner.customer_id,
    ownerId: id,
    isBusiness: false,
    noteUploaded: () => noteOwnerDocumentUploaded(ctx, owner),
  }
}

/**
 * The subject of an upload.
 * @throws Refusal when there is none, or no document is wanted of it; about customers in words of their own
 */
export const getSubject = (ctx: Ctx, kind: SubjectKind, id: string): Subject =>
  (kind === 'customer' ? customerOf : ownerOf)(ctx, id)

/** Has the subject of a document go on by what its review found; a removed owner does not. */
export const applyReview = (ctx: Ctx, { customer_id, owner_id, type }: DocumentRow, verdict: DocumentVerdict): void => {
  if (owner_id === null) {
    const customer = customers.get(ctx, customer_id)
    if (verdict.status === 'accepted') acceptDocument(ctx, customer, type)
    else rejectDocument(ctx, customer, verdict.reasons)
    return
  }
  const owner = findOwner(ctx, owner_id)
  if (!owner) return
  if (verdict.status === 'accepted') acceptOwnerDocument(ctx, owner)
  else rejectOwnerDocument(ctx, owner)
}
