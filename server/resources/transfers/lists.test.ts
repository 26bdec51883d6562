/** Whose transfers a list shows, what its filters leave of them, and how far it reaches. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connected } from '../../testing/database.ts'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { errorsOf } from '../customers/customers-fixture.ts'
import { newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type Listed = { id: string; amount: { value: string }; status: string; _links: { [rel: string]: unknown } }
type List = { _embedded: { transfers: Listed[] }; total: number; _links: { [rel: string]: { href: string } } }

const listOf = async ({ client, ids }: Place, owner: string, query = ''): Promise<List> => {
  const path = `/${owner === 'A' ? 'accounts' : 'customers'}/${ids.get(owner)}/transfers`
  const answer = await client.get(`${path}${query === '' ? '' : `?${query}`}`)
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

/** The amounts of a list, without what follows their point. */
const amountsOf = ({ _embedded }: List): string =>
  _embedded.transfers.map(({ amount }) => amount.value.replace(/\.00$/, '')).join(' ')

describe('a list of transfers', () => {
  let place: Place
  before(async () => {
    const clock = { mode: 'frozen', set: '2026-03-02T23:59:59.999Z' }
    place = await newPlace(server, {}, { clock })
    const send = async (from: string, to: string, value: string, correlationId: string) => {
      const sent = await place.send(from, to, value, { correlationId })
      assert.equal(sent.status, 201, sent.text)
    }
    const turn = async (set: string) =>
      assert.equal((await server.operate('POST', `/worlds/${place.worldId}/clock`, { set })).status, 200)
    await send('S.balance', 'A.balance', '1.00', 'one')
    await turn('2026-03-03T00:00:00.000Z')
    await send('A.balance', 'R.balance', '2.00', 'two')
    await send('S.bank', 'R.balance', '3.00', 'two')
    await turn('2026-03-04T12:00:00.000Z')
    await send('U.bank', 'A.balance', '4.50', 'four')
    await place.run('U.bank R01')
    await send('A.balance', 'A.bank', '5.00', 'FOUR')
    await send('S.balance', 'U.bank', '6.00', 'six')
  })

  // 3 is two transfers: that of S's bank to its balance, and that of S to R
  const rows = textTable(
    ['owner', 'query', 'amounts'],
    `
    A | -                                           | 5 4.50 2 1
    S | -                                           | 6 3 3 1
    R | -                                           | 3 2
    U | -                                           | 6 4.50
    O | -                                           |
    A | search=s@example.com                        | 1
    A | search=S@EXAMPLE                            | 1
    A | search={S}                                  | 1
    A | search={A}                                  | 5 4.50 2 1
    A | search=merchant                             | 4.50 2 1
    S | search=r@example                            | 3
    S | search=%25                                  |
    S | search=_                                    |
    S | search=nobody                               |
    A | startAmount=2                               | 5 4.50 2
    A | startAmount=2.00&endAmount=4.50             | 4.50 2
    A | endAmount=4.49                              | 2 1
    A | startAmount=0&endAmount=0                   |
    A | startDate=2026-03-03                        | 5 4.50 2
    A | startDate=2026-03-04                        | 5 4.50
    A | endDate=2026-03-03                          | 1
    A | endDate=2026-03-04                          | 2 1
    A | startDate=2026-03-03&endDate=2026-03-04     | 2
    A | startDate=2027-01-01                        |
    A | status=processed                            | 2 1
    A | status=pending                              | 5
    A | status=failed                               | 4.50
    A | status=cancelled                            |
    A | status=pending&status=failed                | 5 4.50
    S | status=pending                              | 6
    A | correlationId=four                          | 4.50
    A | correlationId=FOUR                          | 5
    R | correlationId=two                           | 3 2
    A | correlationId=fo                            |
    A | limit=2                                     | 5 4.50
    A | limit=2&offset=1                            | 4.50 2
    A | offset=4                                    |
    A | search=merchant&status=processed&endAmount=1&correlationId=one | 1
    `,
  )

  for (const { owner, query, amounts } of rows)
    it(`of ${owner} by ${query}: ${amounts}`, async () => {
      const asked = query === '-' ? '' : query.replace(/\{(.)\}/, (_, letter) => place.ids.get(letter) ?? '')
      const list = await listOf(place, owner, asked)
      assert.equal(amountsOf(list), amounts)
      if (!/limit|offset/.test(query)) assert.equal(list.total, list._embedded.transfers.length)
    })

  it('shows each as it is shown by itself', async () => {
    for (const owner of ['A', 'S', 'U'])
      for (const listed of (await listOf(place, owner))._embedded.transfers)
        assert.deepEqual(await place.get(`/transfers/${listed.id}`), listed)
  })

  it('leads from page to page and keeps its filters', async () => {
    const path = `${server.origin}/accounts/${place.accountId}/transfers`
    const { _links, total } = await listOf(place, 'A', 'search=example.com&limit=1&offset=1')
    assert.equal(total, 3)
    assert.deepEqual(
      Object.entries(_links).map(([rel, { href }]) => `${rel} ${href.replace(path, '')}`),
      [
        'self ?search=example.com&limit=1&offset=1',
        'first ?search=example.com&limit=1&offset=0',
        'next ?search=example.com&limit=1&offset=2',
        'prev ?search=example.com&limit=1&offset=0',
        'last ?search=example.com&limit=1&offset=2',
      ],
    )
  })

  it('takes no filter that it cannot read, and says of each what is wrong with it', async () => {
    const wrong =
      'startAmount=x&endAmount=-1&startDate=2026-02-30&endDate=3.3.2026&status=done&limit=0&search=a&search=b&correlationId=a&correlationId=b'
    const answer = await place.client.get(`/accounts/${place.accountId}/transfers?${wrong}`)
    assert.deepEqual(
      errorsOf(answer).map((error) => error.split(' ').slice(0, 2).join(' ')),
      ['limit', 'search', 'startAmount', 'endAmount', 'startDate', 'endDate', 'status', 'correlationId'].map(
        (name) => `Invalid /${name}`,
      ),
    )
  })

  it('is nobody’s but the account’s and its customers’', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const [path, message] of [
      [`/accounts/${unknown}/transfers`, 'Account not found.'],
      [`/accounts/${place.ids.get('S')}/transfers`, 'Account not found.'],
      [`/customers/${unknown}/transfers`, 'Customer not found.'],
      [`/customers/${place.accountId}/transfers`, 'Customer not found.'],
    ] as const) {
      const { status, body } = await place.client.get(path)
      assert.deepEqual([status, body['code'], body['message']], [404, 'NotFound', message], path)
    }
  })

  it('reaches the newest 10,000, and dates lead further back', async () => {
    const deep = await newPlace(server)
    assert.equal((await deep.send('S.balance', 'U.bank', '1.00')).status, 201)
    const from = (await listOf(deep, 'S'))._embedded.transfers[0]?.id
    await connected(server.ownerUrl, (client) =>
      client.query(
        `insert into transfers select (jsonb_populate_record(t, jsonb_build_object(
           'id', gen_random_uuid(), 'ordinal', n, 'created', timestamptz '2020-01-01' + n * interval '1 minute',
           'amount_cents', n, 'status', 'cancelled', 'awaits', null, 'owed_to', null))).*
         from transfers t, generate_series(1, 10050) n where t.id = $1`,
        [from],
      ),
    )
    const page = await listOf(deep, 'S', 'limit=200&offset=9900')
    assert.deepEqual([page.total, page._embedded.transfers.length], [10_000, 100])
    assert.equal(page._embedded.transfers.at(-1)?.amount.value, '0.52')
    assert.equal(page._links['next'], undefined)
    const beyond = await listOf(deep, 'S', 'offset=10000')
    assert.deepEqual([beyond.total, beyond._embedded.transfers], [10_000, []])
    const older = await listOf(deep, 'S', 'endDate=2020-01-02&limit=1&offset=1438')
    assert.deepEqual([older.total, amountsOf(older)], [1439, '0.01'])
    await connected(server.ownerUrl, (client) => client.query(`delete from transfers where created < '2021-01-01'`))
  })
})
