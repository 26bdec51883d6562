import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const freshClient = async (world: object = {}) => {
  const { accountId, application } = await server.newWorld(world)
  return { accountId, client: await server.as(application) }
}

let count = 0
const create = async (client: Client): Promise<string> => {
  const person = { firstName: 'Jane', lastName: 'Merchant', email: `jane${count++}@example.com` }
  const { location } = await client.post('/customers', person)
  return location?.split('/').at(-1) ?? ''
}

type Event = { id: string; topic: string; resourceId: string; created: string; _links: Record<string, object> }

const eventsOf = async (client: Client, query = ''): Promise<Event[]> => {
  const list = await client.get(`/events${query}`)
  assert.equal(list.status, 200, list.text)
  return JSON.parse(list.text)._embedded.events
}

const hal = 'application/vnd.dwolla.v1.hal+json'

describe('GET /events and GET /events/{id} answer 200', () => {
  it('with an event exactly as Dwolla shapes it; alone among links, the one to the resource has no resource type', async () => {
    const { accountId, client } = await freshClient({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00.105Z' } })
    const customer = await create(client)
    const [event, ...more] = await eventsOf(client)
    assert.equal(more.length, 0)
    const at = (path: string, type?: string) => ({
      href: server.origin + path,
      type: hal,
      ...(type ? { 'resource-type': type } : {}),
    })
    const expected = {
      _links: {
        self: at(`/events/${event?.id}`, 'event'),
        resource: at(`/customers/${customer}`),
        account: at(`/accounts/${accountId}`, 'account'),
        customer: at(`/customers/${customer}`, 'customer'),
      },
      id: event?.id,
      created: '2026-11-23T14:00:00.105Z',
      topic: 'customer_created',
      resourceId: customer,
    }
    assert.match(event?.id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    assert.notEqual(event?.id, customer)
    assert.deepEqual(event, expected)
    const single = await client.get(`/events/${event?.id.toUpperCase()}`)
    assert.equal(single.status, 200)
    assert.equal(single.headers.get('content-type'), `${hal}; charset=UTF-8`)
    assert.deepEqual(single.body, expected)
  })

  it('with one event a change, newest first, in the order of the changes although the clock stands still', async () => {
    const { client } = await freshClient({ clock: { mode: 'frozen' } })
    const [a, b] = [await create(client), await create(client)]
    for (const [id, body] of [
      [a, { status: 'deactivated' }],
      [b, { firstName: 'Other' }],
      [a, { status: 'reactivated' }],
      [b, { status: 'suspended' }],
    ] as const)
      assert.equal((await client.post(`/customers/${id}`, body)).status, 200)
    const names: { [id: string]: string } = { [a]: 'a', [b]: 'b' }
    assert.deepEqual(
      (await eventsOf(client)).map((event) => `${event.topic} ${names[event.resourceId]}`),
      [
        'customer_suspended b',
        'customer_activated a',
        'customer_deactivated a',
        'customer_created b',
        'customer_created a',
      ],
    )
  })

  it('with the time of the world', async () => {
    const world = await server.newWorld({ clock: { mode: 'frozen', set: '2030-01-31T12:00:00Z' } })
    const client = await server.as(world.application)
    await create(client)
    await server.operate('POST', `/worlds/${world.id}/clock`, { advance: 'P1M' })
    await create(client)
    assert.deepEqual(
      (await eventsOf(client)).map((event) => event.created),
      ['2030-02-28T12:00:00.000Z', '2030-01-31T12:00:00.000Z'],
    )
  })

  it('page by page, with their total', async () => {
    const { client } = await freshClient({ clock: { mode: 'frozen' } })
    const ids: string[] = []
    for (let n = 0; n < 27; n++) ids.unshift(await create(client))
    const first = JSON.parse((await client.get('/events')).text)
    const second = JSON.parse((await client.get(first._links.next.href)).text)
    assert.deepEqual(
      [first, second].flatMap((page) => page._embedded.events.map((event: Event) => event.resourceId)),
      ids,
    )
    const link = (query: string) => ({
      href: `${server.origin}/events${query}`,
      type: hal,
      'resource-type': 'event',
    })
    assert.deepEqual(first._links, {
      self: link(''),
      first: link('?&limit=25&offset=0'),
      next: link('?&limit=25&offset=25'),
      last: link('?&limit=25&offset=25'),
    })
    assert.deepEqual(second._links, {
      self: link('?&limit=25&offset=25'),
      first: link('?&limit=25&offset=0'),
      prev: link('?&limit=25&offset=0'),
      last: link('?&limit=25&offset=25'),
    })
    assert.deepEqual([first.total, second.total], [27, 27])
  })

  it('without the events of another world', async () => {
    const [own, foreign] = [await freshClient(), await freshClient()]
    await create(foreign.client)
    assert.deepEqual(await eventsOf(own.client), [])
  })
})

describe('an event', () => {
  it('is saved in the transaction of the change it tells of', async () => {
    const { accountId, client } = await freshClient()
    const id = await create(client)
    await client.post(`/customers/${id}`, { status: 'suspended' })
    const { rows } = await server.pool.query(
      `select e.topic, e.xmin::text = c.xmin::text as together from events e
       join customers c on c.account_id = e.account_id and c.id = e.resource_id
       where e.account_id = $1 order by e.ordinal`,
      [accountId],
    )
    // the row of the customer is that of its last change
    assert.deepEqual(rows, [
      { topic: 'customer_created', together: false },
      { topic: 'customer_suspended', together: true },
    ])
    const other = await create(client)
    const created = await server.pool.query(
      `select e.xmin::text = c.xmin::text as together from events e
       join customers c on c.account_id = e.account_id and c.id = e.resource_id where c.id = $1`,
      [other],
    )
    assert.deepEqual(created.rows, [{ together: true }])
  })

  it('is not told of a write that is refused', async () => {
    const { client } = await freshClient()
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const path = (await client.post('/customers', person)).location ?? ''
    const refused = [
      client.post('/customers', person),
      client.post('/customers', { ...person, email: 'no' }),
      client.post(path, { status: 'reactivated' }),
      client.post(path, { status: 'other' }),
      client.post('/customers/00000000-0000-4000-8000-000000000000', { status: 'suspended' }),
      client.post('/customers', '{'),
    ]
    for (const answer of await Promise.all(refused)) assert.ok(answer.status >= 400 && answer.status < 500)
    assert.deepEqual(
      (await eventsOf(client)).map((event) => event.topic),
      ['customer_created'],
    )
  })

  it('is told once of a creation that is repeated with its idempotency key', async () => {
    const { client } = await freshClient()
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    for (let n = 0; n < 3; n++)
      assert.equal((await client.post('/customers', person, { 'idempotency-key': 'k' })).status, 201)
    assert.equal((await eventsOf(client)).length, 1)
  })
})

describe('GET /events answers 400', () => {
  it('to what is no page', async () => {
    const { client } = await freshClient()
    const rows = textTable(
      ['query', 'path', 'message'],
      `
      limit=0            | /limit  | Limit must be a whole number from 1 to 200.
      limit=201          | /limit  | Limit must be a whole number from 1 to 200.
      offset=-1          | /offset | Offset must be a whole number from 0 to 999999999.
      offset=1&offset=2  | /offset | Offset must be a whole number from 0 to 999999999.
      `,
    )
    for (const { query, path, message } of rows) {
      const answer = await client.get(`/events?${query}`)
      assert.equal(answer.status, 400, query)
      assert.deepEqual(JSON.parse(answer.text)._embedded.errors, [{ code: 'Invalid', message, path, _links: {} }])
    }
  })
})

describe('GET /events/{id} answers 404', () => {
  it('alike to an event of another world, an unknown one and what is no id', async () => {
    const [own, foreign] = [await freshClient(), await freshClient()]
    await create(foreign.client)
    const [event] = await eventsOf(foreign.client)
    for (const id of [event?.id, event?.resourceId, '00000000-0000-4000-8000-000000000000', 'no-id']) {
      const answer = await own.client.get(`/events/${id}`)
      assert.equal(answer.status, 404)
      assert.deepEqual(answer.body, { code: 'NotFound', message: 'The requested resource was not found.' })
    }
  })
})
