/**
 * The table of event topics and the kind of resource each is about. Source: Dwolla's event list.
 * Topics of customers carry a link to the customer they are about.
 */
import type { ResourceType } from './links.ts'

export const topics = {
  customer_created: 'customer',
  customer_verified: 'customer',
  customer_reverification_needed: 'customer',
  customer_kba_verification_needed: 'customer',
  customer_kba_verification_passed: 'customer',
  customer_kba_verification_failed: 'customer',
  customer_verification_document_needed: 'customer',
  customer_verification_document_uploaded: 'customer',
  customer_verification_document_approved: 'customer',
  customer_verification_document_failed: 'customer',
  customer_verification_pending_review: 'customer',
  customer_address_verification_failed: 'customer',
  customer_suspended: 'customer',
  customer_deactivated: 'customer',
  customer_activated: 'customer',
  customer_beneficial_owner_created: 'beneficial-owner',
  customer_beneficial_owner_removed: 'beneficial-owner',
  customer_beneficial_owner_verified: 'beneficial-owner',
  customer_beneficial_owner_reverification_needed: 'beneficial-owner',
  customer_beneficial_owner_verification_document_needed: 'beneficial-owner',
  customer_beneficial_owner_verification_document_uploaded: 'beneficial-owner',
  customer_beneficial_owner_verification_document_approved: 'beneficial-owner',
  customer_beneficial_owner_verification_document_failed: 'beneficial-owner',
  funding_source_negative: 'funding-source',
  customer_funding_source_negative: 'funding-source',
  transfer_created: 'transfer',
  transfer_cancelled: 'transfer',
  transfer_failed: 'transfer',
  transfer_completed: 'transfer',
  bank_transfer_created: 'transfer',
  bank_transfer_creation_failed: 'transfer',
  bank_transfer_cancelled: 'transfer',
  bank_transfer_failed: 'transfer',
  bank_transfer_completed: 'transfer',
  customer_transfer_created: 'transfer',
  customer_transfer_cancelled: 'transfer',
  customer_transfer_failed: 'transfer',
  customer_transfer_completed: 'transfer',
  customer_bank_transfer_created: 'transfer',
  customer_bank_transfer_creation_failed: 'transfer',
  customer_bank_transfer_cancelled: 'transfer',
  customer_bank_transfer_failed: 'transfer',
  customer_bank_transfer_completed: 'transfer',
} as const satisfies Record<string, ResourceType>

export type Topic = keyof typeof topics
