/** The tables of what waits for the operator's decision, and of what the operator read and decided. */
import type { Page } from '@clearyard/contract/hal.ts'
import type { Causes } from '../causes.ts'
import type { Database, Stored } from '../db/database.ts'
import { type Listed, listed } from '../db/listed.ts'
import { table } from '../gate/tables.ts'
import type { Party } from '../identity/verifier.ts'
import type { DecisionWord } from './decisions.ts'

export type ReviewKind = Causes['reviewNeeded']['kind']

/** A review is withdrawn while its customer is deactivated, and obsolete once the owner it is about is gone. */
export const reviewStatuses = ['open', 'decided', 'withdrawn', 'obsolete'] as const
export type ReviewStatus = (typeof reviewStatuses)[number]

export type ReviewRow = {
  id: string
  kind: ReviewKind
  /** Whose customer, owner or document it is about. */
  customer_id: string
  owner_id: string | null
  document_id: string | null
  status: ReviewStatus
  decision: DecisionWord | null
  /** Of whom more is wanted. */
  needs: readonly Party[]
  reasons: readonly string[]
  decided: Date | null
  created: Date
}

export const reviews = table<ReviewRow>({
  name: 'reviews',
  columns: {
    id: 'uuid',
    kind: 'text',
    customer_id: 'uuid',
    owner_id: 'uuid',
    document_id: 'uuid',
    status: 'text',
    decision: 'text',
    needs: 'jsonb',
    reasons: 'jsonb',
    decided: 'timestamptz',
    created: 'timestamptz',
  },
  parents: ['customer_id'],
  ordinal: true,
})

export const auditActions = ['review_read', 'file_read', 'review_decided'] as const
export type AuditAction = (typeof auditActions)[number]

export type AuditEntryRow = {
  id: string
  action: AuditAction
  resource_type: ReviewKind
  resource_id: string
  details: { readonly reviewId: string; readonly decision?: DecisionWord | null }
  created: Date
}

export const auditEntries = table<AuditEntryRow>({
  name: 'audit_entries',
  columns: {
    id: 'uuid',
    action: 'text',
    resource_type: 'text',
    resource_id: 'uuid',
    details: 'jsonb',
    created: 'timestamptz',
  },
  ordinal: true,
  insertOnly: true,
})

const reviewTables = (db: Database) =>
  db.withTables<{ reviews: Stored<ReviewRow>; audit_entries: Stored<AuditEntryRow> }>()

/** One page of the reviews of an account, newest first; all of them unless statuses are given. */
export const listReviews = (
  db: Database,
  accountId: string,
  statuses: readonly ReviewStatus[],
  page: Page,
): Promise<Listed<ReviewRow>> => {
  const ofAccount = reviewTables(db).selectFrom('reviews').where('account_id', '=', accountId)
  const matching = statuses.length > 0 ? ofAccount.where('status', 'in', statuses) : ofAccount
  return listed(matching.selectAll(), page)
}

/** One page of the audit log of an account, newest first. */
export const listAuditEntries = (db: Database, accountId: string, page: Page): Promise<Listed<AuditEntryRow>> =>
  listed(reviewTables(db).selectFrom('audit_entries').where('account_id', '=', accountId).selectAll(), page)
