/**
 * The published example of `POST /client-tokens`, as somebody tries it who has read no more than its page: a token, a
 * client token whose customer link still names Dwolla's host, and a read. Sent by the curl of this machine, where there
 * is one, and always by the bytes that curl 7.88 sends.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { halType } from '@clearyard/contract/hal.ts'
import { type Loose, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { headerOf, openConnection } from '../server/testing/raw-connection.ts'
import { callAsBrowser } from './browser-call.ts'

type Command = { url: string; user?: string; headers?: readonly string[]; data?: string }
type Reply = { status: number; type: string; body: Loose }
type Sender = (t: TestContext, command: Command) => Promise<Reply>

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** No settings of the person who runs the tests, and no proxy. */
const plain = ['-q', '-sS', '--noproxy', '*']

const byCurl: Sender = async (_t, { url, user, headers = [], data }) => {
  const { stdout } = await promisify(execFile)('curl', [
    ...plain,
    ...['-w', '\n%{http_code}\n%{content_type}'],
    ...(user === undefined ? [] : ['-u', user]),
    ...headers.flatMap((header) => ['-H', header]),
    ...(data === undefined ? [] : ['-d', data]),
    url,
  ])
  const [type = '', status, ...body] = stdout.split('\n').reverse()
  return { status: Number(status), type, body: JSON.parse(body.reverse().join('\n')) }
}

const bytesOfCurl = ({ url, user, headers = [], data }: Command): string => {
  const { host, pathname } = new URL(url)
  const says = (name: string) => headers.some((header) => header.toLowerCase().startsWith(`${name}:`))
  const lines = [
    `${data === undefined ? 'GET' : 'POST'} ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    ...(user === undefined ? [] : [`Authorization: Basic ${Buffer.from(user).toString('base64')}`]),
    'User-Agent: curl/7.88.1',
    ...(says('accept') ? [] : ['Accept: */*']),
    ...headers,
    ...(data === undefined ? [] : [`Content-Length: ${Buffer.byteLength(data)}`]),
    ...(data === undefined || says('content-type') ? [] : ['Content-Type: application/x-www-form-urlencoded']),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${data ?? ''}`
}

const byBytes: Sender = async (t, command) => {
  const connection = await openConnection(server.origin)
  t.after(connection.close)
  const answer = await connection.ask(bytesOfCurl(command))
  return { status: answer.status, type: headerOf(answer, 'content-type') ?? '', body: JSON.parse(answer.body) }
}

const senders: [string, Sender][] = [['the bytes that curl sends', byBytes]]
if (spawnSync('curl', ['--version']).status === 0) senders.push(['the curl of this machine', byCurl])

for (const [name, send] of senders)
  test(`the published example works by ${name}`, async (t) => {
    const { key, secret } = server.world
    const application = await server.as()
    const email = `${name.replaceAll(' ', '-')}@example.com`
    const { location } = await application.post('/customers', { firstName: 'Jane', lastName: 'Merchant', email })
    const id = location?.split('/').at(-1)

    const user = `${key}:${secret}`
    const token = await send(t, { url: `${server.origin}/token`, user, data: 'grant_type=client_credentials' })
    assert.equal(token.status, 200)
    assert.match(token.type, /^application\/json\b/)
    const { access_token, ...about } = token.body
    assert.deepEqual(about, { token_type: 'Bearer', expires_in: 3600 })

    const headers = [`Authorization: Bearer ${access_token}`, `Accept: ${halType}`]
    const customer = { href: `https://api-sandbox.dwolla.com/customers/${id}` }
    const minted = await send(t, {
      url: `${server.origin}/client-tokens`,
      headers: [...headers, 'Content-Type: application/json'],
      data: JSON.stringify({ action: 'customer.update', _links: { customer } }, null, 2),
    })
    assert.equal(minted.status, 200)
    assert.equal(minted.type, `${halType}; charset=UTF-8`)
    assert.deepEqual(Object.keys(minted.body), ['token'])

    const browser = { token: String(minted.body['token']), method: 'POST', url: location ?? '' } as const
    const used = await callAsBrowser(browser, { lastName: 'Trader' })
    assert.equal(used.status, 200)

    const read = await send(t, { url: location ?? '', headers })
    assert.equal(read.status, 200)
    assert.equal(read.type, `${halType}; charset=UTF-8`)
    assert.deepEqual([read.body['id'], read.body['lastName']], [id, 'Trader'])
  })

for (const [name, send] of senders)
  test(`a wrong secret is refused by an OAuth error, told by ${name}`, async (t) => {
    const user = `${server.world.key}:wrong`
    const token = await send(t, { url: `${server.origin}/token`, user, data: 'grant_type=client_credentials' })
    assert.deepEqual([token.status, token.body['error']], [401, 'invalid_client'])
    assert.match(token.type, /^application\/json\b/)
  })
