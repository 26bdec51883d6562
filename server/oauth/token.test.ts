/**
 * `POST /token` by platform page 1.1, RFC 6749 sections 2.3, 3.2, 4.4 and 5, and every form the official clients send.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDatabase } from '../db/database.ts'
import { type Answer, clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { ensureDefaultWorld } from '../worlds/default-world.ts'

const key = 'demo-key'
const secret = 'demo-secret'
/** As nobody would choose them, and every way of writing them differs. */
const odd = { key: 'k+1 %2B&=é', secret: 's:+ %26&=ü"\\' }
const basic = (text: string): string => `Basic ${btoa(String.fromCharCode(...Buffer.from(text)))}`
const encodedInBasic = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2)

const form = 'application/x-www-form-urlencoded'
const json = 'application/json'
const grant = 'grant_type=client_credentials'
const inBody = `client_id=${key}&client_secret=${secret}`
const demo = basic(`${key}:${secret}`)

type Row = {
  what: string
  authorization?: string
  accept?: string
  type?: string
  path?: string
  body?: string | Buffer | URLSearchParams
}

let server: TestServer

before(async () => {
  server = await startTestServer({ credentials: { key, secret } })
  const { pool, gate, sealer } = server
  await ensureDefaultWorld({ db: createDatabase(pool), gate, sealer, realNow: Date.now }, odd)
})

after(() => server.stop())

const ask = ({ authorization, accept, type = form, path = '/token', body }: Row): Promise<Answer> =>
  send(server.origin, 'POST', path, {
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  })

const assertHeaders = (answer: Answer, what: string): void => {
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', what)
  assert.equal(answer.headers.get('cache-control'), 'no-store', what)
  assert.equal(answer.headers.get('pragma'), 'no-cache', what)
  assert.equal(answer.headers.get('access-control-allow-origin'), null, what)
  assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, what)
}

const assertToken = async (answer: Answer, what: string): Promise<string> => {
  assert.equal(answer.status, 200, `${what}: ${answer.text}`)
  assertHeaders(answer, what)
  const { access_token: token, ...rest } = JSON.parse(answer.text)
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600 }, what)
  assert.match(token, /^[A-Za-z0-9_-]{40,}$/, what)
  assert.equal((await clientWith(server.origin, token).get('/')).status, 200, what)
  return token
}

/** The characters that RFC 6749 allows in `error_description`. */
const describable = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

const assertRefused = (answer: Answer, status: number, error: string, what: string): void => {
  assert.equal(answer.status, status, `${what}: ${answer.text}`)
  assertHeaders(answer, what)
  const body = JSON.parse(answer.text)
  assert.deepEqual(Object.keys(body), ['error', 'error_description'], what)
  assert.equal(body.error, error, what)
  assert.match(body.error_description, describable, what)
}

describe('a token is given', () => {
  const rows: Row[] = [
    { what: 'node dwolla-v2', accept: '*/*', body: `${inBody}&${grant}` },
    { what: 'python dwollav2', accept: '*/*', body: `${grant}&client_secret=${secret}&client_id=${key}` },
    { what: 'C#, no Accept', body: `${inBody}&${grant}` },
    { what: 'ruby, PHP and the TypeScript hook', accept: '*/*', authorization: demo, body: grant },
    { what: 'as recorded', authorization: 'Basic ZGVtby1rZXk6ZGVtby1zZWNyZXQ=', body: grant },
    { what: 'TypeScript tokens.create', accept: 'application/json', authorization: demo, body: grant },
    { what: 'any Accept', accept: 'text/html', authorization: demo, body: grant },
    { what: 'the API’s Accept', accept: 'application/vnd.dwolla.v1.hal+json', authorization: demo, body: grant },
    { what: 'basic in lower case', authorization: demo.replace('Basic', 'basic'), body: grant },
    { what: 'spaces about Basic', authorization: demo.replace(' ', '   '), body: grant },
    { what: 'Basic without padding', authorization: demo.replace(/=+$/, ''), body: grant },
    { what: 'form with a charset', type: `${form}; charset=UTF-8`, body: `${inBody}&${grant}` },
    { what: 'form in other case', type: 'Application/X-WWW-Form-URLEncoded', body: `${inBody}&${grant}` },
    { what: 'values percent-encoded', body: `client%5Fid=demo%2Dkey&client_secret=demo%2dsecret&${grant}` },
    {
      what: 'JSON',
      type: json,
      body: `{"client_id":"${key}","client_secret":"${secret}","grant_type":"client_credentials"}`,
    },
    { what: 'JSON beside Basic', type: json, authorization: demo, body: '{"grant_type":"client_credentials"}' },
    { what: 'a scope, which nobody has', authorization: demo, body: `${grant}&scope=Send%7CTransactions` },
    { what: 'unknown parameters', authorization: demo, body: `${grant}&audience=x&resource=y` },
    { what: 'client_id beside Basic', authorization: demo, body: `${grant}&client_id=${key}` },
    {
      what: 'empty parameters, which count as none',
      authorization: demo,
      body: `${grant}&client_id=&client_secret=&scope=`,
    },
    { what: 'empty pairs', authorization: demo, body: `&&${grant}&` },
    { what: 'a query, which is not looked at', authorization: demo, path: '/token?grant_type=password', body: grant },
    {
      what: 'odd credentials in the body',
      body: new URLSearchParams({ client_id: odd.key, client_secret: odd.secret, grant_type: 'client_credentials' }),
    },
    { what: 'odd credentials in Basic, as they are', authorization: basic(`${odd.key}:${odd.secret}`), body: grant },
    {
      what: 'odd credentials in Basic, form-encoded as RFC 6749 has it',
      authorization: basic(`${encodedInBasic(odd.key)}:${encodedInBasic(odd.secret)}`),
      body: grant,
    },
  ]
  for (const row of rows) test(row.what, async () => void (await assertToken(await ask(row), row.what)))
})

