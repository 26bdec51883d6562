/** What every answer carries for whoever follows it up: an id; and what pages of other origins may ask and read. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type AskedHeaders, ask as askAt, type Reply } from '../testing/ask.ts'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

let server: TestServer
let client: Client

before(async () => {
  server = await startTestServer()
  client = await server.as()
})

after(() => server.stop())

const ask = (method: string, path: string, headers: AskedHeaders = {}, body?: string) =>
  askAt(server.origin, method, path, headers, body)

const known = (): AskedHeaders => ({ authorization: `Bearer ${client.token}`, accept: halType })

describe('X-Request-Id', () => {
  test('is the client’s where that is sane, on success and error alike', async () => {
    for (const id of ['a', 'A.b_c-1', '0'.repeat(128), randomUUID()])
      for (const [path, headers] of [
        ['/', known()],
        ['/', {}],
        ['/nowhere', known()],
        ['/customers/%zz', {}],
        ['/token', {}],
        ['/healthz', {}],
      ] as const)
        assert.equal((await ask('GET', path, { ...headers, 'x-request-id': id })).headers['x-request-id'], id, path)
  })

  test('is a new UUID otherwise', async () => {
    const insane = ['', '0'.repeat(129), 'a b', 'a,b', 'a\tb', 'é', '<script>', 'a/b', '{"a":1}', "'", 'a;b']
    const seen = new Set<string>()
    for (const id of [...insane, ['a', 'b'], undefined])
      for (const path of [
        '/',
        '/nowhere',
        '/customers/%zz',
        '/token',
        '/healthz',
        '/openapi.json',
        '/_clearyard/worlds',
        '/_clearyard/nothing',
      ]) {
        const reply = await ask('GET', path, { ...known(), ...(id === undefined ? {} : { 'x-request-id': id }) })
        assert.match(String(reply.headers['x-request-id']), uuid, `${id} ${path}`)
        seen.add(String(reply.headers['x-request-id']))
      }
    assert.equal(seen.size, 13 * 8)
  })
})

describe('a preflight', () => {
  const asked = {
    origin: 'https://shop.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, accept, content-type, idempotency-key',
  }

  const assertAllowed = (reply: Reply, what: string): void => {
    assert.equal(reply.status, 204, what)
    assert.equal(reply.text, '', what)
    assert.match(String(reply.headers['x-request-id']), uuid, what)
    assert.equal(reply.headers['access-control-allow-origin'], '*', what)
    assert.equal(reply.headers['access-control-allow-credentials'], undefined, what)
    assert.equal(reply.headers['access-control-allow-methods'], 'GET, POST, DELETE', what)
    assert.equal(
      reply.headers['access-control-allow-headers'],
      'Authorization, Accept, Content-Type, Idempotency-Key',
      what,
    )
  }

  test('is answered on every path of the API and on those to come, without a token', async () => {
    for (const path of [
      '/',
      '/customers',
      `/customers/${randomUUID()}`,
      '/client-tokens',
      '/nowhere',
      `/customers/${randomUUID()}/funding-sources?removed=false`,
    ])
      assertAllowed(await ask('OPTIONS', path, asked), path)
    assertAllowed(await ask('OPTIONS', '/customers', {}), 'no headers')
  })

  test('never uses a client token up, not even one that is sent along', async () => {
    const made = await client.post('/customers', { firstName: 'Ada', lastName: 'King', email: 'ada@x.test' })
    const customer = new URL(made.location ?? '').pathname
    const { body } = await client.post('/client-tokens', {
      action: 'customer.read',
      _links: { customer: { href: customer } },
    })
    const authorization = `Bearer ${body['token']}`
    for (let time = 0; time < 5; time++)
      assertAllowed(await ask('OPTIONS', customer, { ...asked, authorization, accept: halType }), 'sent along')
    assert.equal((await ask('GET', customer, { authorization, accept: halType })).status, 200)
    assertAllowed(await ask('OPTIONS', customer, { ...asked, authorization }), 'afterwards')
  })

  test('is not answered where pages of other origins have no business', async () => {
    for (const path of [
      '/token',
      '/_clearyard/worlds',
      '/_clearyard/worlds/default/clock',
      '/_clearyard/nothing',
      '/_clearyard',
    ]) {
      const reply = await ask('OPTIONS', path, asked)
      assert.ok([404, 405].includes(reply.status), path)
      for (const name of Object.keys(reply.headers)) assert.doesNotMatch(name, /^access-control-/, path)
    }
  })
})

test('an answer lets pages of any origin read it, without cookies, whatever it is', async () => {
  for (const [status, path, headers] of [
    [200, '/', known()],
    [401, '/', {}],
    [404, '/nowhere', known()],
    [400, '/customers/%zz', known()],
    [405, '/client-tokens', known()],
    [406, '/', { authorization: `Bearer ${client.token}` }],
  ] as const)
    for (const origin of ['https://shop.example', 'null', 'http://evil.example']) {
      const reply = await ask('GET', path, { ...headers, origin })
      assert.equal(reply.status, status, path)
      assert.equal(reply.headers['access-control-allow-origin'], '*', path)
      assert.equal(reply.headers['access-control-expose-headers'], 'Location, X-Request-Id', path)
      assert.equal(reply.headers['access-control-allow-credentials'], undefined, path)
    }
})

test('what is not there is 404 for whoever has a token, and readable for pages', async () => {
  for (const path of [
    '/nowhere',
    '//customers',
    '/Customers',
    '/customers/a/b',
    '/accounts',
    '/client-tokens/x',
    '/_clearyar',
    '/constructor',
    '/__proto__',
  ])
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const headers = { ...known(), 'content-type': 'text/plain' }
      const reply = await ask(method, path, headers, method === 'GET' ? undefined : 'x')
      assert.equal(reply.status, 404, `${method} ${path}`)
      assert.equal(reply.text, '{"code":"NotFound","message":"The requested resource was not found."}')
      assert.equal(reply.headers['access-control-allow-origin'], '*')
    }
})

test('below /_clearyard, what is not there is the operator’s 404: no token, no page, no stranger’s host', async () => {
  for (const path of ['/_clearyard', '/_clearyard/', '/_clearyard/nothing', '/_clearyard/worlds/default/nothing'])
    for (const method of ['GET', 'POST', 'PUT']) {
      const reply = await ask(method, path)
      assert.equal(reply.status, 404, `${method} ${path}`)
      assert.equal(JSON.parse(reply.text).code, 'NotFound')
      assert.equal(reply.headers['access-control-allow-origin'], undefined)
      assert.equal((await ask(method, path, { host: 'rebound.example' })).status, 403, path)
    }
})
