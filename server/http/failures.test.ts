/** When the server itself fails, is busy, or has lost its database: what clients are told, and what is logged of it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client as Connection } from 'pg'
import { connectOnce } from '../db/pool.ts'
import { type Answer, type Client, clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { startTestPostgres, type TestPostgres } from '../testing/postgres.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const errorType = `${halType}; profile="http://nocarrier.co.uk/profiles/vnd.error/"; charset=UTF-8`

/** A PostgreSQL of this file's own, to be taken away at its end. */
let postgres: TestPostgres
let server: TestServer
let client: Client
let owner: Connection
let customer: string

before(async () => {
  postgres = await startTestPostgres()
  process.env['CLEARYARD_TEST_POSTGRES'] = postgres.url
  server = await startTestServer({ maxQueued: 1 })
  client = await server.as()
  owner = await connectOnce(server.ownerUrl)
  const made = await client.post('/customers', person())
  customer = new URL(made.location ?? '').pathname
})

const person = (email = `${randomUUID()}@x.test`) => ({ firstName: 'Ada', lastName: 'King', email })

const basic = () => ({ authorization: `Basic ${btoa(`${server.world.key}:${server.world.secret}`)}` })

const takeToken = (headers: Record<string, string> = {}) =>
  send(server.origin, 'POST', '/token', {
    headers: { ...basic(), ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })

/** The lines of the log at level error that were written meanwhile. */
const errorsLogged = async (during: () => Promise<unknown>): Promise<{ reqId: string; err: { stack: string } }[]> => {
  const before = server.logged().length
  await during()
  const lines = server
    .logged()
    .slice(before)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return lines.filter(({ level }) => level >= 50)
}

const without = async (table: string, work: () => Promise<void>): Promise<void> => {
  await owner.query(`alter table ${table} rename to ${table}_gone`)
  try {
    await work()
  } finally {
    await owner.query(`alter table ${table}_gone rename to ${table}`)
  }
}

/** That nothing but the id says anything of what happened. */
const assertServerError = (answer: Answer, id: string, what: string): void => {
  assert.equal(answer.text, `{"code":"ServerError","message":"A server error occurred. Error ID: ${id}"}`, what)
  assert.equal(answer.status, 500, what)
  assert.equal(answer.headers.get('content-type'), errorType, what)
  assert.equal(answer.headers.get('x-request-id'), id, what)
  assert.equal(answer.headers.get('retry-after'), null, what)
}

describe('an error that nobody expected', () => {
  test('is told by the id of the request alone, and logged once by the same id', async () => {
    const calls: [table: string, call: (id: string) => Promise<Answer>][] = [
      ['customers', (id) => client.get('/customers?search=x', { 'x-request-id': id })],
      ['customers', (id) => client.get(customer, { 'x-request-id': id })],
      ['customers', (id) => client.post('/customers', person(), { 'x-request-id': id })],
      ['customers', (id) => client.post(customer, { lastName: 'New' }, { 'x-request-id': id })],
      ['events', (id) => client.post('/customers', person(), { 'x-request-id': id })],
      ['events', (id) => client.get('/events', { 'x-request-id': id })],
      ['events', (id) => client.get(`/events/${randomUUID()}`, { 'x-request-id': id })],
      [
        'idempotency_records',
        (id) => client.post('/customers', person(), { 'x-request-id': id, 'idempotency-key': 'k' }),
      ],
      ['application_keys', (id) => client.get('/', { 'x-request-id': id })],
      ['applications', (id) => client.get('/nowhere', { 'x-request-id': id })],
      ['worlds', (id) => client.get('/customers/%zz', { 'x-request-id': id })],
      ['worlds', (id) => send(server.origin, 'GET', '/_clearyard/worlds', { headers: { 'x-request-id': id } })],
    ]
    for (const [table, call] of calls)
      await without(table, async () => {
        const id = `test-${randomUUID()}`
        const logged = await errorsLogged(async () => assertServerError(await call(id), id, `${table} ${call}`))
        assert.deepEqual(
          logged.map(({ reqId }) => reqId),
          [id],
        )
        assert.match(logged[0]?.err.stack ?? '', /\n {4}at /)
      })
    assert.equal((await client.get(customer)).status, 200, 'and the server needs no restart')
  })

  test('is told by an id of our own when the client gave none', async () => {
    await without('customers', async () => {
      const answer = await client.get(customer)
      const id = answer.headers.get('x-request-id') ?? ''
      assert.match(id, /^[0-9a-f-]{36}$/)
      assertServerError(answer, id, 'no id')
    })
  })

  test('of /token is OAuth’s own, as clients there look for it', async () => {
    await without('application_keys', async () => {
      const logged = await errorsLogged(async () => {
        const answer = await takeToken({ 'x-request-id': 'token-id' })
        assert.equal(answer.status, 500)
        assert.equal(
          answer.text,
          '{"error":"server_error","error_description":"A server error occurred. Error ID: token-id"}',
        )
        assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
        assert.equal(answer.headers.get('cache-control'), 'no-store')
      })
      assert.deepEqual(
        logged.map(({ reqId }) => reqId),
        ['token-id'],
      )
    })
    assert.equal((await takeToken()).status, 200)
  })

  test('does not use a client token up when it comes before or while the token is redeemed', async () => {
    const minted = await client.post('/client-tokens', { action: 'customer.create' })
    const browser = clientWith(server.origin, String(minted.body['token']))
    for (const table of ['redeemed_tokens', 'application_keys'])
      await without(table, async () => assert.equal((await browser.post('/customers', person())).status, 500, table))
    assert.equal((await browser.post('/customers', person())).status, 201)
  })

  test('leaves nothing of what people sent in the log, whatever PostgreSQL says of it', async () => {
    const before = server.logged().length
    await owner.query(`alter table customers add constraint broken check (first_name <> 'Canary')`)
    assert.equal((await client.post('/customers', { ...person('canary@x.test'), firstName: 'Canary' })).status, 500)
    await owner.query('alter table customers drop constraint broken, alter column email_key type bigint using ordinal')
    // PostgreSQL says: invalid input syntax for type bigint: "canary@x.test"
    assert.equal((await client.get('/customers?email=canary@x.test')).status, 500)
    assert.equal((await client.post('/customers', person('canary@x.test'))).status, 500)
    await owner.query('alter table customers alter column email_key type text using lower(email)')
    assert.equal((await client.get('/customers?email=canary@x.test')).body['total'], 0)
    const logged = server.logged().slice(before)
    assert.match(logged, /"code":"22P02"/)
    assert.doesNotMatch(logged, /canary/i)
  })
})

const assertBusy = (answer: Answer, what: string): void => {
  assert.equal(
    answer.text,
    '{"code":"ServiceUnavailable","message":"The server is busy. Try again in a moment."}',
    what,
  )
  assert.equal(answer.status, 503, what)
  assert.equal(answer.headers.get('content-type'), errorType, what)
  assert.equal(answer.headers.get('retry-after'), '1', what)
}

test('when more writes wait than may, the next are told to come again, reads go on, and those that wait are done', async () => {
  const minted = await client.post('/client-tokens', { action: 'customer.create' })
  const browser = clientWith(server.origin, String(minted.body['token']))
  const body = person()
  await owner.query('begin')
  await owner.query('select from customers where id = $1 for update', [customer.split('/').at(-1)])
  const running = client.post(customer, { lastName: 'Running' })
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await server.pool.query(waiting)).rowCount === 0) await sleep(5)
  const queued = client.post(customer, { lastName: 'Queued' })
  while (server.gate.queued === 0) await sleep(5)
  for (let time = 0; time < 5; time++) {
    assertBusy(await client.post('/customers', body, { 'idempotency-key': 'busy' }), 'a write')
    assertBusy(await browser.post('/customers', body), 'a write by a client token')
    assert.equal((await client.get(customer)).status, 200)
    assert.equal((await client.post('/client-tokens', { action: 'customer.create' })).status, 200)
  }
  await owner.query('commit')
  assert.equal((await running).body['lastName'], 'Running')
  assert.equal((await queued).body['lastName'], 'Queued')
  assert.equal((await client.post('/customers', body, { 'idempotency-key': 'busy' })).status, 201)
  assert.equal((await browser.post('/customers', person())).status, 201, 'the refusals did not use the token up')
})

