/**
 * Who may call: every failure of the Authorization header by its code, message and status, and what it comes before.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { sealApplicationToken } from '../oauth/application-tokens.ts'
import { createSealer } from '../sealing.ts'
import { type Answer, type Client, clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const errorType = `${halType}; profile="http://nocarrier.co.uk/profiles/vnd.error/"; charset=UTF-8`

/** status, code, message and challenge, as clients see them. */
const expected = {
  InvalidCredentials: [401, 'Missing or invalid Authorization header.', 'Bearer'],
  InvalidAccessToken: [401, 'Invalid access token.', 'Bearer error="invalid_token"'],
  ExpiredAccessToken: [
    401,
    'Generate a new access token using your client credentials.',
    'Bearer error="invalid_token"',
  ],
  InvalidAccountStatus: [401, 'Invalid access token account status.', 'Bearer error="invalid_token"'],
  InvalidApplicationStatus: [401, 'Invalid application status.', 'Bearer error="invalid_token"'],
  InvalidScopes: [401, 'Missing or invalid scopes for requested endpoint.', 'Bearer error="insufficient_scope"'],
  InvalidIpAddress: [403, 'Access to this resource is forbidden from this network location.', null],
  Forbidden: [403, 'The supplied credentials are not authorized for this resource.', null],
} as const

let server: TestServer

before(async () => {
  server = await startTestServer()
})

after(() => server.stop())

const assertRefused = (answer: Answer, code: keyof typeof expected, what: string = code): void => {
  const [status, message, challenge] = expected[code]
  assert.equal(answer.text, JSON.stringify({ code, message }), what)
  assert.equal(answer.status, status, what)
  assert.equal(answer.headers.get('content-type'), errorType, what)
  assert.equal(answer.headers.get('www-authenticate'), challenge, what)
}

const withHeader = (authorization: string, path = '/'): Promise<Answer> =>
  send(server.origin, 'GET', path, { headers: { accept: halType, authorization } })

const aWorld = async (body: object = {}) => {
  const { id, application } = await server.newWorld(body)
  const client = await server.as(application)
  const change = (body: object) => server.operate('POST', `/worlds/${id}`, body)
  const changeApplication = (body: object) =>
    server.operate('POST', `/worlds/${id}/applications/${application.id}`, body)
  const moveClock = (body: object) => server.operate('POST', `/worlds/${id}/clock`, body)
  return { client, change, changeApplication, moveClock }
}

const mint = async (client: Client, body: object): Promise<Client> => {
  const minted = await client.post('/client-tokens', body)
  assert.equal(minted.status, 200, minted.text)
  return clientWith(server.origin, String(minted.body['token']))
}

const aCustomer = async (client: Client): Promise<string> => {
  const made = await client.post('/customers', { firstName: 'Ada', lastName: 'King', email: `${randomUUID()}@x.test` })
  assert.equal(made.status, 201, made.text)
  return made.location ?? ''
}

describe('InvalidCredentials: no header, or none that gives a bearer token', () => {
  test('no header', async () => {
    assertRefused(await send(server.origin, 'GET', '/', { headers: { accept: halType } }), 'InvalidCredentials')
  })
  for (const value of [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Token abc',
    'abc',
    'Bearerabc',
    'Bearer a b',
    'Bearer a, Bearer b',
  ])
    test(JSON.stringify(value), async () => assertRefused(await withHeader(value), 'InvalidCredentials'))
  for (const value of ['Bearer "abc"', 'Bearer a=b', 'Bearer <a>', 'Bearer a%20b', 'Bearer \xe9', 'Bearer token="abc"'])
    test(JSON.stringify(value), async () => assertRefused(await withHeader(value), 'InvalidCredentials'))
})

