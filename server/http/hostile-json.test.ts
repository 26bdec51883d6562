/**
 * Bodies made to break a parser, a prototype, a database or a person's trust: the right answer to each, and never a
 * 500.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Answer, type Client, send, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'

let server: TestServer
let client: Client
/** The paths of all operations that take a body, the operator's among them. */
let targets: { path: string; headers: Record<string, string> }[]

before(async () => {
  server = await startTestServer()
  client = await server.as((await server.newWorld()).application)
  const made = await client.post('/customers', { firstName: 'Ada', lastName: 'King', email: 'ada@x.test' })
  const id = made.location?.split('/').at(-1) ?? ''
  const headers = { authorization: `Bearer ${client.token}`, accept: halType, 'content-type': 'application/json' }
  const written = server.app.operations
    .map(({ operation }) => operation)
    .filter((name) => name.startsWith('POST ') && !name.endsWith('/documents'))
  targets = [
    ...written.map((operation) => ({ path: operation.slice(5).replace('{id}', id), headers })),
    { path: '/_clearyard/worlds', headers: { 'content-type': 'application/json' } },
    { path: '/_clearyard/worlds/default/clock', headers: { 'content-type': 'application/json' } },
    { path: '/playground/token', headers: { 'content-type': 'application/json' } },
  ]
  assert.ok(targets.length >= 6)
})

after(async () => {
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.equal((await client.get('/')).status, 200)
  const failed = server
    .logged()
    .split('\n')
    .filter((line) => /"level":(40|50|60)/.test(line))
  assert.deepEqual(failed, [], 'nothing failed inside the server')
  await server.stop()
})

const badRequest = '{"code":"BadRequest","message":"The request body contains bad syntax or is incomplete."}'

const post = (path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<Answer> =>
  send(server.origin, 'POST', path, { headers, body })

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? Buffer.from(part) : part)]))

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth)

describe('is BadRequest at every operation:', () => {
  const bodies: { [what: string]: string | Uint8Array<ArrayBuffer> } = {
    'an array': '[]',
    'an array of objects': '[{"firstName":"Ada"}]',
    'a text': '"firstName"',
    'a number': '1',
    'a truth': 'true',
    null: 'null',
    'no end': '{"firstName":"Ada"',
    'no value': '{"firstName":}',
    'no key': '{:1}',
    'a key without quotes': '{firstName:"Ada"}',
    'single quotes': "{'firstName':'Ada'}",
    'a comma too many': '{"firstName":"Ada",}',
    'something after it': '{} {}',
    'text after it': '{}x',
    'a comment': '{/* */}',
    NaN: '{"a":NaN}',
    Infinity: '{"a":-Infinity}',
    'a leading zero': '{"a":01}',
    'a leading plus': '{"a":+1}',
    'a hexadecimal number': '{"a":0x10}',
    'a lone point': '{"a":.5}',
    'a raw line break in a text': '{"a":"\n"}',
    'a raw NUL in a text': '{"a":"\0"}',
    'a raw NUL after it': '{}\0',
    'an escape that is none': '{"a":"\\x41"}',
    'half an escape': '{"a":"\\u12"}',
    'a form': 'firstName=Ada&lastName=King',
    'a page': '<html></html>',
    'a no-break space': '\u00a0',
    'a byte order mark and nothing': '\ufeff',
    'two byte order marks': '\ufeff\ufeff{}',
    'a byte order mark inside': '{\ufeff"a":1}',
    'a byte that is not UTF-8': bytes('{"a":"', [0xff], '"}'),
    'a character cut off': bytes('{"a":"', [0xf0, 0x9f, 0x98], '"}'),
    'an overlong slash': bytes('{"a":"', [0xc0, 0xaf], '"}'),
    'an overlong NUL': bytes('{"a":"', [0xc0, 0x80], '"}'),
    'half a character as bytes': bytes('{"a":"', [0xed, 0xa0, 0x80], '"}'),
    'beyond Unicode': bytes('{"a":"', [0xf4, 0x90, 0x80, 0x80], '"}'),
    'UTF-16': Uint8Array.from(Buffer.from('\ufeff{"a":1}', 'utf16le')),
    'UTF-16 without a mark': Uint8Array.from(Buffer.from('{"a":1}', 'utf16le')),
    'compressed bytes': bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
    '__proto__, plainly': '{"__proto__":{"polluted":1}}',
    '__proto__, escaped': '{"\\u005f_proto__":{"polluted":1}}',
    '__proto__, all of it escaped':
      '{"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":{"polluted":1}}',
    '__proto__ within': '{"firstName":{"a":{"__proto__":{"polluted":1}}}}',
    '__proto__ in an array': '{"a":[[{"__proto__":null}]]}',
    '__proto__ of a text': '{"__proto__":"Ada"}',
    'constructor.prototype': '{"constructor":{"prototype":{"polluted":1}}}',
    'constructor.prototype, escaped': '{"\\u0063onstructor":{"\\u0070rototype":{"polluted":1}}}',
    'constructor.prototype within': '{"a":[{"constructor":{"prototype":{}}}]}',
    '33 levels of arrays': `{"a":${nested('[', ']', 32)}}`,
    '33 levels of objects': `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`,
    '33 levels behind brackets in a text': `{"b":"]]]]}}}}\\"]]]]","a":${nested('[', ']', 32)}}`,
    'a million levels': nested('[', ']', 500_000),
    'a million levels that never end': '['.repeat(1_000_000),
    'two hundred thousand objects that never end': '{"a":'.repeat(200_000),
  }
  for (const [what, body] of Object.entries(bodies))
    test(what, async () => {
      for (const { path, headers } of targets) {
        const answer = await post(path, headers, body)
        assert.equal(answer.text, badRequest, path)
        assert.equal(answer.status, 400, path)
      }
    })
})

