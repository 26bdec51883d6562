import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { type Answer, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** What `/_clearyard/worlds` answers to a request that names `host`; without one when it is null. */
const askedFor = (origin: string, host: string | null): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const asked = httpRequest(
      {
        host: hostname,
        port,
        path: '/_clearyard/worlds',
        setHost: false,
        headers: host === null ? {} : { host },
        agent: false,
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    asked.on('error', reject)
    asked.end()
  })

describe('in sandbox mode /_clearyard answers whoever reaches it by a name that no stranger’s DNS can point here', () => {
  const rows = textTable(
    ['host', 'answer'],
    `
    127.0.0.1                        | 200
    127.0.0.1:8080                   | 200
    localhost                        | 200
    LOCALHOST:80                     | 200
    [::1]                            | 200
    [::1]:8080                       | 200
    192.168.1.7:8080                 | 200
    clearyard                        | 200
    clearyard:8080                   | 200
    my_project-clearyard-1           | 200
    clearyard.localhost:8080         | 200
    host.docker.internal             | 200
    host.docker.internal:8080        | 200
    evil.example                     | 403
    evil.example:8080                | 403
    localhost.evil.example           | 403
    127.0.0.1.evil.example           | 403
    127.0.0.1.nip.io                 | 403
    evillocalhost.example            | 403
    internal.evil.example            | 403
    evilinternal.example             | 403
    clearyard.local                  | 403
    localhost.                       | 403
    evil.example#localhost           | 400
    localhost@evil.example           | 400
    `,
  )

  it('by an address, localhost, a name without a dot or below internal; and nobody else', async () => {
    for (const { host, answer } of rows) {
      const { status, body } = await askedFor(server.origin, host)
      assert.equal(status, Number(answer), `${host}: ${body}`)
      if (status === 403)
        assert.deepEqual(JSON.parse(body), {
          code: 'Forbidden',
          message: `This address answers to localhost, not to the host ${host}.`,
        })
      assert.equal(/"worlds":/.test(body), answer === '200', host)
    }
    const without = await askedFor(server.origin, null)
    assert.equal(without.status, 400)
  })

  it('and by the name it is given as PUBLIC_URL', async () => {
    const published = await startTestServer({ publicUrl: 'http://sandbox.example:8443' })
    try {
      const statuses: number[] = []
      for (const host of ['sandbox.example:8443', 'SANDBOX.example:8443', 'sandbox.example', 'other.example:8443'])
        statuses.push((await askedFor(published.origin, host)).status)
      assert.deepEqual(statuses, [200, 200, 403, 403])
    } finally {
      await published.stop()
    }
  })
})

describe('in sandbox mode no page of a browser can use /_clearyard', () => {
  const paths = [
    '/_clearyard/worlds',
    '/_clearyard/worlds/default',
    '/_clearyard/worlds/default/clock',
    '/_clearyard/no',
  ]

  it('no answer carries a CORS header, and no preflight succeeds', async () => {
    const corsOf = (answer: Answer) => [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
    for (const path of paths)
      for (const origin of ['http://evil.example', 'null', server.origin]) {
        const preflight = await send(server.origin, 'OPTIONS', path, {
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
          },
        })
        assert.ok(preflight.status >= 400, `${path} ${preflight.status}`)
        const read = await send(server.origin, 'GET', path, { headers: { origin } })
        const write = await send(server.origin, 'POST', path, { headers: { origin, 'content-type': 'text/plain' } })
        for (const answer of [preflight, read, write]) assert.deepEqual(corsOf(answer), [], path)
      }
  })

  it('what a page may send without a preflight is answered 415, and writes nothing', async () => {
    const before = await storedRows(server.pool)
    const bodies: [string | null, string | undefined][] = [
      ['application/x-www-form-urlencoded', 'name=evil'],
      ['application/x-www-form-urlencoded', '{"name":"evil"}'],
      ['multipart/form-data; boundary=x', '--x\r\n\r\n{}\r\n--x--'],
      ['text/plain', '{"name":"evil"}'],
      ['text/plain;charset=UTF-8', '{"advance":"P1D"}'],
      ['text/plain; application/json', '{"advance":"P1D"}'],
      ['text/plain', undefined],
      ['application/json-seq', '{}'],
      ['application/jsonx', '{}'],
      ['*/*', '{}'],
      [null, undefined],
    ]
    for (const path of paths.slice(0, 3))
      for (const [type, body] of bodies) {
        const answer = await send(server.origin, 'POST', path, {
          headers: type === null ? {} : { 'content-type': type },
          ...(body === undefined ? {} : { body }),
        })
        assert.equal(answer.status, 415, `${path} ${type} ${answer.text}`)
        assert.equal(answer.body['code'], 'UnsupportedMediaType')
      }
    // bytes without a type of their own
    const bytes = await send(server.origin, 'POST', '/_clearyard/worlds', { body: new Uint8Array([123, 125]) })
    assert.equal(bytes.status, 415)
    assert.deepEqual(await storedRows(server.pool), before)
  })
})

describe('what /_clearyard does not have', () => {
  it('is answered 404, and a method that a path does not have 405 with those it has', async () => {
    for (const path of ['/_clearyard', '/_clearyard/', '/_clearyard/world', '/_clearyard/worlds/default/nothing']) {
      const answer = await send(server.origin, 'GET', path)
      assert.deepEqual([answer.status, answer.body['code']], [404, 'NotFound'], path)
    }
    const rows = textTable(
      ['method', 'path', 'allow'],
      `
      DELETE | /worlds                       | POST, GET
      PUT    | /worlds/default               | GET, POST
      PATCH  | /worlds/default/clock         | GET, POST
      DELETE | /worlds/default/applications  | GET, POST
      HEAD   | /worlds                       | POST, GET
      `,
    )
    for (const { method, path, allow } of rows) {
      const answer = await server.operate(method, path)
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allow], `${method} ${path}`)
    }
  })
})
