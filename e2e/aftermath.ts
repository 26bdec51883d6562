/** What has to hold after a crash, whatever crashed: as the client sees it, and as the database has it. */
import assert from 'node:assert/strict'
import pg from 'pg'
import { type Client, clientWith, send, takeToken } from '../server/testing/harness.ts'
import { askAgain, type Wish, wasUnknown } from './creators.ts'

/** A world of its own for each round, so that a round has to look at its own customers only. */
export const freshWorld = async (origin: string): Promise<{ token: string }> => {
  const made = await send(origin, 'POST', '/_clearyard/worlds', {
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(made.status, 201, made.text)
  const { key, secret } = made.body['application'] as unknown as { key: string; secret: string }
  return { token: await takeToken(origin, { key, secret }) }
}

/** Everything a list has, page by page. */
const listAll = async (client: Client, list: 'customers' | 'events') => {
  const items: { readonly [member: string]: unknown }[] = []
  for (;;) {
    const page = await client.get(`/${list}?limit=200&offset=${items.length}`)
    assert.equal(page.status, 200, page.text)
    const found = page.body['_embedded']?.[list] as unknown as typeof items
    items.push(...found)
    if (items.length === Number(page.body['total'])) return items
    assert.notEqual(found.length, 0, `the list of ${list} ends before its total`)
  }
}

const inOrder = (values: readonly unknown[]): string[] => values.map(String).sort()

/**
 * Every customer that was acknowledged is there, with its event, once; nothing else is; and every key is remembered.
 */
export const checkKept = async (wishes: readonly Wish[], origin: string, token: string): Promise<void> => {
  const client = clientWith(origin, token)
  const [customers, events] = await Promise.all([listAll(client, 'customers'), listAll(client, 'events')])
  const pathOf = (id: unknown) => `/customers/${id}`
  assert.deepEqual(
    inOrder(customers.map(({ id, email }) => `${email} ${pathOf(id)}`)),
    inOrder(wishes.map(({ email, location }) => `${email} ${location}`)),
  )
  assert.deepEqual(
    inOrder(events.map(({ topic, resourceId }) => `${topic} ${pathOf(resourceId)}`)),
    inOrder(wishes.map(({ location }) => `customer_created ${location}`)),
  )
  const certain = wishes.filter((wish) => !wasUnknown(wish))
  const asked = [...wishes.filter(wasUnknown), ...certain.slice(-2)]
  assert.deepEqual(
    await askAgain(asked, origin, token),
    asked.map(({ location }) => location),
  )
}

/** In all worlds there is no customer without its event, no event without its customer, no key without its customer. */
export const checkWhole = async (databaseUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl, ssl: false })
  await client.connect()
  try {
    const { rows } = await client.query<{ customers: string; halves: string }>(`
      select (select count(*) from customers) as customers, (
        select count(*) from customers c
          full join events e on e.account_id = c.account_id and e.resource_id = c.id
          full join idempotency_records r
            on r.account_id = c.account_id and r.location = '/customers/' || c.id
        where c.id is null or e.id is null or r.id is null
      ) as halves`)
    assert.notEqual(rows[0]?.customers, '0')
    assert.equal(rows[0]?.halves, '0')
  } finally {
    await client.end()
  }
}
