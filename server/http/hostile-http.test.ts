/**
 * Bytes that are hardly HTTP, or that two readers would understand differently, or that come slowly or in the wrong
 * order.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { anyRoute, noteError } from '../testing/answered-errors.ts'
import { converse, dial, type RawReply } from '../testing/converse.ts'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const errorType = `${halType}; profile="http://nocarrier.co.uk/profiles/vnd.error/"; charset=UTF-8`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

let server: TestServer
/** A server that waits for slow clients as long as a test can. */
let impatient: TestServer
let client: Client
let known: string

before(async () => {
  server = await startTestServer()
  impatient = await startTestServer({ patienceMs: { headers: 300, request: 600, check: 50 } })
  client = await server.as((await server.newWorld()).application)
  known = `Authorization: Bearer ${client.token}\r\nAccept: ${halType}\r\n`
})

after(async () => {
  const failed = server
    .logged()
    .split('\n')
    .filter((line) => /"level":(40|50|60)/.test(line))
  assert.deepEqual(failed, [], 'nothing failed inside the server')
  await Promise.all([server.stop(), impatient.stop()])
})

const codeOf = ({ body }: RawReply): string => (body.startsWith('{') ? (JSON.parse(body).code ?? '') : body)

/** A refusal in Dwolla's shape, after which the connection is of no more use. */
const assertLast = (reply: RawReply | undefined, status: number, code: string, what: string): void => {
  assert.equal(reply?.status, status, `${what}: ${reply?.body}`)
  assert.deepEqual(Object.keys(JSON.parse(reply.body)), ['code', 'message'], what)
  assert.equal(codeOf(reply), code, what)
  assert.equal(reply.headers.get('content-type'), errorType, what)
  assert.equal(reply.headers.get('connection'), 'close', what)
  assert.match(reply.headers.get('x-request-id') ?? '', uuid, what)
}

const isAlive = async (): Promise<void> => assert.equal((await client.get('/')).status, 200)

const json = 'Content-Type: application/json\r\n'
const host = 'Host: x\r\n'
const get = (target = '/', more = ''): string => `GET ${target} HTTP/1.1\r\n${host}${known}${more}\r\n`
const post = (more: string, body: string): string =>
  `POST /customers HTTP/1.1\r\n${host}${known}${json}${more}\r\n${body}`
const person = (email = `${randomUUID()}@x.test`): string => `{"firstName":"Ada","lastName":"King","email":"${email}"}`
const whole = (body: string): string => post(`Content-Length: ${body.length}\r\n`, body)
/** What would be answered, were it taken for a request of its own. */
const smuggled = (): string => get('/smuggled')

