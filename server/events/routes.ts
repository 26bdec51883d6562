/** `GET /events` and `GET /events/{id}`. */
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, halType, link, pagingLinks } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Database } from '../db/database.ts'
import { listed } from '../db/listed.ts'
import { createQueryReader } from '../http/query.ts'
import type { ReadRoute } from '../http/route.ts'
import { idSchema, instantSchema, type JsonSchema, linksSchema, listSchema, pageParameters } from '../http/schemas.ts'
import { type EventRow, eventTable } from './emit.ts'

const tag = 'events'

const eventBody = (event: EventRow, accountId: string): Hal => ({
  _links: {
    self: link(pathOf('event', event.id), 'event'),
    // Alone among links, an event's link to its resource names no resource type.
    resource: { href: pathOf(event.resource_type, event.resource_id), type: halType },
    account: link(pathOf('account', accountId), 'account'),
    ...(event.customer_id === null ? {} : { customer: link(pathOf('customer', event.customer_id), 'customer') }),
  },
  id: event.id,
  created: event.created.toISOString(),
  topic: event.topic,
  resourceId: event.resource_id,
  ...(event.correlation_id === null ? {} : { correlationId: event.correlation_id }),
})

const eventSchema: JsonSchema = {
  type: 'object',
  required: ['_links', 'id', 'created', 'topic', 'resourceId'],
  properties: {
    _links: linksSchema,
    id: idSchema,
    created: instantSchema,
    topic: { type: 'string' },
    resourceId: idSchema,
    correlationId: { type: 'string', description: 'Of the transfer, where it was given one.' },
  },
}

export const eventRoutes = (options: { db: Database }): readonly ReadRoute[] => {
  const db = eventTable(options.db)
  return [
    {
      method: 'GET',
      path: '/events',
      operationId: 'listEvents',
      tag,
      summary: 'List events',
      description: 'What happened in the account, newest first.',
      parameters: pageParameters,
      answers: { 200: listSchema('events', eventSchema) },
      errors: ['ValidationError'],
      answer: async ({ caller, query }) => {
        const { accountId } = caller.world
        const read = createQueryReader(query)
        const page = read.page()
        read.done()
        const { rows, total } = await listed(
          db.selectFrom('events').where('account_id', '=', accountId).selectAll(),
          page,
        )
        const list = { path: '/events', query: query.raw, filters: [], resourceType: 'event' }
        return {
          _links: pagingLinks(list, page, total),
          _embedded: { events: rows.map((event) => eventBody(event, accountId)) },
          total,
        }
      },
    },
    {
      method: 'GET',
      path: '/events/{id}',
      operationId: 'getEvent',
      tag,
      summary: 'Get an event',
      description: 'One event of the account.',
      answers: { 200: eventSchema },
      errors: ['NotFound'],
      answer: async ({ caller, id }) => {
        const { accountId } = caller.world
        const event = await db
          .selectFrom('events')
          .where('account_id', '=', accountId)
          .where('id', '=', id)
          .selectAll()
          .executeTakeFirst()
        if (!event) throw new Refusal('NotFound')
        return eventBody(event, accountId)
      },
    },
  ]
}
