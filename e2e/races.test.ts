import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import type pg from 'pg'
import { connect } from '../server/db/pool.ts'
import { testDatabase } from '../server/testing/database.ts'
import { type Client, clientWith, takeToken } from '../server/testing/harness.ts'
import { assertLedgerHolds } from '../server/testing/ledger.ts'
import {
  headerOf,
  openConnection,
  type RawAnswer,
  type RawConnection,
  requestText,
} from '../server/testing/raw-connection.ts'
import { rounds } from '../server/testing/rounds.ts'
import { type Scope, undo } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { sharedSettings } from './shared-settings.ts'

/** Of each server process. */
const connectionsEach = 50

type Field = {
  client: Client
  /** Writes a request on every connection at once, or several one behind the other, and gives the answers. */
  release(requestFor: (index: number) => string, each?: number): Promise<RawAnswer[]>
  /** Asks each server once. */
  askBoth(request: string): Promise<RawAnswer[]>
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>
  /** Everything that must hold of the ledger holds. */
  assertLedgerHolds(): Promise<void>
}

/** Two servers on one database, and open connections to both on which a first request has been answered. */
const startField = async (scope: Scope): Promise<Field> => {
  const database = await testDatabase()
  undo(scope, () => database.drop())
  const env = sharedSettings(database)
  // both at once: one of them makes the tables and the default world
  const servers = await Promise.all([startServerProcess(scope, { env }), startServerProcess(scope, { env })])
  const [{ url, key, secret }] = servers
  assert.deepEqual([servers[1].key, servers[1].secret], [key, secret])

  const token = await takeToken(url, { key, secret })
  const connections: RawConnection[] = []
  for (let index = 0; index < connectionsEach; index++)
    for (const server of servers) connections.push(await openConnection(server.url))
  undo(scope, () => {
    for (const connection of connections) connection.close()
  })
  const warm = requestText('GET', '/', { host: 'clearyard', accept: halType, authorization: `Bearer ${token}` })
  const warmed = await Promise.all(connections.map((connection) => connection.ask(warm)))
  assert.deepEqual([...new Set(warmed.map(({ status }) => status))], [200])

  const pool = connect(database.ownerUrl, { max: 1 })
  undo(scope, () => pool.end())
  return {
    client: clientWith(url, token),
    release: (requestFor, each = 1) => {
      const all = Array.from({ length: each }, () => connections).flat()
      const requests = all.map((_, index) => requestFor(index))
      return Promise.all(all.map((connection, index) => connection.ask(requests[index] ?? '')))
    },
    askBoth: (request) => Promise.all(connections.slice(0, 2).map((connection) => connection.ask(request))),
    query: async <R extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      (await pool.query<R>(sql, values)).rows,
    assertLedgerHolds: () => assertLedgerHolds({ pool }),
  }
}