describe('is refused, and the connection closed, before anything else on it is read:', () => {
  const chunked = 'Transfer-Encoding: chunked\r\n'
  const requests: { [what: string]: () => string } = {
    'a length and chunks': () => post(`Content-Length: 4\r\n${chunked}`, `0\r\n\r\n${smuggled()}`),
    'chunks and a length': () => post(`${chunked}Content-Length: 4\r\n`, `0\r\n\r\n${smuggled()}`),
    'two lengths': () => post('Content-Length: 2\r\nContent-Length: 200\r\n', `{}${smuggled()}`),
    'two equal lengths': () => post('Content-Length: 2\r\nContent-Length: 2\r\n', `{}${smuggled()}`),
    'a list of lengths': () => post('Content-Length: 2, 2\r\n', `{}${smuggled()}`),
    'a length with a sign': () => post('Content-Length: +2\r\n', `{}${smuggled()}`),
    'a negative length': () => post('Content-Length: -2\r\n', `{}${smuggled()}`),
    'a hexadecimal length': () => post('Content-Length: 0x2\r\n', `{}${smuggled()}`),
    'a length beyond all numbers': () => post('Content-Length: 99999999999999999999\r\n', `{}${smuggled()}`),
    'an empty length': () => post('Content-Length: \r\n', `{}${smuggled()}`),
    'a length with a space before the colon': () => post('Content-Length : 2\r\n', `{}${smuggled()}`),
    'chunks with a space before the colon': () => post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled()}`),
    'an unknown coding': () => post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${smuggled()}`),
    'the identity': () => post('Transfer-Encoding: identity\r\n', `{}${smuggled()}`),
    'the identity after chunks': () => post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${smuggled()}`),
    'chunks twice': () => post('Transfer-Encoding: chunked, chunked\r\n', `0\r\n\r\n${smuggled()}`),
    'chunks in two lines': () => post(`${chunked}${chunked}`, `0\r\n\r\n${smuggled()}`),
    'compressed chunks': () => post('Transfer-Encoding: gzip, chunked\r\n', `2\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'chunks behind a tab': () =>
      post('Transfer-Encoding:\tchunked\r\nTransfer-Encoding: x\r\n', `0\r\n\r\n${smuggled()}`),
    'a chunk without a size': () => post(chunked, `\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk whose size is none': () => post(chunked, `zz\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk with a negative size': () => post(chunked, `-2\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk whose size has a 0x': () => post(chunked, `0x2\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk beyond all sizes': () => post(chunked, `fffffffffffffffff\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk longer than it says': () => post(chunked, `1\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk that ends in a bare LF': () => post(chunked, `2\n{}\n0\n\n${smuggled()}`),
    'a chunk extension that never ends': () =>
      post(chunked, `2;a=${'b'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a chunk extension with a bare LF': () => post(chunked, `2;\nxx\r\n{}\r\n0\r\n\r\n${smuggled()}`),
    'a folded header': () => get('/', 'X-A: b\r\n c\r\n') + smuggled(),
    'a folded length': () => post('Content-Length:\r\n 2\r\n', `{}${smuggled()}`),
    'bare LFs': () => get().replaceAll('\r\n', '\n') + smuggled(),
    'one bare LF': () => get('/', 'X-A: b\nX-B: c\r\n') + smuggled(),
    'a bare CR': () => get('/', 'X-A: b\rX-B: c\r\n') + smuggled(),
    'NUL in a header': () => get('/', 'X-A: b\0c\r\n') + smuggled(),
    'NUL in the path': () => get('/a\0b') + smuggled(),
    'a control character in a header': () => get('/', 'X-A: b\x01c\r\n') + smuggled(),
    'a header without a colon': () => get('/', 'nothing\r\n') + smuggled(),
    'a header without a name': () => get('/', ': x\r\n') + smuggled(),
    'a header name with a space': () => get('/', 'X A: b\r\n') + smuggled(),
    'a header name in quotes': () => get('/', '"X": b\r\n') + smuggled(),
    'a header before all others, indented': () => `GET / HTTP/1.1\r\n X-A: b\r\n${host}${known}\r\n${smuggled()}`,
    'no host': () => `GET / HTTP/1.1\r\n${known}\r\n${smuggled()}`,
    'two hosts': () => get('/', 'Host: y\r\n') + smuggled(),
    'two equal hosts': () => get('/', host) + smuggled(),
    'an empty host': () => get().replace('Host: x', 'Host: ') + smuggled(),
    'a host with a path': () => get().replace('Host: x', 'Host: x/y') + smuggled(),
    'a host with a user': () => get().replace('Host: x', 'Host: a@x') + smuggled(),
    'a host that is two': () => get().replace('Host: x', 'Host: x, y') + smuggled(),
    'a host with a quote': () => get().replace('Host: x', 'Host: x"') + smuggled(),
    'a host with a port that is none': () => get().replace('Host: x', 'Host: x:port') + smuggled(),
    'an unknown method': () => get().replace('GET', 'FOO') + smuggled(),
    'a method in lower case': () => get().replace('GET', 'get') + smuggled(),
    'no method': () => get().slice(3) + smuggled(),
    'a version to come': () => get().replace('HTTP/1.1', 'HTTP/3.7') + smuggled(),
    'a version that is none': () => get().replace('HTTP/1.1', 'HTTP/x') + smuggled(),
    'another protocol': () => get().replace('HTTP/1.1', 'ICAP/1.0') + smuggled(),
    'a tab between method and path': () => get().replace('GET /', 'GET\t/') + smuggled(),
    'a path without a slash': () => get('customers') + smuggled(),
    'a path with a space': () => get('/a b') + smuggled(),
    'raw bytes in the path': () => get('/customers?search=\xe9') + smuggled(),
    'the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a handshake of TLS': () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'a greeting of SSH': () => 'SSH-2.0-OpenSSH_9.2\r\n',
    'a command of Redis': () => '*1\r\n$4\r\nPING\r\n',
    'a proxy’s own line': () => `PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n${smuggled()}`,
    nonsense: () => `${'\x00\xff'.repeat(500)}\r\n\r\n`,
  }
  for (const [what, bytes] of Object.entries(requests))
    test(what, async () => {
      const replies = await converse(server.origin, bytes())
      assert.equal(replies.length, 1, 'nothing that follows is taken for a request')
      assertLast(replies[0], 400, 'BadRequest', what)
      await isAlive()
    })

  test('headers of more than 16 KB, one or many', async () => {
    const many = Array.from({ length: 2500 }, (_, n) => `a${n}: \r\n`).join('')
    for (const bytes of [
      get('/', `X-A: ${'a'.repeat(17_000)}\r\n`),
      get('/', many),
      get(`/${'a'.repeat(17_000)}`),
      `${'a'.repeat(20_000)}`,
    ]) {
      const replies = await converse(server.origin, bytes + smuggled())
      assert.equal(replies.length, 1)
      const reply = replies[0]
      // What begins with no method is refused before its length is known.
      if (bytes.startsWith('aaa')) assertLast(reply, 400, 'BadRequest', 'no method')
      else assertLast(reply, 431, 'HeadersTooLarge', bytes.slice(0, 40))
    }
    await isAlive()
  })
})

test('a tunnel is refused by closing the connection', async () => {
  assert.deepEqual(await converse(server.origin, `CONNECT x:80 HTTP/1.1\r\n${host}${known}\r\n`), [])
})

describe('is unusual and taken for what it means:', () => {
  const close = 'Connection: close\r\n'
  const requests: [what: string, bytes: () => string, status: number, code?: string][] = [
    ['HTTP/1.0', () => `GET / HTTP/1.0\r\n${known}\r\n`, 200],
    ['no version at all', () => 'GET /\r\n\r\n', 401, 'InvalidCredentials'],
    ['empty lines before it', () => `\r\n\r\n${get('/', close)}`, 200],
    ['header names in any case', () => get('/', close).replace('Accept', 'aCCEPT').replace('Host', 'HOST'), 200],
    ['spaces and tabs about a value', () => get('/', close).replace('Host: x', 'Host: \t x \t'), 200],
    ['the whole address of another host', () => get('http://evil.example/customers?limit=1', close), 200],
    ['the whole address of nowhere', () => get('http://evil.example/nowhere', close), 404, 'NotFound'],
    ['a fragment', () => get('/customers#x', close), 200],
    ['a path with dots', () => get('/customers/../events', close), 404, 'NotFound'],
    ['a path of 15 KB', () => get(`/${'a'.repeat(15_000)}`, close), 404, 'NotFound'],
    ['an id of 15 KB', () => get(`/customers/${'a'.repeat(15_000)}`, close), 404, 'NotFound'],
    ['a query of 15 KB', () => get(`/customers?x=${'a'.repeat(15_000)}`, close), 200],
    ['five thousand parameters', () => get(`/customers?${'&a'.repeat(5_000)}`, close), 200],
    ['a method of another protocol', () => get('/customers', close).replace('GET', 'PROPFIND'), 404, 'NotFound'],
    ['a wish for another protocol', () => get('/', 'Connection: Upgrade, close\r\nUpgrade: h2c, websocket\r\n'), 200],
    ['an expectation that nobody knows', () => get('/', `${close}Expect: the-unexpected\r\n`), 200],
    ['a body of a GET', () => get('/', `${close}Content-Length: 2\r\n`).concat('{}'), 200],
    [
      'chunks',
      () => post(`${close}Transfer-Encoding: chunked\r\n`, '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'),
      400,
      'ValidationError',
    ],
    [
      'chunks with extensions and trailers',
      () => post(`${close}Transfer-Encoding: Chunked\r\n`, '2;a=b\r\n{}\r\n0\r\nX-A: b\r\n\r\n'),
      400,
      'ValidationError',
    ],
    ['a preflight of nothing in particular', () => `OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`, 204],
  ]
  for (const [what, bytes, status, code] of requests)
    test(what, async () => {
      const replies = await converse(server.origin, bytes())
      assert.deepEqual(
        replies.map((reply) => [reply.status, code && codeOf(reply)]),
        [[status, code]],
      )
      assert.doesNotMatch(replies[0]?.body ?? '', /evil/)
    })

  test('a client that waits to be asked for its body', async () => {
    const body = person()
    let isAsked = false
    const text = await new Promise<string>((resolve) => {
      const socket = dial(server.origin)
      let received = ''
      socket.setEncoding('latin1').on('data', (part) => {
        received += part
        if (!isAsked && received.startsWith('HTTP/1.1 100 Continue\r\n\r\n')) {
          isAsked = true
          socket.write(body)
        }
      })
      socket.on('close', () => resolve(received))
      socket.write(post(`Content-Length: ${body.length}\r\nExpect: 100-continue\r\n${close}`, ''))
    })
    assert.equal(isAsked, true)
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /)
  })
})

describe('requests that are sent without waiting for answers', () => {
  test('are answered in their order', async () => {
    const requests = Array.from({ length: 30 }, (_, n) => {
      const more = `X-Request-Id: r${n}\r\n${n === 29 ? 'Connection: close\r\n' : ''}`
      const kinds = [
        () => get('/', more),
        () => get('/nowhere', more),
        () => whole(person()).replace('\r\n', `\r\n${more}`),
      ]
      return kinds[n % 3]?.() ?? ''
    })
    const replies = await converse(server.origin, requests.join(''))
    assert.deepEqual(
      replies.map(({ headers }) => headers.get('x-request-id')),
      requests.map((_, n) => `r${n}`),
    )
    assert.deepEqual(
      replies.map(({ status }) => status),
      requests.map((_, n) => [200, 404, 201][n % 3]),
    )
  })

  test('are answered before nonsense that follows them is refused', async () => {
    const email = `${randomUUID()}@x.test`
    for (const nonsense of ['nonsense\r\n\r\n', get('/', 'X A: b\r\n'), get('/', `X-A: ${'a'.repeat(17_000)}\r\n`)]) {
      const replies = await converse(server.origin, get() + get('/events') + nonsense)
      assert.deepEqual(replies.map(({ status }) => status).slice(0, 2), [200, 200])
      assert.equal(replies.length, 3)
      assert.ok([400, 431].includes(replies[2]?.status ?? 0))
    }
    const replies = await converse(server.origin, `${whole(person(email))}nonsense\r\n\r\n`)
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 400],
    )
    assert.equal((await client.get(`/customers?email=${email}`)).body['total'], 1)
  })

  test('are answered before nonsense that follows them, however long they take', async () => {
    const made = await client.post('/customers', person())
    const path = new URL(made.location ?? '').pathname
    const edit = whole('{"firstName":"Slow"}').replace('/customers', path)
    const broken = post('Transfer-Encoding: chunked\r\n', 'zz\r\n')
    for (const following of ['nonsense\r\n\r\n', broken]) {
      const lock = await server.pool.connect()
      await lock.query('begin')
      await lock.query('select from customers where id = $1 for update', [path.split('/').at(-1)])
      const conversation = converse(server.origin, edit + following)
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      while ((await server.pool.query(waiting)).rowCount === 0) await sleep(5)
      await sleep(50)
      await lock.query('commit')
      lock.release()
      const replies = await conversation
      assert.deepEqual(
        replies.map(({ status }) => status),
        [200, 400],
      )
      assert.equal(JSON.parse(replies[0]?.body ?? '').firstName, 'Slow')
      assertLast(replies[1], 400, 'BadRequest', following)
    }
  })

  test('after a refused body are not made of it', async () => {
    const inside = get('/smuggled')
    const body = inside.padEnd(1024 * 1024 + 1, ' ')
    const replies = await converse(server.origin, whole(body) + get('/', 'Connection: close\r\n'))
    assert.equal(replies[0]?.status, 413)
    for (const { status } of replies.slice(1)) assert.equal(status, 200)
    const unauthorized = `POST /customers HTTP/1.1\r\n${host}${json}Content-Length: ${inside.length}\r\n\r\n${inside}`
    const answers = await converse(server.origin, unauthorized + get('/', 'Connection: close\r\n'))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 200],
    )
  })
})

describe('a slow client', { concurrency: true }, () => {
  const slowly = (bytes: string) => (socket: Socket) => {
    let at = 0
    const timer = setInterval(() => {
      if (socket.writable && at < bytes.length) socket.write(bytes.charAt(at++))
      else clearInterval(timer)
    }, 20)
    socket.once('close', () => clearInterval(timer))
  }

  test('whose headers come byte by byte is told so and let go', async () => {
    const [reply, ...more] = await converse(
      impatient.origin,
      'GET / HTTP/1.1\r\n',
      slowly(`X-A: ${'a'.repeat(10_000)}`),
    )
    assertLast(reply, 408, 'RequestTimeout', 'headers')
    assert.deepEqual(more, [])
    // No route answers it, so nobody but its reader can tell the end of the run that it was provoked.
    noteError(anyRoute, 'RequestTimeout')
  })

  test('whose body comes byte by byte is told so and let go', async () => {
    const { token } = await impatient.as()
    const head = post('Content-Length: 10000\r\n', '').replace(client.token, token)
    const [reply, ...more] = await converse(impatient.origin, head, slowly('x'.repeat(10_000)))
    assertLast(reply, 408, 'RequestTimeout', 'body')
    assert.deepEqual(more, [])
  })

  test('that never says anything is let go', async () => {
    const [reply] = await converse(impatient.origin, '')
    assertLast(reply, 408, 'RequestTimeout', 'silence')
  })

  test('that was answered and never sends the rest of its body is let go without another answer', async () => {
    const replies = await converse(
      impatient.origin,
      `POST /customers HTTP/1.1\r\n${host}${json}Content-Length: 100\r\n\r\n{`,
    )
    assert.deepEqual(
      replies.map(({ status }) => status),
      [401],
    )
  })

  test('that never closes its own side is let go all the same', async () => {
    const socket = dial(server.origin, { allowHalfOpen: true })
    socket.on('error', () => {})
    socket.write('nonsense\r\n\r\n')
    socket.resume()
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        server.app.server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
      )
    await new Promise((resolve) => socket.once('end', resolve))
    const before = await connections()
    while ((await connections()) >= before) await sleep(50)
    socket.destroy()
  })

  test('in a crowd of hundreds keeps nobody else waiting, and all of them are let go', async () => {
    const quick = await impatient.as()
    const crowd = Array.from({ length: 300 }, (_, n) =>
      converse(impatient.origin, 'GET / HTTP/1.1\r\nX-A: ', n % 2 === 0 ? slowly('a'.repeat(1000)) : undefined),
    )
    let isOver = false
    const gone = Promise.all(crowd).then((all) => {
      isOver = true
      return all
    })
    let answered = 0
    while (!isOver) {
      assert.equal((await quick.get('/')).status, 200)
      answered++
    }
    assert.ok(answered > 0)
    for (const replies of await gone)
      assert.deepEqual(
        replies.map(({ status }) => status),
        [408],
      )
  })
})
