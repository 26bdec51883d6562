/**
 * What holds for every operation of the API, tried on every operation there is: a new one is held to all of it, and
 * fails here until it has a sample of a call that succeeds.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type AskedHeaders, ask as askAt, type Reply } from '../testing/ask.ts'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'
import { samples, sent } from './sample-calls-fixture.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const okType = `${halType}; charset=UTF-8`
const errorType = `${halType}; profile="http://nocarrier.co.uk/profiles/vnd.error/"; charset=UTF-8`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const megabyte = 1024 * 1024

/** What an id that is nobody's is answered where Dwolla has words of its own for it. */
const unknownIds: { readonly [operation: string]: readonly [code: string, message: string] } = {
  'GET /customers/{id}': ['NotFound', 'Customer not found.'],
  'POST /customers/{id}': ['NotFound', 'Customer not found.'],
  'POST /customers/{id}/kba': ['NotFound', 'Customer not found. Check CustomerId.'],
  'GET /kba/{id}': ['NotFound', 'KBA questions not found. Check KBA id.'],
  'POST /kba/{id}': ['NotFound', 'KBA session not found.'],
  'POST /customers/{id}/documents': ['notFound', 'Customer not found. Check CustomerId.'],
  'POST /customers/{id}/beneficial-owners': ['NotFound', 'Customer not found.'],
  'GET /customers/{id}/beneficial-owners': ['NotFound', 'Customer not found.'],
  'GET /beneficial-owners/{id}': ['NotFound', 'Beneficial owner not found.'],
  'POST /beneficial-owners/{id}': ['NotFound', 'Owner not found.'],
  'DELETE /beneficial-owners/{id}': ['NotFound', 'Beneficial owner not found.'],
  'GET /customers/{id}/beneficial-ownership': ['NotFound', 'Ownership certification status not found.'],
  'POST /customers/{id}/beneficial-ownership': ['NotFound', 'Customer not found.'],
  'GET /accounts/{id}/funding-sources': ['NotFound', 'Account not found.'],
  'GET /customers/{id}/funding-sources': ['NotFound', 'Customer not found.'],
  'GET /accounts/{id}/transfers': ['NotFound', 'Account not found.'],
  'GET /customers/{id}/transfers': ['NotFound', 'Customer not found.'],
  'POST /customers/{id}/funding-sources': ['NotFound', 'Customer ID not found. Check Customer ID.'],
  'GET /funding-sources/{id}': ['NotFound', 'Funding source not found.'],
  'POST /funding-sources/{id}': ['NotFound', 'Funding source not found.'],
  'GET /funding-sources/{id}/balance': ['NotFound', 'Funding source not found.'],
}

let server: TestServer
let published: TestServer
let client: Client
let operations: { operation: string; method: string; path: string }[]
let paths: Map<string, string[]>

before(async () => {
  server = await startTestServer()
  published = await startTestServer({ publicUrl: 'https://pay.example.test' })
  client = await server.as()
  operations = server.app.operations.map(({ operation }) => {
    const [method = '', path = ''] = operation.split(' ')
    return { operation, method, path: path.replace('{id}', randomUUID()) }
  })
  paths = new Map(
    [...Map.groupBy(operations, ({ path }) => path.replace(/[0-9a-f-]{36}/, 'id'))].map(([, same]) => [
      same[0]?.path ?? '',
      same.map(({ method }) => method),
    ]),
  )
})

after(() => Promise.all([server.stop(), published.stop()]))

const ask = (
  method: string,
  path: string,
  headers: AskedHeaders = {},
  body?: string | Buffer,
  origin = server.origin,
) => askAt(origin, method, path, headers, body)

const bearer = (): AskedHeaders => ({ authorization: `Bearer ${client.token}` })
const known = (): AskedHeaders => ({ ...bearer(), accept: halType })
const sendsJson = (): AskedHeaders => ({ ...known(), 'content-type': 'application/json' })
const takesForm = (operation: string): boolean => /^POST .*\/documents$/.test(operation)
const written = () => operations.filter(({ operation, method }) => method === 'POST' && !takesForm(operation))
const uploads = () => operations.filter(({ operation }) => takesForm(operation))

