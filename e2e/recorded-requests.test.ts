/**
 * The requests that the five official clients sent, as they were recorded: one file each under `recorded/`, in the form
 * of the wire. Header lines end in LF in the files and in CRLF when they are sent, the last line end of a file is not
 * part of the body, and `Content-Length` is added. Placeholders stand in braces.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, before, type TestContext, test } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { type Loose, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { headerOf, openConnection, type RawAnswer, type RawConnection } from '../server/testing/raw-connection.ts'
import { callAsBrowser } from './browser-call.ts'

const folder = `${import.meta.dirname}/recorded`

/** What was recorded, and what each answer must be: its status, its media type, and who it was. */
const recordings = `
  node/1-token                    200  application/json
  node/2-create-customer          201  -
  node/3-mint-client-token        200  application/vnd.dwolla.v1.hal+json
  php/1-token                     200  application/json
  php/2-create-customer           201  -
  php/3-mint-client-token         200  application/vnd.dwolla.v1.hal+json
  php/4-read-customer             200  application/vnd.dwolla.v1.hal+json
  python/1-token                  200  application/json
  python/2-create-customer        201  -
  python/3-mint-client-token      200  application/vnd.dwolla.v1.hal+json
  python/4-read-customer          200  application/vnd.dwolla.v1.hal+json
  ruby/1-token                    200  application/json
  ruby/2-create-customer          201  -
  ruby/3-mint-client-token        200  application/vnd.dwolla.v1.hal+json
  ruby/4-read-customer            200  application/vnd.dwolla.v1.hal+json
  typescript/1-token              200  application/json
  typescript/3-mint-client-token  200  application/vnd.dwolla.v1.hal+json
  typescript/4-read-customer      200  application/vnd.dwolla.v1.hal+json
`
  .trim()
  .split('\n')
  .map((line) => {
    const [name = '', status, type = ''] = line.trim().split(/\s+/)
    const [client = '', request = ''] = name.split('/')
    return { name, client, request, status: Number(status), type: type === '-' ? null : type }
  })

const clients = ['node', 'typescript', 'python', 'ruby', 'php']

let server: TestServer
before(async () => {
  server = await startTestServer({ credentials: { key: 'demo-key', secret: 'demo-secret' } })
})
after(() => server.stop())

type Facts = { [placeholder: string]: string }

