/**
 * Marked secrets, addresses and texts go through every operation and every refusal; none of them is ever in the log.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type AskedHeaders, ask as askAt, type Reply } from '../testing/ask.ts'
import { converse } from '../testing/converse.ts'
import { startTestServer, type TestServer, takeToken } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
/** Every marked text has it; nothing else has. */
const mark = 'Zc4n4ry'

let server: TestServer
/** What may be in no log and in no error: the marked texts all, and what the server made up. */
const secrets = new Set([mark])
const errors: Reply[] = []

before(async () => {
  server = await startTestServer({ credentials: { key: `key${mark}`, secret: `secret${mark}` } })
})

after(() => server.stop())

/** Asks, and keeps the answer when it is a refusal. */
const ask = async (method: string, path: string, headers: AskedHeaders = {}, body?: string): Promise<Reply> => {
  const reply = await askAt(server.origin, method, path, headers, body)
  if (reply.status >= 400) errors.push(reply)
  return reply
}

const marked = {
  firstName: `First${mark}`,
  lastName: `Last${mark}`,
  businessName: `Business${mark}`,
  ipAddress: `Ip${mark}`,
  correlationId: `Correlation${mark}`,
}

/** One person after another, so that their addresses can be told apart. */
const person = () =>
  JSON.stringify({
    ...marked,
    correlationId: mark + randomUUID(),
    phone: '5550142857',
    email: `${mark}${randomUUID()}@x.test`,
  })

const tellingHeaders = {
  cookie: `session=${mark}`,
  'x-secret': mark,
  referer: `http://x.test/${mark}`,
  'user-agent': mark,
}

const provokeEverything = async (bearer: string): Promise<void> => {
  const known = { ...tellingHeaders, authorization: `Bearer ${bearer}`, accept: halType }
  const json = { ...known, 'content-type': 'application/json', 'idempotency-key': `key ${mark}` }
  const made = await ask('POST', '/customers', json, person())
  const customer = new URL(made.headers.location ?? server.origin).pathname
  const operations = server.app.operations.map(({ operation }) => operation.split(' '))
  assert.ok(operations.length >= 9)
  for (const [method = '', pattern = ''] of operations) {
    const path = pattern.startsWith('/customers/') ? pattern.replace('/customers/{id}', customer) : pattern
    for (const id of [randomUUID(), customer.split('/').at(-1) ?? '']) {
      const target = `${path.replace('{id}', id)}?search=${mark}&email=${mark}@x.test&limit=${mark}&access_token=${mark}`
      const plain = target.replace(/&limit=[^&]*/, '')
      const bodies = [
        '{}',
        person(),
        `{"email":"${mark}","firstName":"<${mark}>","status":"${mark}","type":"${mark}"}`,
        `{"${mark}":`,
        `["${mark}"]`,
        `{"__proto__":"${mark}"}`,
        `{"action":"${mark}","_links":{"customer":{"href":"${mark}"}}}`,
        `"${mark.repeat(200_000)}"`,
      ]
      for (const url of [target, plain]) {
        if (method === 'GET') await ask(method, url, known)
        else for (const body of bodies) await ask(method, url, json, body)
      }
      await ask(method, target, tellingHeaders)
      await ask(method, target, { ...tellingHeaders, authorization: `Bearer ${mark}` })
      await ask(method, target, { ...tellingHeaders, authorization: `Basic ${mark}` })
      await ask(method, target, { ...known, accept: mark })
      await ask('PUT', target, json, person())
      await ask(method, target, { ...known, 'content-type': 'text/plain' }, mark)
    }
  }
}