/** What every answer of the API carries, refusals too. */
const assertCommon = ({ headers }: Reply, what: string): void => {
  assert.match(String(headers['x-request-id']), uuid, what)
  assert.equal(headers['access-control-allow-origin'], '*', what)
  assert.equal(headers['access-control-expose-headers'], 'Location, X-Request-Id', what)
  assert.equal(headers['access-control-allow-credentials'], undefined, what)
  assert.equal(headers['cache-control'], 'no-store', what)
  assert.equal(headers['set-cookie'], undefined, what)
}

const assertRefused = (reply: Reply, status: number, code: string, message: string, what: string): void => {
  assert.equal(reply.text, JSON.stringify({ code, message }), what)
  assert.equal(reply.status, status, what)
  assert.equal(reply.headers['content-type'], errorType, what)
  assertCommon(reply, what)
}

const hrefsIn = (text: string): string[] => [...text.matchAll(/"href":"([^"]*)"/g)].map((match) => match[1] ?? '')

const callSample = async (operation: string, headers: AskedHeaders = {}, at = server): Promise<Reply> => {
  const caller = at === server ? client : await at.as()
  const sample = await samples[operation]?.(caller, at)
  const [type, body] = sent(sample)
  const reply = await ask(
    operation.split(' ')[0] ?? '',
    sample?.path ?? '',
    { authorization: `Bearer ${caller.token}`, accept: halType, ...type, ...headers },
    body,
    at.origin,
  )
  assert.equal(reply.status, sample?.status, `${operation}: ${reply.text}`)
  return reply
}