describe('a token is refused', () => {
  const credentials = { client_id: key, client_secret: secret, grant_type: 'client_credentials' }
  const jsonOf = (value: unknown): Pick<Row, 'type' | 'body'> => ({ type: json, body: JSON.stringify(value) })
  const rows: [status: number, error: string, ...Row[]][] = [
    [
      400,
      'invalid_request',
      { what: 'nothing at all' },
      { what: 'Basic and no body', authorization: demo },
      { what: 'an empty form', body: '' },
      { what: 'no grant', body: inBody },
      { what: 'no grant beside Basic', authorization: demo, body: 'scope=x' },
      { what: 'an empty grant', body: `${inBody}&grant_type=` },
      { what: 'a grant without value', body: `${inBody}&grant_type` },
      { what: 'two grants', body: `${inBody}&${grant}&${grant}` },
      { what: 'a grant and an empty one', body: `${inBody}&${grant}&grant_type=` },
      { what: 'two keys', body: `${inBody}&client_id=${key}&${grant}` },
      { what: 'two secrets', body: `${inBody}&client_secret=other&${grant}` },
      { what: 'any parameter twice', body: `${inBody}&${grant}&x=1&x=2` },
      { what: 'both ways at once', authorization: demo, body: `${inBody}&${grant}` },
      { what: 'both ways, the body wrong', authorization: demo, body: `client_secret=wrong&${grant}` },
      { what: 'another key beside Basic', authorization: demo, body: `client_id=other&${grant}` },
      { what: 'text', type: 'text/plain', body: `${inBody}&${grant}` },
      { what: 'XML', type: 'application/xml', body: '<grant_type>client_credentials</grant_type>' },
      { what: 'a multipart form', type: 'multipart/form-data; boundary=x', body: '--x--' },
      { what: 'a type that is none', type: 'form', body: `${inBody}&${grant}` },
      { what: 'hal+json', type: 'application/vnd.dwolla.v1.hal+json', body: JSON.stringify(credentials) },
      { what: 'JSON that does not parse', type: json, body: '{"grant_type":' },
      { what: 'JSON with __proto__', type: json, body: `{"__proto__":${JSON.stringify(credentials)}}` },
      { what: 'an array', ...jsonOf([credentials]) },
      { what: 'a text', ...jsonOf(`${inBody}&${grant}`) },
      { what: 'null', ...jsonOf(null) },
      { what: 'a number', ...jsonOf(5) },
      { what: 'a grant that is an array', ...jsonOf({ ...credentials, grant_type: ['client_credentials'] }) },
      { what: 'a secret that is an object', ...jsonOf({ ...credentials, client_secret: { $ne: null } }) },
      { what: 'more than 16 KB', body: `${inBody}&${grant}&x=${'x'.repeat(16 * 1024)}` },
      { what: '5 MB', authorization: demo, body: `${grant}&x=${'x'.repeat(5 * 1024 * 1024)}` },
    ],
    [
      400,
      'unsupported_grant_type',
      { what: 'password', body: `${inBody}&grant_type=password&username=a&password=b` },
      { what: 'authorization_code', body: `${inBody}&grant_type=authorization_code&code=x` },
      { what: 'refresh_token', body: `${inBody}&grant_type=refresh_token&refresh_token=x` },
      { what: 'in other case', body: `${inBody}&grant_type=Client_Credentials` },
      { what: 'with a space', body: `${inBody}&grant_type=client_credentials+` },
      { what: 'before the credentials are looked at', body: 'grant_type=password' },
    ],
    [
      401,
      'invalid_client',
      { what: 'no credentials', body: grant },
      { what: 'no secret', body: `client_id=${key}&${grant}` },
      { what: 'no key', body: `client_secret=${secret}&${grant}` },
      { what: 'an empty secret', body: `client_id=${key}&client_secret=&${grant}` },
      { what: 'a wrong secret', body: `client_id=${key}&client_secret=wrong&${grant}` },
      { what: 'a secret in other case', body: `client_id=${key}&client_secret=DEMO-SECRET&${grant}` },
      { what: 'a secret and a space', body: `client_id=${key}&client_secret=${secret}+&${grant}` },
      { what: 'an unknown key', body: `client_id=other&client_secret=${secret}&${grant}` },
      { what: 'key and secret exchanged', body: `client_id=${secret}&client_secret=${key}&${grant}` },
      {
        what: 'another application’s secret',
        body: `client_id=${key}&client_secret=${encodeURIComponent(odd.secret)}&${grant}`,
      },
      { what: 'a body encoded twice', body: `client_id=demo%252Dkey&client_secret=${secret}&${grant}` },
      { what: 'a key with NUL', body: `client_id=${key}%00&client_secret=${secret}&${grant}` },
      { what: 'bytes that are not UTF-8', body: `client_id=%ff%fe&client_secret=%ff&${grant}` },
      {
        what: 'raw bytes that are not UTF-8',
        body: Buffer.from(`client_id=\xff&client_secret=\xfe&${grant}`, 'latin1'),
      },
      { what: 'credentials in the query', path: `/token?${inBody}`, body: grant },
    ],
    [
      401,
      'invalid_client',
      { what: 'Basic, a wrong secret', authorization: basic(`${key}:wrong`), body: grant },
      { what: 'Basic, an unknown key', authorization: basic(`other:${secret}`), body: grant },
      { what: 'Basic, no secret', authorization: basic(`${key}:`), body: grant },
      { what: 'Basic, no colon', authorization: basic(key), body: grant },
      { what: 'Basic, nothing', authorization: 'Basic', body: grant },
      { what: 'Basic, no base64', authorization: 'Basic demo-key:demo-secret', body: grant },
      { what: 'Bearer', authorization: 'Bearer abc', body: grant },
      { what: 'Digest', authorization: 'Digest username="demo-key"', body: grant },
      { what: 'two words', authorization: `${demo} x`, body: grant },
      { what: 'Basic twice', authorization: `${demo}, ${demo}`, body: grant },
    ],
  ]
  for (const [status, error, ...refused] of rows)
    for (const row of refused)
      test(`${status} ${error}: ${row.what}`, async () => {
        const answer = await ask(row)
        assertRefused(answer, status, error, row.what)
        const challenge = answer.headers.get('www-authenticate')
        const isChallenged = status === 401 && row.authorization !== undefined
        assert.equal(challenge, isChallenged ? 'Basic realm="clearyard"' : null)
      })

  test('without a hint at which of the two was wrong', async () => {
    const wrongSecret = await ask({ what: '', authorization: basic(`${key}:x`), body: grant })
    const unknownKey = await ask({ what: '', authorization: basic('x:x'), body: grant })
    assert.equal(wrongSecret.text, unknownKey.text)
  })

  test('405: any method but POST', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
      const answer = await send(server.origin, method, `/token?${inBody}&${grant}`, {
        headers: { authorization: demo },
      })
      assert.equal(answer.headers.get('allow'), 'POST', method)
      if (method !== 'HEAD') assertRefused(answer, 405, 'invalid_request', method)
      else assert.equal(answer.status, 405)
    }
  })
})

