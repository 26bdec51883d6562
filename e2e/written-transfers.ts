/** Transfers that are written while something crashes: each has moved its cent once, with its events. */
import assert from 'node:assert/strict'
import { connect } from '../server/db/pool.ts'
import { whole } from '../server/resources/customers/customers-fixture.ts'
import { type Client, clientWith } from '../server/testing/harness.ts'
import { assertLedgerHolds } from '../server/testing/ledger.ts'
import { checkRemembered, freshWorld, inOrder, listAll, type Work } from './aftermath.ts'

/** What is told of money that is there at once, in its order. */
const topics = ['transfer_created', 'customer_transfer_created', 'transfer_completed', 'customer_transfer_completed']

type Balance = { readonly id: string; readonly cents: number }

/** @param owner the path of the account or a customer */
const balanceOf = async (client: Client, owner: string): Promise<Balance> => {
  const { text } = await client.get(`${owner}/funding-sources?embed=balance`)
  type Source = { id: string; type: string; _embedded?: { balance: { balance: { value: string } } } }
  const sources = (JSON.parse(text) as { _embedded: { 'funding-sources': Source[] } })._embedded['funding-sources']
  const found = sources.find(({ type }) => type === 'balance')
  assert.ok(found?._embedded, text)
  return { id: found.id, cents: Math.round(Number(found._embedded.balance.balance.value) * 100) }
}

export const transfers: Work = {
  name: 'transfers',
  begin: async (origin) => {
    const token = await freshWorld(origin)
    const client = clientWith(origin, token)
    const root = await client.get('/')
    const account = new URL(String(root.body['_links']?.['account']?.['href'])).pathname
    const made = await client.post('/customers', whole('personal'))
    assert.equal(made.status, 201, made.text)
    const receiver = new URL(made.location ?? '').pathname
    const [from, to] = [await balanceOf(client, account), await balanceOf(client, receiver)]
    return {
      token,
      orderOf: (key) => ({
        path: '/transfers',
        body: {
          _links: {
            source: { href: `/funding-sources/${from.id}` },
            destination: { href: `/funding-sources/${to.id}` },
          },
          amount: { value: '0.01', currency: 'USD' },
          correlationId: key,
        },
      }),
      checkKept: async (wishes, origin) => {
        const client = clientWith(origin, token)
        const [kept, events] = await Promise.all([listAll(client, `${account}/transfers`), listAll(client, '/events')])
        assert.deepEqual(
          inOrder(kept.map(({ id, correlationId, status }) => `${correlationId} /transfers/${id} ${status}`)),
          inOrder(wishes.map(({ key, location }) => `${key} ${location} processed`)),
        )
        assert.deepEqual(
          inOrder(
            events.flatMap(({ topic, resourceId }) =>
              topics.includes(String(topic)) ? [`${topic} /transfers/${resourceId}`] : [],
            ),
          ),
          inOrder(wishes.flatMap(({ location }) => topics.map((topic) => `${topic} ${location}`))),
        )
        const [left, moved] = [await balanceOf(client, account), await balanceOf(client, receiver)]
        assert.deepEqual([left.cents, moved.cents], [from.cents - wishes.length, wishes.length])
        await checkRemembered(wishes, origin, token)
      },
    }
  },
  checkWhole: async (databaseUrl) => {
    const pool = connect(databaseUrl, { max: 1 })
    await assertLedgerHolds({ pool }).finally(() => pool.end())
  },
}