test('every operation is documented, and has a sample here', async () => {
  const { text } = await ask('GET', '/openapi.json')
  const documented = Object.entries<object>(JSON.parse(text).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const api = documented.filter((operation) => !/ \/(token$|_clearyard\/)/.test(operation))
  const names = operations.map(({ operation }) => operation)
  assert.ok(names.length >= 9)
  assert.deepEqual(api.sort(), names.toSorted())
  assert.deepEqual(Object.keys(samples).sort(), names.toSorted())
})

describe('every operation', () => {
  test('answers 401 without a token, whatever is accepted and sent', async () => {
    for (const { operation, method, path } of operations)
      for (const headers of [{}, { accept: halType }, { accept: 'text/html', 'content-type': 'text/plain' }])
        assertRefused(
          await ask(method, path, headers),
          401,
          'InvalidCredentials',
          'Missing or invalid Authorization header.',
          operation,
        )
  })

  test('answers 406 without its version in Accept', async () => {
    const others: (AskedHeaders | undefined)[] = [
      '',
      '*/*',
      'application/*',
      'application/json',
      'application/hal+json',
      'application/vnd.dwolla.v2.hal+json',
      'application/vnd.dwolla.v1.hal',
      'application/vnd.dwolla.v1.hal+json+x',
      'text/html, application/xml;q=0.9, */*;q=0.8',
      `"${halType}"`,
    ].map((accept) => ({ accept }))
    for (const { operation, method, path } of operations)
      for (const accept of [{}, ...others])
        assertRefused(
          await ask(method, path, { ...bearer(), ...accept }),
          406,
          'InvalidVersion',
          'Missing or invalid API version.',
          `${operation} ${JSON.stringify(accept)}`,
        )
  })

  test('answers its version among others, in any case and with any parameters', async () => {
    const accepts = [
      halType.toUpperCase(),
      `${halType};charset=utf-8`,
      `${halType}; q=0.5`,
      `text/html, ${halType}`,
      ` ${halType} ,*/*`,
      `${halType}; profile="https://github.com/dwolla/hal-forms"`,
    ]
    for (const { operation } of operations) for (const accept of accepts) await callSample(operation, { accept })
    await callSample('GET /', { accept: ['text/html', halType] })
  })

  test('succeeds with exactly its media type, or with 201, a Location and nothing else', async () => {
    for (const { operation } of operations) {
      const reply = await callSample(operation)
      assertCommon(reply, operation)
      if (reply.status === 201) {
        assert.equal(reply.text, '', operation)
        assert.equal(reply.headers['content-length'], '0', operation)
        assert.equal(reply.headers['content-type'], undefined, operation)
        const location = reply.headers.location ?? ''
        assert.ok(location.startsWith(`${server.origin}/`), operation)
        assert.equal((await client.get(location)).status, 200, operation)
      } else {
        assert.equal(reply.headers['content-type'], okType, operation)
        assert.equal(reply.headers.location, undefined, operation)
        assert.doesNotThrow(() => JSON.parse(reply.text), operation)
        assert.ok(!reply.text.includes(':null'), `${operation}: absent values are left out`)
      }
    }
  })

  test('gives absolute hrefs of the origin it was asked at', async () => {
    let seen = 0
    for (const host of ['127.0.0.1:1', 'api.example.test', 'LocalHost:8080', '[::1]:8080', 'under_score', 'a.b.:80'])
      for (const { operation } of operations) {
        const reply = await callSample(operation, { host })
        const hrefs = [
          ...hrefsIn(reply.text),
          ...(reply.headers.location === undefined ? [] : [reply.headers.location]),
        ]
        for (const href of hrefs) assert.ok(href.startsWith(`http://${host}/`), `${operation} ${href}`)
        seen += hrefs.length
      }
    assert.ok(seen > operations.length)
  })

  test('gives hrefs of PUBLIC_URL where there is one, whatever the host it was asked at', async () => {
    let seen = 0
    for (const { operation } of operations) {
      const reply = await callSample(operation, { host: 'evil.example' }, published)
      const hrefs = [...hrefsIn(reply.text), ...(reply.headers.location === undefined ? [] : [reply.headers.location])]
      for (const href of hrefs) assert.ok(href.startsWith('https://pay.example.test/'), `${operation} ${href}`)
      seen += hrefs.length
    }
    assert.ok(seen > operations.length)
  })

  test('answers other methods 405 and says which there are', async () => {
    for (const [path, methods] of paths)
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY']) {
        if (methods.includes(method)) continue
        const reply = await ask(method, path, { ...known(), 'content-type': 'text/plain' })
        const what = `${method} ${path}`
        if (method === 'HEAD') assert.equal(reply.status, 405, what)
        else assertRefused(reply, 405, 'MethodNotAllowed', 'The method is not allowed for this resource.', what)
        assert.deepEqual(reply.headers.allow?.split(', ').sort(), [...methods, 'OPTIONS'].sort(), what)
      }
  })

  test('that takes a body answers 415 to any that is not JSON', async () => {
    const types = [
      'text/plain',
      'text/json',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/vnd.dwolla.v2.hal+json',
      'application/hal+json',
      'json',
      '',
    ]
    assert.ok(written().length > 0)
    for (const { operation, method, path } of written())
      for (const type of [...types, undefined])
        assertRefused(
          await ask(method, path, { ...known(), ...(type === undefined ? {} : { 'content-type': type }) }, '{}'),
          415,
          'UnsupportedMediaType',
          'Send the body as application/json or application/vnd.dwolla.v1.hal+json.',
          `${operation} ${type}`,
        )
  })

  test('that takes a body takes 1 MB and answers 413 to a byte more', async () => {
    for (const { operation, method, path } of written()) {
      assert.notEqual((await ask(method, path, sendsJson(), `{}${' '.repeat(megabyte - 2)}`)).status, 413, operation)
      for (const encoding of [{ 'content-length': String(megabyte + 1) }, { 'transfer-encoding': 'chunked' }]) {
        const reply = await ask(method, path, { ...sendsJson(), ...encoding }, `{}${' '.repeat(megabyte - 1)}`)
        assertRefused(reply, 413, 'RequestTooLarge', 'The request body is larger than 1 MB.', operation)
      }
    }
  })

  test('that takes a form answers 415 to anything else', async () => {
    assert.ok(uploads().length > 0)
    for (const { operation, method, path } of uploads())
      for (const type of [...['application/json', halType, 'text/plain', 'multipart/mixed; boundary=x', ''], undefined])
        assertRefused(
          await ask(method, path, { ...known(), ...(type === undefined ? {} : { 'content-type': type }) }, '{}'),
          415,
          'UnsupportedMediaType',
          'Send the body as multipart/form-data.',
          `${operation} ${type}`,
        )
  })

  test('that takes a body takes it as the clients label and write it', async () => {
    const types = [
      'application/json',
      halType,
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
      `${halType};charset=UTF-8`,
    ]
    const spellings = [
      (body: object) => JSON.stringify(body),
      (body: object) => `\n${JSON.stringify(body, null, 2)}\n`,
      (body: object) => JSON.stringify(body).replaceAll('/', '\\/'),
    ]
    for (const { operation, method } of written())
      for (const type of types)
        for (const spell of spellings) {
          const sample = await samples[operation]?.(client, server)
          const reply = await ask(
            method,
            sample?.path ?? '',
            { ...known(), 'content-type': type },
            spell(sample?.body ?? {}),
          )
          assert.equal(reply.status, sample?.status, `${operation} ${type}: ${reply.text}`)
        }
  })

  test('that takes a body takes an empty one for {}, with a type or without', async () => {
    for (const { operation, method } of written()) {
      const path = (await samples[operation]?.(client, server))?.path ?? ''
      const same = await ask(method, path, sendsJson(), '{}')
      const isAnswered = ({ status, text }: Reply) =>
        `${status} ${text.replace(/"token":"[^"]*"|authorizations\/[0-9a-f-]{36}/, '')}`
      for (const headers of [
        sendsJson(),
        { ...known(), 'content-type': halType },
        known(),
        { ...known(), 'content-length': '0' },
      ])
        for (const body of ['content-type' in headers ? ' \r\n\t' : '', ''])
          assert.equal(isAnswered(await ask(method, path, headers, body)), isAnswered(same), operation)
    }
  })

  test('that reads looks at no body, no type and no cookie', async () => {
    const extras: [AskedHeaders, string?][] = [
      [{ 'content-type': 'application/json' }],
      [{ 'content-type': 'application/json', 'content-length': '0' }, ''],
      [{ 'content-type': halType, cookie: '' }],
      [{ 'content-type': 'text/plain', cookie: 'a=b; token=c' }, 'not json'],
      [{ 'content-type': 'application/json', 'transfer-encoding': 'chunked' }, '{"broken":'],
      [{ 'idempotency-key': 'x', 'if-none-match': '*', range: 'bytes=0-1', 'x-http-method-override': 'POST' }],
    ]
    for (const { operation, method } of operations) {
      if (method !== 'GET') continue
      // questions are shown once: of them the next request has to ask for others
      const isShownOnce = operation === 'GET /kba/{id}'
      const sample = async () => (await samples[operation]?.(client, server))?.path ?? ''
      const path = await sample()
      const plain = await ask(method, path, known())
      for (const [headers, body] of extras) {
        const reply = await ask(method, isShownOnce ? await sample() : path, { ...known(), ...headers }, body)
        assert.equal(reply.status, 200, operation)
        if (!isShownOnce) assert.equal(reply.text, plain.text, operation)
      }
    }
  })

  test('with an id in its path knows it in either case, and answers 404 to one that is nobody’s or none', async () => {
    const withId = operations.filter(({ operation }) => operation.includes('{id}'))
    assert.ok(withId.length > 0)
    for (const { operation, method } of withId) {
      const sample = await samples[operation]?.(client, server)
      const [type, body] = sent(sample)
      const [collection = '', id = '', ...more] = (sample?.path ?? '').slice(1).split('/')
      const at = (text: string) =>
        ask(method, `/${[collection, text, ...more].join('/')}`, { ...known(), ...type }, body)
      assert.equal((await at(id.toUpperCase())).status, sample?.status, operation)
      const [code, message] = unknownIds[operation] ?? ['NotFound', 'The requested resource was not found.']
      const none = [
        randomUUID(),
        '0',
        'x',
        `${id}0`,
        id.slice(1),
        `%20${id}`,
        `${id}%00`,
        `${id}%0a`,
        '..%2f',
        'a'.repeat(9000),
        '%F0%9F%98%80',
      ]
      for (const text of none) assertRefused(await at(text), 404, code, message, `${operation} ${text.slice(0, 50)}`)
    }
  })
})