test('nothing that was sent, and no secret that was answered, is in the log, in an error or in a metric', async () => {
  const bearer = await takeToken(server.origin, server.world)
  secrets.add(bearer)
  secrets.add(server.world.secret)
  await provokeEverything(bearer)

  // What the same people meet again: duplicates, and tokens of their browsers.
  const known = { authorization: `Bearer ${bearer}`, accept: halType, 'content-type': 'application/json' }
  const body = person()
  assert.equal((await ask('POST', '/customers', known, body)).status, 201)
  const duplicate = await ask('POST', '/customers', known, body)
  assert.match(duplicate.text, /"code":"Duplicate"/)
  const customer = JSON.parse(duplicate.text)._embedded.errors[0]._links.about.href
  const foreign = new URL((await ask('POST', '/customers', known, person())).headers.location ?? server.origin).pathname
  for (const action of ['customer.create', 'customer.update']) {
    const wanted = { action, _links: { customer: { href: customer } } }
    const minted = await ask('POST', '/client-tokens', known, JSON.stringify(wanted))
    const { token } = JSON.parse(minted.text)
    secrets.add(token)
    const browser = { ...known, authorization: `Bearer ${token}` }
    for (const path of ['/events', foreign, new URL(customer).pathname, '/customers'])
      for (const sent of ['{}', body, person()]) await ask('POST', path, browser, sent)
  }

  const form = { ...tellingHeaders, 'content-type': 'application/x-www-form-urlencoded' }
  for (const sent of [
    `client_id=${mark}&client_secret=${mark}&grant_type=client_credentials`,
    `grant_type=${mark}`,
    `${mark}=1&${mark}=2&grant_type=client_credentials`,
    mark.repeat(5000),
  ])
    for (const authorization of [undefined, `Basic ${btoa(`${mark}:${mark}`)}`, `Basic ${mark}`])
      await ask(
        'POST',
        `/token?client_secret=${mark}`,
        authorization === undefined ? form : { ...form, authorization },
        sent,
      )

  const operator = { ...tellingHeaders, 'content-type': 'application/json' }
  const world = await ask('POST', '/_clearyard/worlds', operator, `{"name":"World ${mark}"}`)
  assert.equal(world.status, 201)
  const { application, id } = JSON.parse(world.text)
  const applications = `/_clearyard/worlds/${id}/applications`
  const another = await ask('POST', applications, operator, `{"name":"${mark}"}`)
  const rotated = await ask('POST', `${applications}/${application.id}/keys/${application.key}/rotate`, operator, '{}')
  for (const reply of [world, another, rotated])
    for (const [, secret = ''] of reply.text.matchAll(/"secret":"([^"]+)"/g)) secrets.add(secret)
  for (const path of ['/_clearyard/worlds', `/_clearyard/worlds/${id}`, `/_clearyard/worlds/${id}/clock`, applications])
    for (const sent of [
      `{"name":["${mark}"],"settings":"${mark}","clock":"${mark}","set":"${mark}"}`,
      `{"name":`,
      mark,
    ])
      await ask('POST', `${path}?token=${mark}`, operator, sent)
  await ask('POST', '/playground/token', operator, `{"action":"${mark}"}`)
  for (const path of ['/nowhere', '/customers/%zz', '/healthz', '/readyz', '/docs/', '/playground', '/openapi.json'])
    for (const more of [`?q=${mark}`, `#${mark}`]) await ask('GET', path + more, { ...known, host: 'x.test' })
  for (const broken of [
    `${mark}\r\n\r\n`,
    `GET /?${mark} HTTP/1.1\r\nX Y: ${mark}\r\n\r\n`,
    `GET /?${mark} HTTP/1.1\r\nAuthorization: ${mark.repeat(4000)}\r\n\r\n`,
  ])
    for (const { status, body: text } of await converse(server.origin, broken))
      errors.push({ status, text, headers: {} })

  assert.ok(secrets.size >= 7, `${secrets.size} secrets`)
  assert.ok(errors.length > 200, `${errors.length} errors`)
  const statuses = new Set(errors.map(({ status }) => status))
  for (const status of [400, 401, 403, 404, 405, 406, 413, 415, 431])
    assert.ok(statuses.has(status), `${status} was provoked`)
  assert.ok(!statuses.has(500))

  const log = server.logged()
  assert.ok(log.split('\n').length > errors.length / 2)
  const metrics = (await ask('GET', '/metrics')).text
  for (const secret of secrets)
    for (const [where, text] of [
      ['the log', log],
      ['the metrics', metrics],
    ] as const)
      assert.equal(text.includes(secret), false, `${secret} is in ${where}`)
  for (const { text, status } of errors)
    for (const secret of secrets)
      assert.equal(text.includes(secret), false, `${secret} is in an error: ${status} ${text.slice(0, 300)}`)
  assert.doesNotMatch(log, /@x\.test|5550142857|\?|"(body|headers|query|authorization|cookie)"/)
})