describe('InvalidAccessToken: a token that is none of ours', () => {
  test('invented ones', async () => {
    for (const token of [
      'x',
      'abc',
      'null',
      'undefined',
      'pBA9fVDBEyYZCEsLf/wKehyh1RTpzjUj5KzIRfDi0wKTii7DqY',
      'a'.repeat(8000),
    ])
      assertRefused(await withHeader(`Bearer ${token}`), 'InvalidAccessToken', token)
    for (let length = 1; length < 200; length += 11)
      assertRefused(await withHeader(`Bearer ${randomBytes(length).toString('base64url')}`), 'InvalidAccessToken')
  })

  test('a real one with any character changed, cut short or with more', async () => {
    const { token } = await server.as()
    assert.equal((await withHeader(`Bearer ${token}`)).status, 200)
    const bytes = Buffer.from(token, 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      assertRefused(await withHeader(`Bearer ${changed.toString('base64url')}`), 'InvalidAccessToken', `byte ${at}`)
    }
    for (const other of [token.slice(0, -4), token.slice(4), `${token}AAAA`, `AAAA${token}`, token + token])
      assertRefused(await withHeader(`Bearer ${other}`), 'InvalidAccessToken', other)
  })

  test('what is secret elsewhere: a key, a secret, something sealed for another purpose or by another installation', async () => {
    const { key, secret } = server.world
    const { token } = await server.as()
    const plain = server.sealer.open('application-token', 'access', Buffer.from(token, 'base64url'))
    assert.ok(plain)
    const foreign = createSealer([{ id: 'test', key: randomBytes(32) }], randomBytes(32))
    const stolen = [
      key,
      secret,
      btoa(`${key}:${secret}`),
      server.sealer.seal('idempotent-answer', 'access', plain).toString('base64url'),
      server.sealer.seal('application-token', 'elsewhere', plain).toString('base64url'),
      server.sealer.seal('check', 'access', plain).toString('base64url'),
      foreign.seal('application-token', 'access', plain).toString('base64url'),
    ]
    for (const each of stolen) assertRefused(await withHeader(`Bearer ${each}`), 'InvalidAccessToken', each)
  })

  test('one that names a key that is not there, or another generation of its secret', async () => {
    const { token } = await server.as()
    const plain = server.sealer.open('application-token', 'access', Buffer.from(token, 'base64url')) ?? Buffer.alloc(0)
    const keyId = plain
      .subarray(0, 16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    const expiresAtMs = Date.now() + 3600_000
    const seal = (of: { keyId: string; generation: number }) =>
      sealApplicationToken(server.sealer, { ...of, expiresAtMs })
    assert.equal((await withHeader(`Bearer ${seal({ keyId, generation: 1 })}`)).status, 200)
    for (const generation of [0, 2, 4294967295])
      assertRefused(await withHeader(`Bearer ${seal({ keyId, generation })}`), 'InvalidAccessToken', `${generation}`)
    assertRefused(await withHeader(`Bearer ${seal({ keyId: randomUUID(), generation: 1 })}`), 'InvalidAccessToken')
  })

  test('the scheme is read in any case, and in either alphabet of base64', async () => {
    const { token } = await server.as()
    const standard = Buffer.from(token, 'base64url').toString('base64')
    for (const header of [`bearer ${token}`, `BEARER ${token}`, `Bearer   ${token}`, `Bearer ${standard}`])
      assert.equal((await withHeader(header)).status, 200, header)
  })
})

describe('ExpiredAccessToken', () => {
  test('an application token after an hour of real time, whatever the world’s clock says', async () => {
    const { client, moveClock } = await aWorld()
    assert.equal((await moveClock({ advance: 'P400D' })).status, 200)
    assert.equal((await client.get('/')).status, 200)
    server.passRealTime(3_590_000)
    assert.equal((await client.get('/')).status, 200)
    server.passRealTime(10_000)
    assertRefused(await client.get('/'), 'ExpiredAccessToken')
  })

  test('an application token of a world with a shorter life', async () => {
    const { client } = await aWorld({ settings: { applicationTokenLifetimeSeconds: 60 } })
    server.passRealTime(50_000)
    assert.equal((await client.get('/')).status, 200)
    server.passRealTime(10_000)
    assertRefused(await client.get('/'), 'ExpiredAccessToken')
  })

  test('a client token after an hour of the world’s clock, whatever real time says', async () => {
    const { client, moveClock } = await aWorld({
      settings: { applicationTokenLifetimeSeconds: 86_400 },
      clock: { mode: 'frozen', set: '2030-01-01T00:00:00Z' },
    })
    const [early, inTime, late] = [
      await mint(client, { action: 'customer.create' }),
      await mint(client, { action: 'customer.create' }),
      await mint(client, { action: 'customer.create' }),
    ]
    const create = (browser: Client) =>
      browser.post('/customers', { firstName: 'Ada', lastName: 'King', email: `${randomUUID()}@x.test` })
    server.passRealTime(2 * 3_600_000)
    assert.equal((await create(early)).status, 201)
    await moveClock({ advance: 'PT59M59.999S' })
    assert.equal((await create(inTime)).status, 201)
    await moveClock({ advance: 'PT0.001S' })
    assertRefused(await create(late), 'ExpiredAccessToken')
    assertRefused(await create(early), 'ExpiredAccessToken', 'used and expired')
  })

  test('a client token of a world with a shorter life', async () => {
    const { client, moveClock } = await aWorld({
      settings: { clientTokenLifetimeSeconds: 1 },
      clock: { mode: 'frozen' },
    })
    const browser = await mint(client, { action: 'customer.create' })
    await moveClock({ advance: 'PT1S' })
    assertRefused(await browser.post('/customers', {}), 'ExpiredAccessToken')
  })
})

test('InvalidAccountStatus: an account that is not active, for both kinds of token, until it is again', async () => {
  const { client, change } = await aWorld()
  const customer = await aCustomer(client)
  const browser = await mint(client, { action: 'customer.read', _links: { customer: { href: customer } } })
  for (const accountStatus of ['unconfirmed', 'suspended']) {
    assert.equal((await change({ settings: { accountStatus } })).status, 200)
    assertRefused(await client.get('/'), 'InvalidAccountStatus')
    assertRefused(await client.post('/client-tokens', { action: 'customer.create' }), 'InvalidAccountStatus')
    assertRefused(await browser.get(customer), 'InvalidAccountStatus')
  }
  await change({ settings: { accountStatus: 'active' } })
  assert.equal((await client.get('/')).status, 200)
  assert.equal((await browser.get(customer)).status, 200, 'and the refusals did not use the client token up')
})

test('InvalidApplicationStatus: a disabled application, for both kinds of token, until it is enabled', async () => {
  const { client, changeApplication } = await aWorld()
  const customer = await aCustomer(client)
  const browser = await mint(client, { action: 'customer.read', _links: { customer: { href: customer } } })
  await changeApplication({ status: 'disabled' })
  assertRefused(await client.get('/'), 'InvalidApplicationStatus')
  assertRefused(await browser.get(customer), 'InvalidApplicationStatus')
  await changeApplication({ status: 'active' })
  assert.equal((await client.get('/')).status, 200)
  assert.equal((await browser.get(customer)).status, 200)
})

test('InvalidScopes and Forbidden: a client token beyond its action, and beyond its customer', async () => {
  const { client } = await aWorld()
  const [own, other] = [await aCustomer(client), await aCustomer(client)]
  const browser = await mint(client, { action: 'customer.read', _links: { customer: { href: own } } })
  for (const path of ['/', '/customers', '/events']) assertRefused(await browser.get(path), 'InvalidScopes', path)
  assertRefused(await browser.post(own, {}), 'InvalidScopes')
  assertRefused(await browser.post('/client-tokens', { action: 'customer.create' }), 'InvalidScopes')
  assertRefused(await browser.get(other), 'Forbidden', 'another customer')
  assertRefused(await browser.get(`/customers/${randomUUID()}`), 'Forbidden', 'nobody')
  assertRefused(await browser.get('/customers/x'), 'Forbidden', 'no id')
  assert.equal((await browser.get(own)).status, 200)
})

describe('InvalidIpAddress', () => {
  /** A call from one of this machine's own addresses, which are all of 127.0.0.0/8. */
  const callFrom = (localAddress: string, token: string): Promise<{ status: number; code: string }> =>
    new Promise((resolve, reject) => {
      const headers = { accept: halType, authorization: `Bearer ${token}` }
      const call = request(`${server.origin}/`, { localAddress, headers, agent: false }, (response) => {
        let text = ''
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).code ?? '' }))
      })
      call.on('error', reject)
      call.end()
    })

  test('an application is called only from the networks on its list; whoever calls from another gets 403', async () => {
    const { client, changeApplication } = await aWorld()
    const table: [list: string[], allowed: string[], refused: string[]][] = [
      [[], ['127.0.0.1', '127.0.0.2'], []],
      [['127.0.0.2'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.20']],
      [
        ['127.0.0.4/30', '10.0.0.0/8'],
        ['127.0.0.4', '127.0.0.7'],
        ['127.0.0.3', '127.0.0.8', '127.0.0.1'],
      ],
      [['::ffff:127.0.0.2'], ['127.0.0.2'], ['127.0.0.1']],
      [['::1'], [], ['127.0.0.1']],
      [['0.0.0.0/0'], ['127.0.0.1', '127.255.255.254'], []],
    ]
    for (const [ipAllowList, allowed, refused] of table) {
      assert.equal((await changeApplication({ ipAllowList })).status, 200)
      for (const ip of allowed) assert.deepEqual(await callFrom(ip, client.token), { status: 200, code: '' }, ip)
      for (const ip of refused)
        assert.deepEqual(await callFrom(ip, client.token), { status: 403, code: 'InvalidIpAddress' }, ip)
    }
  })

  test('is told as Dwolla tells it, and not believed of a header that anybody can write', async () => {
    const { client, changeApplication } = await aWorld()
    await changeApplication({ ipAllowList: ['192.0.2.0/24'] })
    assertRefused(await client.get('/'), 'InvalidIpAddress')
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip'])
      assertRefused(
        await client.get('/', { [name]: name === 'forwarded' ? 'for=192.0.2.7' : '192.0.2.7' }),
        'InvalidIpAddress',
      )
  })

  test('does not hold for client tokens, which come from the browsers of people', async () => {
    const { client, changeApplication } = await aWorld()
    const customer = await aCustomer(client)
    const browser = await mint(client, { action: 'customer.read', _links: { customer: { href: customer } } })
    await changeApplication({ ipAllowList: ['192.0.2.0/24'] })
    assert.equal((await browser.get(customer)).status, 200)
  })
})

