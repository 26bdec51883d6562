import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Client, clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { rounds } from '../testing/rounds.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

const said = ({ status, body }: Answer): string => (status < 400 ? String(status) : `${status} ${body['code']}`)

/** A world with one customer, and what mints for it. */
const freshWorld = async (world: object = {}) => {
  const { id, accountId, application } = await server.newWorld(world)
  const client = await server.as(application)
  const customer = `/customers/${(await client.post('/customers', jane)).location?.split('/').at(-1)}`
  const mint = async (action: string, by: Client = client): Promise<Client> => {
    const minted = await by.post('/client-tokens', { action, _links: { customer: { href: customer } } })
    assert.equal(minted.status, 200, minted.text)
    return clientWith(server.origin, String(minted.body['token']))
  }
  const advance = async (duration: string) =>
    assert.equal((await server.operate('POST', `/worlds/${id}/clock`, { advance: duration })).status, 200)
  return { id, accountId, application, client, customer, mint, advance }
}

/** The calls that today’s routes let a client token make. */
const calls = [
  [
    'customer.create',
    (browser: Client, _: string) => browser.post('/customers', { ...jane, email: 'new@example.com' }),
  ],
  ['customer.read', (browser: Client, customer: string) => browser.get(customer)],
  ['customer.update', (browser: Client, customer: string) => browser.post(customer, { firstName: 'Janet' })],
] as const

describe('a client token', () => {
  for (const [action, call] of calls)
    it(`of ${action} is good for one call, and then nobody’s`, async () => {
      const { customer, mint } = await freshWorld()
      const browser = await mint(action)
      assert.ok((await call(browser, customer)).status < 300)
      for (const [, again] of calls) {
        const answer = await again(browser, customer)
        const isCovered = again === call
        assert.equal(said(answer), isCovered ? '401 InvalidAccessToken' : '401 InvalidScopes')
        assert.equal(
          answer.body['message'],
          isCovered ? 'Invalid access token.' : 'Missing or invalid scopes for requested endpoint.',
        )
      }
    })

  it('may wait beside many others, redeemed in any order', async () => {
    const { customer, mint } = await freshWorld()
    const browsers: Client[] = []
    for (let n = 0; n < 10; n++) browsers.push(await mint('customer.read'))
    for (const browser of browsers.reverse()) assert.equal((await browser.get(customer)).status, 200)
  })

  it('lives for an hour of the world’s clock, to the millisecond', async () => {
    const { customer, mint, advance } = await freshWorld({ clock: { mode: 'frozen' } })
    const [early, late] = [await mint('customer.read'), await mint('customer.read')]
    await advance('PT59M59.999S')
    assert.equal((await early.get(customer)).status, 200)
    await advance('PT0.001S')
    const answer = await late.get(customer)
    assert.deepEqual(answer.body, {
      code: 'ExpiredAccessToken',
      message: 'Generate a new access token using your client credentials.',
    })
    assert.equal(answer.status, 401)
  })

  it('does not age while the world’s clock stands still, as application tokens do', async () => {
    const { customer, mint, client } = await freshWorld({ clock: { mode: 'frozen' } })
    const browser = await mint('customer.read')
    server.passRealTime(2 * 60 * 60 * 1000)
    assert.equal(said(await client.get(customer)), '401 ExpiredAccessToken')
    assert.equal((await browser.get(customer)).status, 200)
  })

  it('ages with real time in a world whose clock is real, and lives as long as the world’s settings say', async () => {
    const { customer, mint } = await freshWorld({ settings: { clientTokenLifetimeSeconds: 60 } })
    const [early, late] = [await mint('customer.read'), await mint('customer.read')]
    server.passRealTime(50_000)
    assert.equal((await early.get(customer)).status, 200)
    server.passRealTime(10_000)
    assert.equal(said(await late.get(customer)), '401 ExpiredAccessToken')
  })
})