test('when the database is gone everybody is told to come again, and the process lives', async () => {
  await owner.end()
  await postgres.stop()
  const calls: [what: string, call: () => Promise<Answer>][] = [
    ['a read', () => client.get(customer)],
    ['a list', () => client.get('/customers')],
    ['a write', () => client.post('/customers', person())],
    ['a write with a key', () => client.post('/customers', person(), { 'idempotency-key': 'k' })],
    ['no path at all', () => client.get('/nowhere')],
    ['the operator', () => server.operate('GET', '/worlds')],
    ['the operator’s write', () => server.operate('POST', '/worlds', {})],
  ]
  for (const [what, call] of calls) for (let time = 0; time < 2; time++) assertBusy(await call(), what)
  const token = await takeToken()
  assert.equal(token.status, 503)
  assert.equal(
    token.text,
    '{"error":"temporarily_unavailable","error_description":"The server is busy. Try again in a moment."}',
  )
  assert.equal(token.headers.get('retry-after'), '1')
  const ready = await send(server.origin, 'GET', '/readyz')
  assert.equal(ready.status, 503)
  assert.equal(ready.text, 'the database does not answer\n')
  assert.equal((await send(server.origin, 'GET', '/healthz')).status, 200)
  assert.equal((await send(server.origin, 'GET', '/', { headers: { accept: halType } })).status, 401)
  assert.equal((await client.get('/', { accept: 'text/html' })).status, 503)
})

after(async () => {
  // There is nothing left to drop its database from.
  await assert.rejects(server.stop(), { code: 'ECONNREFUSED' })
})
