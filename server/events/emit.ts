/** Telling: an event is a row of the outbox, saved in the transaction of the change it tells of. */
import { type Topic, topics } from '@clearyard/contract/events.ts'
import type { ResourceType } from '@clearyard/contract/links.ts'
import type { Database, Stored } from '../db/database.ts'
import type { Ctx } from '../gate/operation.ts'
import { table } from '../gate/tables.ts'

export type EventRow = {
  id: string
  topic: Topic
  resource_type: ResourceType
  resource_id: string
  /** The customer a `customer_…` topic is about. */
  customer_id: string | null
  /** Of a transfer that was given one. */
  correlation_id: string | null
  created: Date
}

export const events = table<EventRow>({
  name: 'events',
  columns: {
    id: 'uuid',
    topic: 'text',
    resource_type: 'text',
    resource_id: 'uuid',
    customer_id: 'uuid',
    correlation_id: 'text',
    created: 'timestamptz',
  },
  ordinal: true,
})

/** @property customer of a `customer_…` topic */
type About = { readonly resource: string; readonly customer?: string; readonly correlationId?: string }

export const emit = (ctx: Ctx, topic: Topic, about: About): void =>
  events.insert(ctx, {
    id: ctx.newId(),
    topic,
    resource_type: topics[topic],
    resource_id: about.resource,
    customer_id: about.customer ?? null,
    correlation_id: about.correlationId ?? null,
    created: ctx.now,
  })

/** Queries over the outbox. */
export const eventTable = (db: Database) => db.withTables<{ events: Stored<EventRow> }>()
