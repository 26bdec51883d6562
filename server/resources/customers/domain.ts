/** What may happen to a customer: pure. */
import type { CustomerStatus } from '@clearyard/contract/customers.ts'
import type { StateTable } from '../../states.ts'

export type CustomerStep = 'edit' | 'suspend' | 'deactivate' | 'reactivate'

/** What decides about a customer's steps. */
export type CustomerFacts = { status: CustomerStatus }

/**
 * Unverified and receive-only customers. Only the operator lifts a suspension, so `suspended` has no row.
 * Suspending is accepted and not offered: Dwolla's samples show no link for it.
 */
export const customerStates: StateTable<CustomerStatus, CustomerStep, CustomerFacts> = [
  { from: 'unverified', step: 'edit', to: 'unverified', link: 'edit' },
  { from: 'unverified', step: 'deactivate', to: 'deactivated', emits: 'customer_deactivated', link: 'deactivate' },
  { from: 'unverified', step: 'suspend', to: 'suspended', emits: 'customer_suspended', link: null },
  { from: 'deactivated', step: 'reactivate', to: 'unverified', emits: 'customer_activated', link: 'reactivate' },
]