const call = (method: string, path: string, token: string, body?: object, headers: Record<string, string> = {}) =>
  requestText(
    method,
    path,
    {
      host: 'clearyard',
      accept: halType,
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body && JSON.stringify(body),
  )

const ada = (email: string) => ({ firstName: 'Ada', lastName: 'Lovelace', email })

/** How many answers there were of each kind: the status, and the code of an error. */
const kindsOf = (answers: readonly RawAnswer[]): Record<string, number> => {
  const kinds: Record<string, number> = {}
  for (const { status, body } of answers) {
    const { code, _embedded } = status < 400 ? {} : (JSON.parse(body) as ErrorAnswer)
    const kind = [status, code, ...(_embedded?.errors.map((error) => error.code) ?? [])].filter(Boolean).join(' ')
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}

type Listed = { id: string; type: string; _embedded?: { balance: { balance: { value: string } } } }

type ErrorAnswer = { code?: string; _embedded?: { errors: { code: string }[] } }

const pathsOf = (answers: readonly RawAnswer[]): Set<string> =>
  new Set(
    answers
      .filter(({ status }) => status === 201)
      .map((answer) => new URL(headerOf(answer, 'location') ?? '').pathname),
  )

test('two servers on one database', async (suite) => {
  const field = await startField(suite)
  const all = connectionsEach * 2
  const winner = (index: number) => (index % 2 === 0 ? 'first' : 'second')

  const mint = async (body: object): Promise<string> => {
    const { status, text } = await field.client.post('/client-tokens', body)
    assert.equal(status, 200, text)
    return (JSON.parse(text) as { token: string }).token
  }

  /** Customers whose e-mail begins so, and their events. */
  const made = async (prefix: string) =>
    (
      await field.query<{ customers: number; events: number }>(
        `select count(distinct c.id)::int as customers, count(e.id)::int as events
         from customers c left join events e on e.account_id = c.account_id and e.resource_id = c.id
         where starts_with(c.email, $1)`,
        [prefix],
      )
    )[0]

  await suite.test('a client token that is redeemed by a hundred at once makes one customer', async (t) => {
    const wins: Record<string, number> = {}
    const count = rounds(200)
    for (let round = 0; round < count; round++) {
      const token = await mint({ action: 'customer.create' })
      const answers = await field.release((index) =>
        call('POST', '/customers', token, ada(`redeemed-${round}-${index}@example.com`)),
      )
      assert.deepEqual(kindsOf(answers), { '201': 1, '401 InvalidAccessToken': all - 1 })
      const won = winner(answers.findIndex(({ status }) => status === 201))
      wins[won] = (wins[won] ?? 0) + 1
    }
    assert.deepEqual(await made('redeemed-'), { customers: count, events: count })
    t.diagnostic(`${count} rounds, won by ${JSON.stringify(wins)}`)
  })

  await suite.test('a client token that reads a customer is read with once', async () => {
    const { location } = await field.client.post('/customers', ada('read@example.com'))
    const path = new URL(location ?? '').pathname
    const customer = { _links: { customer: { href: location } } }
    for (let round = 0; round < rounds(200); round++) {
      const token = await mint({ action: 'customer.read', ...customer })
      const answers = await field.release(() => call('GET', path, token))
      assert.deepEqual(kindsOf(answers), { '200': 1, '401 InvalidAccessToken': all - 1 })
    }
  })

  await suite.test('a request that is sent a hundred times with one idempotency key makes one customer', async (t) => {
    const kinds = new Set<number>()
    const count = rounds(200)
    for (let round = 0; round < count; round++) {
      const request = call('POST', '/customers', field.client.token, ada(`repeated-${round}@example.com`), {
        'idempotency-key': randomUUID(),
      })
      const answers = await field.release(() => request)
      const { '201': acknowledged = 0, '409 Conflict': running = 0, ...others } = kindsOf(answers)
      assert.deepEqual(others, {})
      assert.ok(acknowledged >= 1 && acknowledged + running === all)
      const paths = pathsOf(answers)
      assert.equal(paths.size, 1)
      for (const again of await field.askBoth(request)) assert.deepEqual(pathsOf([again]), paths)
      kinds.add(acknowledged)
    }
    assert.deepEqual(await made('repeated-'), { customers: count, events: count })
    t.diagnostic(`${count} rounds, with ${[...kinds].sort().join(' or ')} answers of 201`)
  })

  await suite.test('an e-mail that a hundred want at once belongs to one customer', async () => {
    const count = rounds(200)
    for (let round = 0; round < count; round++) {
      const email = `wanted-${round}@example.com`
      // each of them with another spelling, because the case does not matter
      const answers = await field.release((index) =>
        call('POST', '/customers', field.client.token, ada(index % 3 === 0 ? email : email.replace('w', 'W'))),
      )
      assert.deepEqual(kindsOf(answers), { '201': 1, '400 ValidationError Duplicate': all - 1 })
    }
    const customers = await field.query(`select 1 from customers where starts_with(email_key, 'wanted-')`)
    assert.equal(customers.length, count)
  })

  /** The bank and the balance of the account, and what is in the balance. */
  const moneyOfAccount = async () => {
    const root = await field.client.get('/')
    const path = new URL(String(root.body['_links']?.['account']?.['href'])).pathname
    const { text } = await field.client.get(`${path}/funding-sources?embed=balance`)
    const sources = (JSON.parse(text) as { _embedded: { 'funding-sources': Listed[] } })._embedded['funding-sources']
    const balance = sources.find(({ type }) => type === 'balance')
    const value = balance?._embedded?.balance.balance.value
    return { bank: sources.find(({ type }) => type === 'bank')?.id, balance: balance?.id, value }
  }

  const withdrawal = ({ bank, balance }: Awaited<ReturnType<typeof moneyOfAccount>>, value: string, ref: string) => ({
    _links: { source: { href: `/funding-sources/${balance}` }, destination: { href: `/funding-sources/${bank}` } },
    amount: { value, currency: 'USD' },
    correlationId: ref,
  })

  const transfersWith = async (correlationId: string): Promise<number> =>
    (await field.query('select 1 from transfers where correlation_id = $1', [correlationId])).length

  await suite.test('a balance that two hundred want the whole of is spent once', async (t) => {
    const wins: Record<string, number> = {}
    const count = rounds(50)
    for (let round = 0; round < count; round++) {
      const money = await moneyOfAccount()
      assert.equal(money.value, '5000.00')
      const body = withdrawal(money, '5000.00', `whole-${round}`)
      const answers = await field.release(() => call('POST', '/transfers', field.client.token, body), 2)
      assert.deepEqual(kindsOf(answers), { '201': 1, '400 ValidationError InsufficientFunds': all * 2 - 1 })
      const won = winner(answers.findIndex(({ status }) => status === 201))
      wins[won] = (wins[won] ?? 0) + 1
      assert.equal(await transfersWith(`whole-${round}`), 1)
      assert.equal((await moneyOfAccount()).value, '0.00')
      const [path = ''] = pathsOf(answers)
      assert.equal((await field.client.post(path, { status: 'cancelled' })).status, 200)
    }
    await field.assertLedgerHolds()
    t.diagnostic(`${count} rounds, won by ${JSON.stringify(wins)}`)
  })

  await suite.test('a transfer that is asked for two hundred times with one idempotency key is one', async () => {
    const count = rounds(50)
    const money = await moneyOfAccount()
    for (let round = 0; round < count; round++) {
      const body = withdrawal(money, '1.00', `once-${round}`)
      const key = { 'idempotency-key': randomUUID() }
      const answers = await field.release(() => call('POST', '/transfers', field.client.token, body, key), 2)
      const { '201': acknowledged = 0, '409 Conflict': running = 0, ...others } = kindsOf(answers)
      assert.deepEqual(others, {})
      assert.ok(acknowledged >= 1 && acknowledged + running === all * 2)
      assert.equal(pathsOf(answers).size, 1)
      assert.equal(await transfersWith(`once-${round}`), 1)
    }
    assert.equal((await moneyOfAccount()).value, (Number(money.value) - count).toFixed(2))
    await field.assertLedgerHolds()
  })
})