describe('an application', () => {
  const takes = (application: { key: string; secret: string }): Promise<Answer> =>
    ask({ what: '', authorization: basic(`${application.key}:${application.secret}`), body: grant })

  test('may have several keys, each with tokens that are good together', async () => {
    const { id, application } = await server.newWorld()
    const path = `/worlds/${id}/applications/${application.id}`
    const made = await server.operate('POST', `${path}/keys`, {})
    assert.equal(made.status, 201)
    const second = { key: String(made.body['key']), secret: String(made.body['secret']) }
    const tokens: string[] = []
    for (const one of [application, application, second, second])
      tokens.push(await assertToken(await takes(one), 'token'))
    assert.equal(new Set(tokens).size, 4)
    for (const token of tokens) assert.equal((await clientWith(server.origin, token).get('/')).status, 200)
  })

  test('gets nothing by a disabled key, and all by its other one', async () => {
    const { id, application } = await server.newWorld()
    const path = `/worlds/${id}/applications/${application.id}`
    const made = await server.operate('POST', `${path}/keys`, {})
    const second = { key: String(made.body['key']), secret: String(made.body['secret']) }
    const token = await assertToken(await takes(application), 'before')
    await server.operate('POST', `${path}/keys/${application.key}`, { status: 'disabled' })
    assertRefused(await takes(application), 401, 'invalid_client', 'disabled')
    assert.equal((await clientWith(server.origin, token).get('/')).body['code'], 'InvalidAccessToken')
    await assertToken(await takes(second), 'other key')
    await server.operate('POST', `${path}/keys/${application.key}`, { status: 'active' })
    await assertToken(await takes(application), 'enabled again')
  })

  test('with a rotated secret gets nothing by the old one, and its old tokens are refused', async () => {
    const { id, application } = await server.newWorld()
    const token = await assertToken(await takes(application), 'before')
    const path = `/worlds/${id}/applications/${application.id}/keys/${application.key}/rotate`
    const rotated = await server.operate('POST', path, {})
    assert.equal(rotated.status, 200)
    assertRefused(await takes(application), 401, 'invalid_client', 'old secret')
    assert.equal((await clientWith(server.origin, token).get('/')).body['code'], 'InvalidAccessToken')
    await assertToken(await takes({ key: application.key, secret: String(rotated.body['secret']) }), 'new secret')
  })

  test('that is disabled gets nothing', async () => {
    const { id, application } = await server.newWorld()
    const path = `/worlds/${id}/applications/${application.id}`
    await server.operate('POST', path, { status: 'disabled' })
    assertRefused(await takes(application), 401, 'invalid_client', 'disabled')
    assertRefused(
      await ask({ what: '', body: `client_id=${application.key}&client_secret=${application.secret}&${grant}` }),
      401,
      'invalid_client',
      'disabled, by the body',
    )
    await server.operate('POST', path, { status: 'active' })
    await assertToken(await takes(application), 'enabled again')
  })

  test('with a list of networks gets nothing from another', async () => {
    const { id, application } = await server.newWorld()
    const path = `/worlds/${id}/applications/${application.id}`
    await server.operate('POST', path, { ipAllowList: ['10.0.0.0/8', '2001:db8::/32'] })
    assertRefused(await takes(application), 403, 'access_denied', 'from elsewhere')
    assertRefused(
      await takes({ ...application, secret: 'wrong' }),
      401,
      'invalid_client',
      'wrong secret from elsewhere',
    )
    await server.operate('POST', path, { ipAllowList: ['10.0.0.0/8', '127.0.0.0/8'] })
    await assertToken(await takes(application), 'from here')
  })

  test('lives as long as the world’s setting says', async () => {
    const { application } = await server.newWorld({ settings: { applicationTokenLifetimeSeconds: 61 } })
    const answer = await takes(application)
    assert.equal(JSON.parse(answer.text).expires_in, 61)
  })
})

