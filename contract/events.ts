/**
 * The table of event topics and the kind of resource each is about. Source: Dwolla's event list.
 * Topics of customers carry a link to the customer they are about.
 */
import type { ResourceType } from './links.ts'

export const topics = {
  customer_created: 'customer',
  customer_suspended: 'customer',
  customer_deactivated: 'customer',
  customer_activated: 'customer',
} as const satisfies Record<string, ResourceType>

export type Topic = keyof typeof topics
