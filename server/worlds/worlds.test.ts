import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, send, startTestServer, type TestServer, takeToken } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const defaults = {
  accountStatus: 'active',
  applicationTokenLifetimeSeconds: 3600,
  clientTokenLifetimeSeconds: 3600,
  settlement: 'simulation',
  seedBalanceCents: 500000,
  maxBanksPerCustomer: 6,
  mayAddVerifiedBanks: false,
  mayAddGeneralLedgerBanks: false,
  mayAuthorizeOnDemand: true,
  microDeposits: 'sandbox',
  mayReceiveFunds: true,
  maySendFunds: true,
  mayFacilitateFunds: true,
  mayChargeFees: true,
  mayClearSameDay: true,
  sameDayLimitCents: 100000000,
  maySendAddenda: true,
  maySendPointOfSaleAddenda: false,
  transferLimitCents: 1000000,
  unverifiedWeeklyLimitCents: 500000,
  weeklyReceiveLimitCents: 0,
}

const known = Object.keys(defaults).join(', ')

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

/** The entries of a ValidationError, as `code path message`. */
const errorsOf = (answer: Answer, sent: string): string => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], `${sent} ${answer.text}`)
  return JSON.parse(answer.text)
    ._embedded.errors.map((e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`)
    .join(' + ')
}

describe('POST /_clearyard/worlds answers 201', () => {
  it('with the world, its application and the secret, which opens it at once', async () => {
    const clock = { mode: 'frozen', set: '2026-11-23T14:00:00Z' }
    const made = await server.operate('POST', '/worlds', { name: 'Jane’s', clock })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const { id, accountId, application, ...rest } = JSON.parse(made.text)
    assert.equal(made.location, `/_clearyard/worlds/${id}`)
    assert.deepEqual(rest, {
      name: 'Jane’s',
      created: '2026-11-23T14:00:00.000Z',
      clock: { mode: 'frozen', now: '2026-11-23T14:00:00.000Z' },
      settings: defaults,
    })
    assert.deepEqual(Object.keys(application), ['id', 'name', 'key', 'secret'])
    for (const given of [id, accountId, application.id]) assert.match(given, uuid)
    assert.equal(new Set([id, accountId, application.id]).size, 3)
    for (const credential of [application.key, application.secret]) assert.match(credential, /^[A-Za-z0-9]{50}$/)
    const root = await (await server.as(application)).get('/')
    assert.equal(root.body['_links']?.['account']?.['href'], `${server.origin}/accounts/${accountId}`)
  })

  it('to nothing at all: real time, the settings of Dwolla’s sandbox, a name of its own', async () => {
    for (const body of [undefined, {}]) {
      const made = await server.operate('POST', '/worlds', body)
      assert.equal(made.status, 201)
      assert.deepEqual([made.body['clock']?.['mode'], made.body['settings']], ['real', defaults])
      assert.equal(made.body['name'], `World ${String(made.body['id']).slice(0, 8)}`)
    }
  })

  it('with the settings that are given', async () => {
    const settings = { accountStatus: 'suspended', clientTokenLifetimeSeconds: 1 }
    const made = await server.operate('POST', '/worlds', { settings })
    assert.deepEqual(made.body['settings'], { ...defaults, ...settings })
  })

  it('with other ids and credentials each time', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => server.newWorld()))
    const given = made.flatMap(({ id, accountId, application }) => [
      id,
      accountId,
      application.id,
      application.key,
      application.secret,
    ])
    assert.equal(new Set(given).size, 100)
  })
})

describe('GET /_clearyard/worlds answers 200', () => {
  it('with a world by its id in any case, and with the default one', async () => {
    const { id, application } = await server.newWorld({ name: 'Read' })
    for (const path of [`/worlds/${id}`, `/worlds/${id.toUpperCase()}`]) {
      const world = await server.operate('GET', path)
      assert.equal(world.status, 200)
      assert.deepEqual(Object.keys(world.body), ['id', 'accountId', 'name', 'created', 'clock', 'settings'])
      assert.deepEqual([world.body['id'], world.body['name']], [id, 'Read'])
      assert.doesNotMatch(world.text, new RegExp(application.secret))
    }
    const byName = await server.operate('GET', '/worlds/default')
    assert.deepEqual([byName.status, byName.body['id']], [200, server.world.id])
  })

  it('with all of them, newest first, page by page', async () => {
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.unshift((await server.newWorld()).id)
    const idsOf = (list: Answer) => JSON.parse(list.text).worlds.map((world: { id: string }) => world.id)
    const list = await server.operate('GET', '/worlds?limit=2')
    assert.deepEqual(idsOf(list), ids.slice(0, 2))
    assert.equal(idsOf(await server.operate('GET', '/worlds?limit=1&offset=2'))[0], ids[2])
    const { rows } = await server.pool.query('select count(*)::integer as count from worlds')
    assert.equal(list.body['total'], rows[0].count)
  })
})

describe('GET and POST /_clearyard/worlds/{id} answer 404', () => {
  it('and say which world is not there, on every path below it', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000'
    const below = [
      'GET ',
      'POST ',
      'GET /clock',
      'POST /clock',
      'GET /applications',
      'POST /applications',
      `GET /applications/${unknown}`,
      `POST /applications/${unknown}`,
      `POST /applications/${unknown}/keys`,
    ]
    for (const id of [unknown, 'nowhere', 'Default'])
      for (const [method = '', path] of below.map((line) => line.split(' '))) {
        const body = method === 'POST' ? (path === '/clock' ? { advance: 'PT1H' } : {}) : undefined
        const answer = await server.operate(method, `/worlds/${id}${path}`, body)
        assert.equal(answer.status, 404, `${method} ${id}${path}`)
        assert.deepEqual(answer.body, { code: 'NotFound', message: `There is no world ${id}.` })
      }
  })
})

describe('POST /_clearyard/worlds/{id} answers 200', () => {
  it('and changes what is given, and nothing else', async () => {
    const world = await server.newWorld({ name: 'First', settings: { clientTokenLifetimeSeconds: 60 } })
    const path = `/worlds/${world.id}`
    const before = (await server.operate('GET', path)).body
    const renamed = await server.operate('POST', path, { name: 'Second' })
    assert.deepEqual(without('clock', renamed.body), without('clock', { ...before, name: 'Second' }))
    const set = await server.operate('POST', path, { settings: { applicationTokenLifetimeSeconds: 120 } })
    const settings = { ...defaults, clientTokenLifetimeSeconds: 60, applicationTokenLifetimeSeconds: 120 }
    assert.deepEqual([set.status, set.body['settings'], set.body['name']], [200, settings, 'Second'])
    assert.deepEqual((await server.operate('POST', path, {})).body['settings'], settings)
    assert.deepEqual((await server.operate('GET', path)).body['settings'], settings)
  })
})

const without = (member: string, body: object) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== member))

describe('a body of /_clearyard/worlds that is wrong is answered 400', () => {
  // § and a number stand for so many letters
  const rows = textTable(
    ['body', 'errors'],
    String.raw`
    {"name":""}            | Invalid /name name must be text of 1 to 255 characters.
    {"name":" "}           | Invalid /name name must be text of 1 to 255 characters.
    {"name":"§256"}        | Invalid /name name must be text of 1 to 255 characters.
    {"name":"a\nb"}        | Invalid /name name must be text of 1 to 255 characters.
    {"name":"a\u0000b"}    | Invalid /name name must be text of 1 to 255 characters.
    {"name":"\ud800"}      | Invalid /name name must be text of 1 to 255 characters.
    {"name":7}             | Invalid /name name must be text of 1 to 255 characters.
    {"name":null}          | Invalid /name name must be text of 1 to 255 characters.
    {"settings":7}         | Invalid /settings settings must be an object.
    {"settings":[]}        | Invalid /settings settings must be an object.
    {"settings":null}      | Invalid /settings settings must be an object.
    {"settings":"{}"}      | Invalid /settings settings must be an object.
    {"settings":{"sameDay":true}} | Invalid /settings/sameDay There is no sameDay here; known are ${known}.
    {"settings":{"toString":1}}   | Invalid /settings/toString There is no toString here; known are ${known}.
    {"settings":{"accountStatus":"closed"}} | Invalid /settings/accountStatus accountStatus must be active, unconfirmed or suspended.
    {"settings":{"accountStatus":null}}     | Invalid /settings/accountStatus accountStatus must be active, unconfirmed or suspended.
    {"settings":{"accountStatus":["active"]}} | Invalid /settings/accountStatus accountStatus must be active, unconfirmed or suspended.
    {"settings":{"applicationTokenLifetimeSeconds":0}}     | Invalid /settings/applicationTokenLifetimeSeconds applicationTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"applicationTokenLifetimeSeconds":86401}} | Invalid /settings/applicationTokenLifetimeSeconds applicationTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"applicationTokenLifetimeSeconds":"60"}}  | Invalid /settings/applicationTokenLifetimeSeconds applicationTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"applicationTokenLifetimeSeconds":1.5}}   | Invalid /settings/applicationTokenLifetimeSeconds applicationTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"clientTokenLifetimeSeconds":-1}}         | Invalid /settings/clientTokenLifetimeSeconds clientTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"clientTokenLifetimeSeconds":null}}       | Invalid /settings/clientTokenLifetimeSeconds clientTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"clientTokenLifetimeSeconds":true}}       | Invalid /settings/clientTokenLifetimeSeconds clientTokenLifetimeSeconds must be a whole number from 1 to 86400.
    {"settings":{"seedBalanceCents":-1}} | Invalid /settings/seedBalanceCents seedBalanceCents must be a whole number from 0 to 1000000000000.
    {"settings":{"seedBalanceCents":0.5}} | Invalid /settings/seedBalanceCents seedBalanceCents must be a whole number from 0 to 1000000000000.
    {"settings":{"seedBalanceCents":"5000.00"}} | Invalid /settings/seedBalanceCents seedBalanceCents must be a whole number from 0 to 1000000000000.
    {"settings":{"seedBalanceCents":1000000000001}} | Invalid /settings/seedBalanceCents seedBalanceCents must be a whole number from 0 to 1000000000000.
    {"settings":{"seedBalanceCents":null}} | Invalid /settings/seedBalanceCents seedBalanceCents must be a whole number from 0 to 1000000000000.
    {"settings":{"transferLimitCents":-1}} | Invalid /settings/transferLimitCents transferLimitCents must be a whole number from 0 to 1000000000000.
    {"settings":{"mayClearSameDay":"yes"}} | Invalid /settings/mayClearSameDay mayClearSameDay must be true or false.
    {"settings":{"mayChargeFees":1}}       | Invalid /settings/mayChargeFees mayChargeFees must be true or false.
    {"name":7,"settings":{"accountStatus":1,"clientTokenLifetimeSeconds":0}} | Invalid /name name must be text of 1 to 255 characters. + Invalid /settings/accountStatus accountStatus must be active, unconfirmed or suspended. + Invalid /settings/clientTokenLifetimeSeconds clientTokenLifetimeSeconds must be a whole number from 1 to 86400.
    `,
  )

  it('with everything that is wrong at once, and makes and changes nothing', async () => {
    const { id } = await server.newWorld()
    const before = await storedRows(server.pool)
    for (const { body, errors } of rows) {
      const sent = body.replaceAll(/§(\d+)/g, (_, length) => 'x'.repeat(Number(length)))
      assert.equal(errorsOf(await server.operate('POST', '/worlds', sent), body), errors, body)
      assert.equal(errorsOf(await server.operate('POST', `/worlds/${id}`, sent), body), errors, body)
    }
    assert.equal(
      errorsOf(await server.operate('POST', '/worlds', { id: 'x', accountId: 'y' }), 'unknown'),
      'Invalid /id There is no id here; known are name, settings, clock. + Invalid /accountId There is no accountId here.',
    )
    assert.equal(
      errorsOf(await server.operate('POST', `/worlds/${id}`, { clock: {} }), 'unknown'),
      'Invalid /clock There is no clock here; known are name, settings.',
    )
    assert.equal(
      errorsOf(await server.operate('GET', '/worlds?limit=0&offset=x'), 'page'),
      'Invalid /limit Limit must be a whole number from 1 to 200. + Invalid /offset Offset must be a whole number from 0 to 999999999.',
    )
    assert.deepEqual(await storedRows(server.pool), before)
  })
})

describe('the settings of a world', () => {
  it('accountStatus: any but active refuses the tokens of the world, and of no other', async () => {
    const [world, other] = [await server.newWorld(), await server.newWorld()]
    const [client, beside] = [await server.as(world.application), await server.as(other.application)]
    for (const accountStatus of ['unconfirmed', 'suspended', 'active']) {
      await server.operate('POST', `/worlds/${world.id}`, { settings: { accountStatus } })
      const answer = await client.get('/customers')
      if (accountStatus === 'active') assert.equal(answer.status, 200)
      else {
        assert.equal(answer.status, 401)
        assert.deepEqual(answer.body, {
          code: 'InvalidAccountStatus',
          message: 'Invalid access token account status.',
        })
      }
      assert.equal((await beside.get('/customers')).status, 200)
    }
  })

  it('applicationTokenLifetimeSeconds: what expires_in says, by real time', async () => {
    const { application } = await server.newWorld({
      clock: { mode: 'frozen' },
      settings: { applicationTokenLifetimeSeconds: 90 },
    })
    const { key, secret } = application
    const granted = await send(server.origin, 'POST', '/token', {
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret }),
    })
    assert.equal(granted.body['expires_in'], 90)
    const client = await server.as(application)
    server.passRealTime(80_000)
    assert.equal((await client.get('/')).status, 200)
    server.passRealTime(10_000)
    assert.equal((await client.get('/')).body['code'], 'ExpiredAccessToken')
    assert.equal(typeof (await takeToken(server.origin, application)), 'string')
  })
})

describe('two worlds', () => {
  it('see nothing of each other', async () => {
    const [first, second] = [await server.newWorld(), await server.newWorld()]
    const [a, b] = [await server.as(first.application), await server.as(second.application)]
    const { location } = await a.post('/customers', jane)
    const path = new URL(location ?? '').pathname
    for (const answer of [
      await b.get(path),
      await b.post(path, { firstName: 'Janet' }),
      await b.get(`/accounts/${first.accountId}`),
    ])
      assert.deepEqual([answer.status, answer.body['code']], [404, 'NotFound'])
    assert.equal((await b.get('/customers')).body['total'], 0)
    assert.equal((await b.get('/events')).body['total'], 0)
    assert.equal((await b.post('/customers', jane)).status, 201)
    assert.equal((await a.get(path)).body['firstName'], 'Jane')
  })

  it('take the same idempotency key for two requests', async () => {
    const locations: (string | null)[] = []
    for (const { application } of [await server.newWorld(), await server.newWorld()]) {
      const client = await server.as(application)
      locations.push((await client.post('/customers', jane, { 'idempotency-key': 'k' })).location)
    }
    assert.equal(new Set(locations).size, 2)
  })
})