/** What each request with a token for customer.update is answered, and whether the token is still good afterwards. */
const uses = textTable(
  ['request', 'sent', 'answer', 'token'],
  `
  POST {own}           | {}                            | 200                        | used
  POST {own}           |                               | 200                        | used
  POST {own}           | {"firstName":"Janet"}         | 200                        | used
  POST {own}           | {"firstName":""}              | 400 ValidationError        | used
  POST {own}           | {"type":"personal"}           | 400 ValidationError        | used
  POST {own}           | {"email":"other@example.com"} | 400 ValidationError        | used
  POST {own}           | {"status":"nonsense"}         | 400 ValidationError        | used
  POST {suspended}     | {"firstName":"Janet"}         | 403 InvalidResourceState   | used
  POST {own}           | {"status":"suspended"}        | 403 Forbidden              | good
  POST {own}           | {"status":"deactivated"}      | 403 Forbidden              | good
  POST {own}           | {"status":"reactivated"}      | 403 Forbidden              | good
  POST {other}         | {}                            | 403 Forbidden              | good
  POST {other}         | {"firstName":""}              | 403 Forbidden              | good
  POST {unknown}       | {}                            | 403 Forbidden              | good
  POST /customers/none | {}                            | 403 Forbidden              | good
  GET {own}            |                               | 401 InvalidScopes          | good
  POST /customers      | {}                            | 401 InvalidScopes          | good
  GET /customers       |                               | 401 InvalidScopes          | good
  GET /                |                               | 401 InvalidScopes          | good
  GET /events          |                               | 401 InvalidScopes          | good
  POST /client-tokens  | {"action":"customer.create"}  | 401 InvalidScopes          | good
  POST {own}           | {                             | 400 BadRequest             | good
  POST {own}           | []                            | 400 BadRequest             | good
  POST {own}           | "text"                        | 400 BadRequest             | good
  POST {own}           | {"__proto__":{}}              | 400 BadRequest             | good
  POST {own}           | deep                          | 400 BadRequest             | good
  POST {own}           | large                         | 413 RequestTooLarge        | good
  POST {own}           | form                          | 415 UnsupportedMediaType   | good
  POST {own}           | version                       | 406 InvalidVersion         | good
  DELETE {own}         |                               | 405 MethodNotAllowed       | good
  POST /nowhere        | {}                            | 404 NotFound               | good
  GET {own}/nowhere    |                               | 404 NotFound               | good
  OPTIONS {own}        |                               | 204                        | good
  OPTIONS /customers   |                               | 204                        | good
  `,
)