/** The bytes of a recorded request, with these facts in its placeholders. */
const requestOf = (name: string, facts: Facts, change = (text: string) => text): string => {
  const text = change(readFileSync(`${folder}/${name}.http`, 'utf8')).replaceAll(/\{(\w+)\}/g, (_, placeholder) => {
    const fact = facts[placeholder]
    assert.ok(fact, `${name} has {${placeholder}}, and that is not known yet`)
    return fact
  })
  const headEnd = text.indexOf('\n\n')
  assert.ok(headEnd > 0, `${name} has a head and an empty line`)
  const lines = text.slice(0, headEnd).split('\n')
  const body = text.slice(headEnd + 2).replace(/\n$/, '')
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

const connect = async (t: TestContext): Promise<RawConnection> => {
  const connection = await openConnection(server.origin)
  t.after(connection.close)
  return connection
}

const parsed = ({ body }: RawAnswer): Loose => JSON.parse(body)

const mediaType = (answer: RawAnswer): string | null => headerOf(answer, 'content-type')?.split(';', 1)[0] ?? null

/** What a client reads in each answer; gives what its next requests say. */
const readers: { [request: string]: (answer: RawAnswer, facts: Facts) => Facts } = {
  '1-token': (answer) => {
    const body: { [member: string]: unknown } = parsed(answer)
    // Node and Python take an answer with this member for a refusal, whatever its status.
    assert.ok(!('error' in body))
    assert.match(String(body['access_token']), /^[A-Za-z0-9\-._~+/]+=*$/, 'it can be sent as a Bearer token')
    // Ruby adds it to a time, and the TypeScript client demands an integer.
    assert.ok(Number.isInteger(body['expires_in']) && Number(body['expires_in']) > 60, 'a client may keep it')
    assert.equal(body['token_type'], 'Bearer')
    assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    return { token: String(body['access_token']) }
  },
  '2-create-customer': (answer, facts) => {
    assert.equal(answer.body, '')
    // PHP looks for these two spellings and no other, and takes what follows the last slash for the id.
    const location = /^(?:location|Location): (.*)$/m.exec(answer.head)?.[1]?.trim()
    const [, customer] = /^http:\/\/([^/]+)\/customers\/([0-9a-f-]{36})$/.exec(location ?? '')?.slice(1) ?? []
    assert.ok(customer, `Location: ${location}`)
    assert.equal(location, `http://${facts['host']}/customers/${customer}`)
    return { customer }
  },
  '3-mint-client-token': (answer) => {
    const { token } = parsed(answer)
    assert.match(String(token), /^[A-Za-z0-9\-._~+/]+=*$/)
    return { clientToken: String(token) }
  },
  '4-read-customer': (answer, facts) => {
    const body = parsed(answer)
    assert.equal(body['id'], facts['customer'])
    assert.equal(body['email'], facts['email'])
    assert.equal(body['_links']?.['self']?.['href'], `http://${facts['host']}/customers/${facts['customer']}`)
    // Ruby makes times of what looks like ISO 8601; the TypeScript client demands it with an offset.
    assert.match(String(body['created']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    for (const member of ['firstName', 'lastName', 'type', 'status'])
      assert.equal(typeof body[member], 'string', member)
    return {}
  },
}

const newFacts = async (client: string): Promise<Facts> => {
  const email = `${client}@example.com`
  const facts = { host: new URL(server.origin).host, email }
  if (recordings.some(({ name }) => name === `${client}/2-create-customer`)) return facts
  const application = await server.as()
  const { location } = await application.post('/customers', { firstName: 'No', lastName: 'Body', email })
  return { ...facts, customer: location?.split('/').at(-1) ?? '' }
}

/** Sends all that was recorded of a client, in its order, on one connection. */
const replay = async (t: TestContext, client: string): Promise<Facts> => {
  const facts = await newFacts(client)
  const connection = await connect(t)
  for (const { name, request, status, type } of recordings.filter((recording) => recording.client === client)) {
    const answer = await connection.ask(requestOf(name, facts))
    assert.equal(answer.status, status, `${name}: ${answer.body}`)
    assert.equal(mediaType(answer), type, name)
    const read = readers[request]
    assert.ok(read, `what ${name} needs is known`)
    Object.assign(facts, read(answer, facts))
  }
  return facts
}

test('every recorded request is replayed, and every replayed one was recorded', () => {
  const found = globSync('*/*.http', { cwd: folder }).map((path) => path.replaceAll('\\', '/').replace(/\.http$/, ''))
  assert.ok(found.length > 0, `there are recorded requests under ${folder}`)
  assert.deepEqual(found.sort(), recordings.map(({ name }) => name).sort())
  assert.deepEqual([...new Set(recordings.map(({ client }) => client))].sort(), [...clients].sort())
})

for (const client of clients)
  test(`what the ${client} client was recorded to send is answered as it needs`, async (t) => {
    const { clientToken = '', customer = '' } = await replay(t, client)
    const url = `${server.origin}/customers/${customer}`
    const used =
      client === 'typescript'
        ? await callAsBrowser({ token: clientToken, method: 'GET', url })
        : await callAsBrowser({ token: clientToken, method: 'POST', url }, { lastName: 'Browser' })
    assert.equal(used.status, 200)
    assert.equal(used.body['id'], customer)
  })

test('every client sees by the member it looks at that its credentials are wrong', async (t) => {
  const basic = (secret: string) => Buffer.from(`demo-key:${secret}`).toString('base64')
  const facts = { host: new URL(server.origin).host }
  for (const client of clients) {
    const connection = await connect(t)
    const request = requestOf(`${client}/1-token`, facts, (text) =>
      text.replace('demo-secret', 'demo-sacred').replace(basic('demo-secret'), basic('demo-sacred')),
    )
    assert.match(request, new RegExp(`demo-sacred|${basic('demo-sacred')}`))
    const answer = await connection.ask(request)
    // PHP and TypeScript look at the status, Node and Python at the member `error`, Ruby at both.
    assert.equal(answer.status, 401, client)
    assert.equal(mediaType(answer), 'application/json', client)
    assert.equal(parsed(answer)['error'], 'invalid_client', client)
  }
})

test('every client that creates a customer sees that it exists already', async (t) => {
  const creating = clients.filter((client) => recordings.some(({ name }) => name === `${client}/2-create-customer`))
  assert.deepEqual(creating, ['node', 'python', 'ruby', 'php'])
  for (const client of creating) {
    const facts: Facts = { host: new URL(server.origin).host, email: `twice-${client}@example.com` }
    const connection = await connect(t)
    const token = await connection.ask(requestOf(`${client}/1-token`, facts))
    facts['token'] = String(parsed(token)['access_token'])
    const create = () => connection.ask(requestOf(`${client}/2-create-customer`, facts))
    const [first, second] = [await create(), await create()]
    assert.equal(first.status, 201, client)
    assert.equal(second.status, 400, client)
    // Ruby reads only bodies whose media type ends in json.
    assert.equal(mediaType(second), halType, client)
    const body = parsed(second)
    assert.equal(body['code'], 'ValidationError', client)
    const error = body['_embedded']?.['errors']?.[0]
    assert.equal(error?.['code'], 'Duplicate', client)
    assert.equal(error?.['_links']?.['about']?.['href'], headerOf(first, 'location'), client)
  }
})