test('an idempotency key is not looked at: each request has its own token', async () => {
  const tokens = new Set<string>()
  for (let time = 0; time < 3; time++) {
    const answer = await send(server.origin, 'POST', '/token', {
      headers: { authorization: demo, 'content-type': form, 'idempotency-key': 'same' },
      body: grant,
    })
    tokens.add(await assertToken(answer, 'again'))
  }
  assert.equal(tokens.size, 3)
})

test('an access token is taken from the header alone, never from a query, a body or a cookie', async () => {
  const { token } = await server.as()
  const accept = 'application/vnd.dwolla.v1.hal+json'
  const attempts: [path: string, init: RequestInit][] = [
    [`/?access_token=${token}`, { headers: { accept } }],
    [`/customers?access_token=${token}&token=${token}&authorization=Bearer%20${token}`, { headers: { accept } }],
    ['/', { headers: { accept, cookie: `access_token=${token}` } }],
    ['/', { headers: { accept, 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` } }],
  ]
  for (const [path, init] of attempts) {
    const answer = await send(server.origin, 'GET', path, init)
    assert.equal(answer.status, 401)
    assert.equal(answer.body['code'], 'InvalidCredentials')
  }
  const posted = await send(server.origin, 'POST', '/customers', {
    headers: { accept, 'content-type': form },
    body: new URLSearchParams({ access_token: token }),
  })
  assert.equal(posted.body['code'], 'InvalidCredentials')
})