describe('a client token is used up by a call that is made, and not by one that is turned away', () => {
  const unusual: { [sent: string]: { body?: string; headers: Record<string, string> } } = {
    deep: { body: `{"firstName":${'['.repeat(40)}${']'.repeat(40)}}`, headers: {} },
    large: { body: JSON.stringify({ firstName: 'x'.repeat(1024 * 1024) }), headers: {} },
    form: { body: 'firstName=Janet', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    version: { body: '{}', headers: { accept: 'application/json' } },
  }

  for (const { request, sent, answer: expected, token: afterwards } of uses)
    it(`${request} ${sent} is answered ${expected}: the token is ${afterwards}`, async () => {
      const { client, customer, mint } = await freshWorld()
      const other = (await client.post('/customers', { ...jane, email: 'other@example.com' })).location ?? ''
      const browser = await mint('customer.update')
      if (request.includes('{suspended}')) await client.post(customer, { status: 'suspended' })
      const [method = '', template = ''] = request.split(' ')
      const path = template
        .replace('{own}', customer)
        .replace('{suspended}', customer)
        .replace('{other}', new URL(other).pathname)
        .replace('{unknown}', '/customers/00000000-0000-4000-8000-000000000000')
      const { body = sent, headers } = unusual[sent] ?? { headers: {} }
      const answer = await send(server.origin, method, path, {
        headers: {
          accept: 'application/vnd.dwolla.v1.hal+json',
          authorization: `Bearer ${browser.token}`,
          'content-type': 'application/json',
          ...headers,
        },
        ...(body === '' ? {} : { body }),
      })
      assert.equal(said(answer), expected)
      const again = said(await browser.post(customer, {}))
      assert.equal(again, afterwards === 'used' ? '401 InvalidAccessToken' : '200')
    })
})

describe('a client token and an idempotency key', () => {
  it('a repetition takes a new token, and makes nothing new', async () => {
    const { client, mint } = await freshWorld()
    const [first, second] = [await mint('customer.create'), await mint('customer.create')]
    const body = { ...jane, email: 'new@example.com' }
    const key = { 'idempotency-key': 'k-1' }
    const created = await first.post('/customers', body, key)
    assert.equal(created.status, 201)
    assert.equal(said(await first.post('/customers', body, key)), '401 InvalidAccessToken')
    const repeated = await second.post('/customers', body, key)
    assert.deepEqual([repeated.status, repeated.location], [201, created.location])
    assert.equal(said(await second.post('/customers', body, key)), '401 InvalidAccessToken')
    const byApplication = await client.post('/customers', body, key)
    assert.deepEqual([byApplication.status, byApplication.location], [201, created.location])
    assert.equal((await client.get('/customers')).body['total'], 2)
  })
})

describe('a client token dies with what it was minted with', () => {
  it('its key, disabled until it is enabled again', async () => {
    const { id, application, customer, mint } = await freshWorld()
    const browser = await mint('customer.read')
    const path = `/worlds/${id}/applications/${application.id}/keys/${application.key}`
    await server.operate('POST', path, { status: 'disabled' })
    assert.equal(said(await browser.get(customer)), '401 InvalidAccessToken')
    await server.operate('POST', path, { status: 'active' })
    assert.equal(said(await browser.get(customer)), '200')
  })

  it('the secret of its key; a token of the application’s other key lives on', async () => {
    const { id, application, customer, mint } = await freshWorld()
    const applicationPath = `/worlds/${id}/applications/${application.id}`
    const second = await server.operate('POST', `${applicationPath}/keys`, {})
    const otherKey = await server.as(second.body as unknown as { key: string; secret: string })
    const [browser, lives] = [await mint('customer.read'), await mint('customer.read', otherKey)]
    const rotated = await server.operate('POST', `${applicationPath}/keys/${application.key}/rotate`, {})
    assert.equal(rotated.status, 200)
    assert.equal(said(await browser.get(customer)), '401 InvalidAccessToken')
    assert.equal(said(await lives.get(customer)), '200')
  })

  it('its application, disabled until it is enabled again', async () => {
    const { id, application, customer, mint } = await freshWorld()
    const browser = await mint('customer.read')
    const path = `/worlds/${id}/applications/${application.id}`
    await server.operate('POST', path, { status: 'disabled' })
    assert.equal(said(await browser.get(customer)), '401 InvalidApplicationStatus')
    await server.operate('POST', path, { status: 'active' })
    assert.equal(said(await browser.get(customer)), '200')
  })

  it('its account, unconfirmed or suspended until it is active again', async () => {
    const { id, customer, mint } = await freshWorld()
    const browser = await mint('customer.read')
    for (const accountStatus of ['unconfirmed', 'suspended']) {
      await server.operate('POST', `/worlds/${id}`, { settings: { accountStatus } })
      assert.equal(said(await browser.get(customer)), '401 InvalidAccountStatus')
    }
    await server.operate('POST', `/worlds/${id}`, { settings: { accountStatus: 'active' } })
    assert.equal(said(await browser.get(customer)), '200')
  })

  it('and is not held to the networks of its application: browsers are anywhere', async () => {
    const { id, application, client, customer, mint } = await freshWorld()
    const browser = await mint('customer.read')
    const path = `/worlds/${id}/applications/${application.id}`
    await server.operate('POST', path, { ipAllowList: ['192.0.2.0/24'] })
    assert.equal(said(await client.get(customer)), '403 InvalidIpAddress')
    assert.equal(said(await browser.get(customer)), '200')
  })
})

describe('a client token in a race', () => {
  for (const [action, call] of calls)
    it(`of ${action}: of 50 redemptions at once one wins, the others do nothing`, async () => {
      for (let round = 0; round < rounds(20); round++) {
        const { accountId, customer, mint } = await freshWorld()
        const browser = await mint(action)
        const answers = await Promise.all(Array.from({ length: 50 }, () => call(browser, customer)))
        const winners = answers.filter((answer) => answer.status < 300)
        assert.equal(winners.length, 1)
        for (const answer of answers.filter((a) => a !== winners[0]))
          assert.equal(said(answer), '401 InvalidAccessToken')
        const { customers, redeemed_tokens: redeemed } = await storedRows(server.pool, accountId)
        assert.equal(redeemed?.length, 1)
        assert.equal(customers?.length, action === 'customer.create' ? 2 : 1)
      }
    })
})
