/** Customers that are written while something crashes: each is there with its event, and its key is remembered. */
import assert from 'node:assert/strict'
import { connectOnce } from '../server/db/pool.ts'
import { clientWith } from '../server/testing/harness.ts'
import { checkRemembered, freshWorld, inOrder, listAll, type Work } from './aftermath.ts'

const emailOf = (key: string): string => `${key}@example.com`

export const customers: Work = {
  name: 'customers',
  begin: async (origin) => {
    const token = await freshWorld(origin)
    return {
      token,
      orderOf: (key) => ({
        path: '/customers',
        body: { firstName: 'Ada', lastName: 'Lovelace', email: emailOf(key) },
      }),
      checkKept: async (wishes, origin) => {
        const client = clientWith(origin, token)
        const [kept, events] = await Promise.all([listAll(client, '/customers'), listAll(client, '/events')])
        const pathOf = (id: unknown) => `/customers/${id}`
        assert.deepEqual(
          inOrder(kept.map(({ id, email }) => `${email} ${pathOf(id)}`)),
          inOrder(wishes.map(({ key, location }) => `${emailOf(key)} ${location}`)),
        )
        assert.deepEqual(
          inOrder(events.map(({ topic, resourceId }) => `${topic} ${pathOf(resourceId)}`)),
          inOrder(wishes.map(({ location }) => `customer_created ${location}`)),
        )
        await checkRemembered(wishes, origin, token)
      },
    }
  },
  // there is no customer without its event, no event without its customer, no key without its customer
  checkWhole: async (databaseUrl) => {
    const client = await connectOnce(databaseUrl)
    try {
      const { rows } = await client.query<{ customers: bigint; halves: bigint }>(`
        select (select count(*) from customers) as customers, (
          select count(*) from customers c
            full join events e on e.account_id = c.account_id and e.resource_id = c.id
            full join idempotency_records r
              on r.account_id = c.account_id and r.location = '/customers/' || c.id
          where c.id is null or e.id is null or r.id is null
        ) as halves`)
      assert.notEqual(rows[0]?.customers, 0n)
      assert.equal(rows[0]?.halves, 0n)
    } finally {
      await client.end()
    }
  },
}