test('50 MB are refused unread at every operation, and whoever asks meanwhile is answered', async () => {
  const body = `{"a":"${'x'.repeat(50 * 1024 * 1024)}"}`
  const refused = targets.map(({ path, headers }) => post(path, headers, body))
  const others = [1, 2, 3].map(() => client.get('/'))
  for (const answer of await Promise.all(others)) assert.equal(answer.status, 200)
  for (const answer of await Promise.all(refused)) assert.equal(answer.body['code'], 'RequestTooLarge')
})

/** The answer to a customer with these members besides its own, or instead of them. */
const create = (members: string): Promise<Answer> =>
  client.post('/customers', `{"firstName":"Ada","lastName":"King","email":"${randomUUID()}@x.test",${members}}`)

const outcome = (answer: Answer): string => {
  if (answer.status === 201) return '201'
  assert.equal(answer.status, 400, answer.text)
  const errors = JSON.parse(answer.text)._embedded?.errors ?? [answer.body]
  return errors.map((e: { path?: string; code: string }) => `${e.code} ${e.path}`).join(', ')
}

describe('JSON that is odd and well-formed is taken as it is:', () => {
  const members: [what: string, members: string, outcome: string][] = [
    ['a key twice means the last', '"firstName":"","firstName":"Eve"', '201'],
    ['a key twice means the last, whatever came before', '"firstName":"Eve","firstName":""', 'Required /firstName'],
    ['32 levels', `"a":${nested('[', ']', 31)}`, '201'],
    ['a thousand brackets in a text', `"a":"${'['.repeat(1000)}\\"${'{'.repeat(1000)}"`, '201'],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, n) => `"${n.toString(36)}":1`).join(), '201'],
    ['a constructor without a prototype', '"constructor":{"a":1},"prototype":{"a":1}', '201'],
    ['members of every object', '"toString":1,"valueOf":null,"hasOwnProperty":{},"__defineGetter__":"x"', '201'],
    ['an empty key', '"":1', '201'],
    ['a long key', `"${'k'.repeat(100_000)}":1`, '201'],
    ['numbers beyond all numbers', '"a":1e999,"b":-1e999,"c":123456789012345678901234567890', '201'],
    ['half characters where nobody looks', '"a":"\\ud800","\\udfff":1', '201'],
    ['half a character in a name', '"firstName":"\\ud800"', 'InvalidFormat /firstName'],
    ['halves in the wrong order', '"firstName":"\\udc00\\ud800"', 'InvalidFormat /firstName'],
    ['NUL in a name', '"firstName":"A\\u0000"', 'InvalidFormat /firstName'],
    ['a line break in a name', '"lastName":"King\\r\\nX-Injected: 1"', 'InvalidFormat /lastName'],
    ['an escape sequence of a terminal in a name', '"lastName":"\\u001b[2J"', 'InvalidFormat /lastName'],
    ['half a megabyte in a name', `"firstName":"${'x'.repeat(500_000)}"`, 'InvalidFormat /firstName'],
    ['half a megabyte in an e-mail', `"email":"${'a.'.repeat(250_000)}@x.test"`, 'InvalidFormat /email'],
    ['an e-mail to make a pattern search for ever', `"email":"a@${'a.'.repeat(120)}"`, 'InvalidFormat /email'],
    ['a number for a name', '"firstName":5', 'Invalid /firstName'],
    ['a number beyond all numbers for a name', '"firstName":1e999', 'Invalid /firstName'],
    ['a list for a name', '"firstName":["Ada"]', 'Invalid /firstName'],
    ['an object for a name', '"firstName":{"toString":"Ada"}', 'Invalid /firstName'],
    ['a length of its own', '"firstName":{"length":3,"trim":1}', 'Invalid /firstName'],
    ['a condition for an e-mail', '"email":{"$ne":null}', 'Invalid /email'],
    ['a type from the prototype', '"type":"__proto__"', 'Invalid /type'],
    ['a type from the constructor', '"type":"constructor"', 'Invalid /type'],
    ['a type that is a list', '"type":["unverified"]', 'Invalid /type'],
    ['script in a name', '"firstName":"<script>alert(1)</script>"', 'InvalidFormat /firstName'],
  ]
  for (const [what, given, expected] of members)
    test(what, async () => assert.equal(outcome(await create(given)), expected))

  test('a byte order mark before it', async () => {
    const answer = await client.post('/customers', `\ufeff{"firstName":"Ada","lastName":"King","email":"bom@x.test"}`)
    assert.equal(answer.status, 201)
  })

  test('fields that nobody knows are named to the operator, so many and so much of them as is of use', async () => {
    const many = `{${Array.from({ length: 100_000 }, (_, n) => `"${n.toString(36)}":1`).join()}}`
    for (const body of [many, `{"${'k'.repeat(900_000)}":1}`, `{"settings":${many}}`]) {
      const answer = await server.operate('POST', '/worlds', body)
      assert.equal(answer.status, 400)
      assert.ok(answer.text.length < 10_000, `${answer.text.length} characters`)
    }
  })
})

