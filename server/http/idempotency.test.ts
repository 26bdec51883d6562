/**
 * Idempotency keys as a client sees them: what is repeated, what is done anew, for how long, and what is kept of it.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectOnce } from '../db/pool.ts'
import { ask } from '../testing/ask.ts'
import { type Answer, type Client, clientWith, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'

let server: TestServer

before(async () => {
  server = await startTestServer()
})

after(() => server.stop())

const aWorld = async () => {
  const { id, accountId, application } = await server.newWorld({
    clock: { mode: 'frozen', set: '2030-01-01T00:00:00Z' },
    settings: { applicationTokenLifetimeSeconds: 86_400 },
  })
  const client = await server.as(application)
  return {
    client,
    accountId,
    advance: async (advance: string) =>
      assert.equal((await server.operate('POST', `/worlds/${id}/clock`, { advance })).status, 200),
    secondApplication: async () => {
      const made = await server.operate('POST', `/worlds/${id}/applications`, {})
      return server.as({ key: String(made.body['key']), secret: String(made.body['secret']) })
    },
  }
}

const person = (email = `${randomUUID()}@x.test`) => ({ firstName: 'Ada', lastName: 'King', email })
const withKey = (key: string) => ({ 'idempotency-key': key })

const created = (answer: Answer): string => {
  assert.equal(answer.status, 201, answer.text)
  assert.equal(answer.text, '')
  return answer.location ?? ''
}

const totals = async (client: Client) => {
  const [customers, events] = [await client.get('/customers?limit=1'), await client.get('/events?limit=1')]
  return { customers: Number(customers.body['total']), events: Number(events.body['total']) }
}

const codeOf = (answer: Answer): string =>
  String(answer.body['_embedded']?.['errors']?.['0']?.['code'] ?? answer.body['code'])

describe('a repeated POST', () => {
  test('gets the first 201 and Location again and creates nothing, however often', async () => {
    const { client } = await aWorld()
    const body = person()
    const first = created(await client.post('/customers', body, withKey('a')))
    for (let time = 0; time < 10; time++)
      assert.equal(created(await client.post('/customers', body, withKey('a'))), first)
    assert.deepEqual(await totals(client), { customers: 1, events: 1 })
  })

  test('gets the first 200 again, as it was then, with the origin it is now asked at', async () => {
    const { client } = await aWorld()
    const customer = new URL(created(await client.post('/customers', person()))).pathname
    const edit = (host: string) =>
      ask(
        server.origin,
        'POST',
        customer,
        {
          ...withKey('e'),
          host,
          authorization: `Bearer ${client.token}`,
          accept: halType,
          'content-type': 'application/json',
        },
        '{"firstName":"/customers/1"}',
      )
    const first = await edit('one.example')
    assert.equal(first.status, 200)
    assert.equal(JSON.parse(first.text)._links.self.href, `http://one.example${customer}`)
    await client.post(customer, { firstName: 'Eve', lastName: 'Else' })
    const again = await edit('two.example:8080')
    assert.equal(again.status, 200)
    assert.equal(again.text, first.text.replaceAll('http://one.example', 'http://two.example:8080'))
    assert.equal(JSON.parse(again.text).firstName, '/customers/1')
    assert.equal(again.headers['content-type'], first.headers['content-type'])
    assert.equal((await client.get(customer)).body['firstName'], 'Eve', 'and nothing was done')
  })

  test('of a client token does nothing twice either, and uses both tokens up', async () => {
    const { client } = await aWorld()
    const body = person()
    const browsers = []
    for (let n = 0; n < 2; n++) {
      const minted = await client.post('/client-tokens', { action: 'customer.create' })
      browsers.push(clientWith(server.origin, String(minted.body['token'])))
    }
    const locations = []
    for (const browser of browsers) locations.push(created(await browser.post('/customers', body, withKey('b'))))
    assert.equal(locations[0], locations[1])
    for (const browser of browsers)
      assert.equal((await browser.post('/customers', body)).body['code'], 'InvalidAccessToken')
    assert.equal((await totals(client)).customers, 1)
  })
})

describe('is another operation', () => {
  test('with another body, if only in its spaces', async () => {
    const { client } = await aWorld()
    const [one, two] = [person(), person()]
    const first = created(await client.post('/customers', one, withKey('k')))
    assert.notEqual(created(await client.post('/customers', two, withKey('k'))), first)
    assert.equal(codeOf(await client.post('/customers', `${JSON.stringify(one)} `, withKey('k'))), 'Duplicate')
    assert.equal(created(await client.post('/customers', one, withKey('k'))), first)
  })

  test('with another key, if only in its case', async () => {
    const { client } = await aWorld()
    const body = person()
    created(await client.post('/customers', body, withKey('Key')))
    for (const key of ['key', 'KEY', 'Key2', 'Ke', 'Key,Key'])
      assert.equal(codeOf(await client.post('/customers', body, withKey(key))), 'Duplicate', key)
  })

  test('on another path', async () => {
    const { client } = await aWorld()
    const [one, two] = [
      created(await client.post('/customers', person())),
      created(await client.post('/customers', person())),
    ]
    const body = { lastName: 'New' }
    const answers = [await client.post(one, body, withKey('p')), await client.post(two, body, withKey('p'))]
    assert.deepEqual(
      answers.map((answer) => `${answer.status} ${answer.body['_links']?.['self']?.['href']}`),
      [`200 ${one}`, `200 ${two}`],
    )
  })

  test('of another application of the same world', async () => {
    const { client, secondApplication } = await aWorld()
    const body = person()
    created(await client.post('/customers', body, withKey('k')))
    const other = await secondApplication()
    assert.equal(codeOf(await other.post('/customers', body, withKey('k'))), 'Duplicate')
  })

  test('in another world', async () => {
    const [one, two] = [await aWorld(), await aWorld()]
    const body = person()
    const first = created(await one.client.post('/customers', body, withKey('k')))
    const second = created(await two.client.post('/customers', body, withKey('k')))
    assert.notEqual(first, second)
    assert.equal((await two.client.get(first)).status, 404)
  })
})

test('a key may be any text that a header can carry; none is as good as an empty one', async () => {
  const { client } = await aWorld()
  for (const key of [
    'a b',
    'é',
    '0',
    'x'.repeat(8000),
    '{"a":1}',
    "'; drop table customers; --",
    '../..',
    randomUUID(),
  ]) {
    const body = person()
    const first = created(await client.post('/customers', body, withKey(key)))
    assert.equal(created(await client.post('/customers', body, withKey(key))), first, key.slice(0, 40))
  }
  const body = person()
  created(await client.post('/customers', body, withKey('')))
  assert.equal(codeOf(await client.post('/customers', body, withKey(''))), 'Duplicate')
})

test('a GET looks at no key', async () => {
  const { client } = await aWorld()
  assert.equal((await client.get('/customers', withKey('g'))).body['total'], 0)
  created(await client.post('/customers', person(), withKey('g')))
  assert.equal((await client.get('/customers', withKey('g'))).body['total'], 1)
})

test('/client-tokens looks at no key: each request has its own token', async () => {
  const { client } = await aWorld()
  const tokens = new Set<string>()
  for (let n = 0; n < 3; n++)
    tokens.add((await client.post('/client-tokens', { action: 'customer.create' }, withKey('t'))).text)
  assert.equal(tokens.size, 3)
})

test('an answer is kept for 24 hours of the world’s clock, whatever real time says, and then done anew', async () => {
  const { client, advance } = await aWorld()
  const body = person()
  const repeat = async () => created(await client.post('/customers', body, withKey('day')))
  const first = await repeat()
  // The e-mail is free again, so that a second customer may have it.
  assert.equal((await client.post(first, { email: 'other@x.test' })).status, 200)
  server.passRealTime(23 * 3_600_000)
  await advance('PT23H59M59S')
  assert.equal(await repeat(), first)
  assert.equal((await totals(client)).customers, 1)
  await advance('PT2S')
  const second = await repeat()
  assert.notEqual(second, first)
  assert.equal((await totals(client)).customers, 2)
  await advance('PT23H59M59S')
  assert.equal(await repeat(), second, 'and the new answer is kept for its own 24 hours')
  await advance('PT1S')
  assert.equal(codeOf(await client.post('/customers', body, withKey('day'))), 'Duplicate')
})

describe('a refusal is not kept', () => {
  test('400 for a duplicate: the same request succeeds once the e-mail is free', async () => {
    const { client } = await aWorld()
    const body = person()
    const holder = created(await client.post('/customers', body))
    for (let time = 0; time < 2; time++)
      assert.equal(codeOf(await client.post('/customers', body, withKey('k'))), 'Duplicate')
    await client.post(holder, { email: 'other@x.test' })
    created(await client.post('/customers', body, withKey('k')))
  })

  test('403 for a state: the same request succeeds in another', async () => {
    const { client } = await aWorld()
    const customer = created(await client.post('/customers', person()))
    await client.post(customer, { status: 'deactivated' })
    const edit = () => client.post(customer, { lastName: 'New' }, withKey('k'))
    assert.equal(codeOf(await edit()), 'InvalidResourceState')
    await client.post(customer, { status: 'reactivated' })
    assert.equal((await edit()).status, 200)
  })

  test('404, and nothing is kept of it', async () => {
    const { client, accountId } = await aWorld()
    assert.equal((await client.post(`/customers/${randomUUID()}`, {}, withKey('k'))).status, 404)
    assert.equal((await client.post('/customers', {}, withKey('k'))).status, 400)
    assert.equal((await client.post('/customers', '{', withKey('k'))).status, 400)
    const { rowCount } = await server.pool.query('select from idempotency_records where account_id = $1', [accountId])
    assert.equal(rowCount, 0)
  })

  test('500 for what the database refuses: the same request succeeds when it is mended', async () => {
    const { client, accountId } = await aWorld()
    const owner = await connectOnce(server.ownerUrl)
    const body = person()
    await owner.query(`alter table customers add constraint broken check (account_id <> '${accountId}')`)
    try {
      for (let time = 0; time < 2; time++)
        assert.equal((await client.post('/customers', body, withKey('k'))).body['code'], 'ServerError')
    } finally {
      await owner.query('alter table customers drop constraint broken')
      await owner.end()
    }
    created(await client.post('/customers', body, withKey('k')))
    assert.deepEqual(await totals(client), { customers: 1, events: 1 })
  })
})

test('while the first is still running the same request is 409, another is not, and afterwards it is answered', async () => {
  const { client } = await aWorld()
  const customer = created(await client.post('/customers', person()))
  const id = customer.split('/').at(-1)
  const edit = (body: object) => client.post(customer, body, withKey('slow'))

  const lock = await server.pool.connect()
  await lock.query('begin')
  await lock.query('select from customers where id = $1 for update', [id])
  const running = edit({ firstName: 'First' })
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await server.pool.query(waiting)).rowCount === 0) await sleep(5)
  const isAnswered = { running: false, other: false }
  void running.then(() => {
    isAnswered.running = true
  })
  const other = edit({ firstName: 'Other' })
  void other.then(() => {
    isAnswered.other = true
  })
  for (let time = 0; time < 3; time++) {
    const conflict = await edit({ firstName: 'First' })
    assert.equal(conflict.status, 409)
    assert.equal(
      conflict.text,
      '{"code":"Conflict","message":"A request with this idempotency key is still being processed."}',
    )
  }
  assert.deepEqual(isAnswered, { running: false, other: false })
  await lock.query('commit')
  lock.release()

  const first = await running
  assert.equal(first.status, 200)
  assert.equal((await other).body['firstName'], 'Other')
  assert.equal((await edit({ firstName: 'First' })).text, first.text)
  assert.equal((await client.get(customer)).body['firstName'], 'Other')
})

test('nothing is kept in the clear: no key, no name, no address', async () => {
  const { client, accountId } = await aWorld()
  const secrets = ['canary-key', 'Canaryname', 'canary@x.test']
  const [key = '', firstName = '', email = ''] = secrets
  const customer = created(await client.post('/customers', { ...person(email), firstName }, withKey(key)))
  assert.equal((await client.post(customer, { lastName: 'New' }, withKey(key))).status, 200)
  const { rows } = await server.pool.query('select * from idempotency_records where account_id = $1', [accountId])
  assert.deepEqual(rows.map((row) => row.status).sort(), [200, 201])
  for (const row of rows)
    for (const value of Object.values(row)) {
      const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value))
      for (const secret of secrets) assert.equal(bytes.includes(secret), false)
    }
  const sealed = rows.find((row) => row.status === 200)
  assert.equal(sealed.location, null)
  const place = `${accountId}|idempotency_records|${sealed.id}|body`
  const opened = server.sealer.open('idempotent-answer', place, sealed.sealed_body)
  assert.equal(JSON.parse(String(opened)).email, email)
  assert.equal(server.sealer.open('idempotent-answer', `${place}x`, sealed.sealed_body), null)
})
