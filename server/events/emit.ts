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
    created: 'timestamptz',
  },
  ordinal: true,
})

export const emit = (ctx: Ctx, topic: Topic, about: { resource: string; customer?: string }): void =>
  events.insert(ctx, {
    id: ctx.newId(),
    topic,
    resource_type: topics[topic],
    resource_id: about.resource,
    customer_id: about.customer ?? null,
    created: ctx.now,
  })

/** Queries over the outbox. */
export const eventTable = (db: Database) => db.withTables<{ events: Stored<EventRow> }>()