describe('names of every kind of table and class are no names of ours:', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '']
  test('as a status, an action or a link', async () => {
    const customer = targets.find(({ path }) => path.startsWith('/customers/'))?.path ?? ''
    for (const name of names) {
      assert.equal(outcome(await client.post(customer, { status: name })), 'Invalid /status', name)
      const action = outcome(await client.post('/client-tokens', { action: name }))
      assert.equal(action, name === '' ? 'Required /action' : 'Invalid /action')
    }
    for (const action of [['customer.read'], { toString: 'customer.read' }, 5, true])
      assert.equal(outcome(await client.post('/client-tokens', { action })), 'Invalid /action')
    const links: [unknown, string][] = [
      [undefined, 'Required'],
      [null, 'Required'],
      ['x', 'Required'],
      [5, 'Required'],
      [[], 'Required'],
      [{}, 'Required'],
      [{ customer: null }, 'Required'],
      [{ customer: [] }, 'Required'],
      [{ customer: 'x' }, 'Required'],
      [{ customer: {} }, 'Required'],
      [{ customer: { href: null } }, 'Required'],
      [{ customer: { href: '' } }, 'Required'],
      [{ customer: { href: 5 } }, 'Invalid'],
      [{ customer: { href: {} } }, 'Invalid'],
      [{ customer: { href: ['/customers/x'] } }, 'Invalid'],
      [{ customer: { href: '\ud800' } }, 'Invalid'],
      [{ customer: { href: `/customers/${'a'.repeat(500_000)}` } }, 'Invalid'],
      [{ customer: { href: `${'/'.repeat(500_000)}` } }, 'Invalid'],
    ]
    for (const [given, code] of links)
      assert.equal(
        outcome(await client.post('/client-tokens', { action: 'customer.read', _links: given })),
        `${code} /_links/customer/href`,
        JSON.stringify(given)?.slice(0, 60),
      )
  })
})

describe('text comes back exactly as it was sent:', () => {
  const texts = [
    'Ada 😀 King',
    '👩‍👩‍👧‍👦',
    'محمد',
    'a\u202eb\u202c',
    `Z${'\u0310'.repeat(40)}`,
    'Ａｄа',
    'e\u0301',
    '\u200b\u200d\ufeffx',
    '𝒜𝒹𝒶',
    "'; drop table customers; --",
    'NULL',
    'null',
    'undefined',
    'NaN',
    '(),[];:|&*#@^+',
    '/customers/1',
    'a,b',
  ]
  test('names', async () => {
    for (const text of texts) {
      const made = await create(`"firstName":${JSON.stringify(text)},"businessName":${JSON.stringify(text)}`)
      assert.equal(made.status, 201, `${text}: ${made.text}`)
      const { body } = await client.get(made.location ?? '')
      assert.equal(body['firstName'], text)
      assert.equal(body['businessName'], text)
    }
  })

  test('what the database takes for more than text', async () => {
    const signs = [
      '{}',
      '{"a",NULL}',
      '"',
      '""',
      '\\',
      '\\\\',
      '\\"',
      '\\N',
      ',',
      "'",
      '$1',
      '$$',
      '%s',
      '?',
      '{',
      '}',
      '\\x00',
      "E\\'",
      '--',
      '/*',
    ]
    for (const text of [...signs, ...texts]) {
      const made = await create(`"ipAddress":${JSON.stringify(text)}`)
      assert.equal(made.status, 201, `${text}: ${made.text}`)
      const id = made.location?.split('/').at(-1)
      const { rows } = await server.pool.query('select ip_address from customers where id = $1', [id])
      assert.deepEqual(rows, [{ ip_address: text }])
    }
  })
})