describe('what comes first', () => {
  test('401 before 406 before 404, 405, 415, 413 and bad syntax', async () => {
    const { token } = await server.as()
    const big = 'x'.repeat(1024 * 1024 + 1)
    const calls: [what: string, method: string, path: string, status: number, body?: string, type?: string][] = [
      ['unknown path', 'GET', '/nowhere', 404],
      ['unknown path, written to', 'POST', '/nowhere', 404, '{', 'application/json'],
      ['unknown path, of another type', 'POST', '/nowhere', 404, '<a/>', 'application/xml'],
      ['unknown path, too large', 'POST', '/nowhere', 404, big, 'application/json'],
      ['a path that cannot be decoded', 'GET', '/customers/%zz', 400],
      ['a path that is not UTF-8', 'POST', '/customers/%ff', 400, '{', 'application/json'],
      ['wrong method', 'DELETE', '/customers', 405],
      ['wrong method with a body', 'PUT', '/customers', 405, '{', 'application/json'],
      ['wrong method, of another type', 'PATCH', '/customers', 405, 'x', 'text/plain'],
      ['wrong method, too large', 'PUT', '/customers', 405, big, 'application/json'],
      ['another type', 'POST', '/customers', 415, '<a/>', 'application/xml'],
      ['too large', 'POST', '/customers', 413, big, 'application/json'],
      ['bad syntax', 'POST', '/customers', 400, '{', 'application/json'],
    ]
    for (const [what, method, path, status, body, type] of calls) {
      const ask = (headers: Record<string, string>) =>
        send(server.origin, method, path, {
          headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
          ...(body === undefined ? {} : { body }),
        })
      const [accept, authorization] = [halType, `Bearer ${token}`]
      assertRefused(await ask({}), 'InvalidCredentials', what)
      assertRefused(await ask({ accept }), 'InvalidCredentials', what)
      assertRefused(await ask({ accept, authorization: 'Bearer x' }), 'InvalidAccessToken', what)
      assert.equal((await ask({ authorization })).body['code'], 'InvalidVersion', what)
      assert.equal((await ask({ authorization, accept })).status, status, what)
    }
  })

  test('406 does not use a client token up, nor do 404, 405, 415, 413 and bad syntax', async () => {
    const { client } = await aWorld()
    const customer = await aCustomer(client)
    const browser = await mint(client, { action: 'customer.update', _links: { customer: { href: customer } } })
    const json = 'application/json'
    const failing: [status: number, path: string, body: string, headers: Record<string, string>][] = [
      [406, customer, '{}', { accept: 'application/json' }],
      [404, '/nowhere', '{}', {}],
      [415, customer, 'x', { 'content-type': 'text/plain' }],
      [413, customer, 'x'.repeat(1024 * 1024 + 1), { 'content-type': json }],
      [400, customer, '{', { 'content-type': json }],
      [400, customer, '[]', { 'content-type': json }],
      [400, customer, '{"__proto__":{}}', { 'content-type': json }],
    ]
    for (const [status, path, body, headers] of failing)
      assert.equal((await browser.post(path, body, headers)).status, status, `${status} ${body.slice(0, 20)}`)
    assert.equal((await browser.delete(customer)).status, 405)
    const answer = await browser.post(customer, { firstName: 'Grace' })
    assert.equal(answer.status, 200, answer.text)
    assertRefused(await browser.post(customer, { firstName: 'Grace' }), 'InvalidAccessToken', 'used')
  })
})
