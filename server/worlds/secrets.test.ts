import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { upload } from '../testing/forms.ts'
import { clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { type Stored, storedRows } from '../testing/stored-rows.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'

let server: TestServer
/** Everything that opens something, once it was answered. */
const secrets: string[] = []
let stored: Stored
let worldId: string
let reviewId: string

const keep = <T>(answer: { body: T }, member: keyof T): string => {
  const secret = String(answer.body[member])
  assert.ok(secret.length >= 40, String(member))
  secrets.push(secret)
  return secret
}

/** A world in which everything happened that has to do with a secret. */
before(async () => {
  server = await startTestServer({ sandbox: false, operatorToken })
  secrets.push(operatorToken, server.world.secret)
  const { id, application } = await server.newWorld()
  worldId = id
  const { key, secret } = application
  const path = `/worlds/${id}/applications`
  secrets.push(secret, (await server.as(application)).token)
  const second = await server.operate('POST', path, {})
  const third = await server.operate('POST', `${path}/${application.id}/keys`, {})
  const renewed = await server.operate('POST', `${path}/${application.id}/keys/${key}/rotate`, {})
  for (const answer of [second, third, renewed]) keep(answer, 'secret')
  const client = await server.as({ key, secret: String(renewed.body['secret']) })
  secrets.push(client.token)
  const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
  const created = await client.post('/customers', person, { 'idempotency-key': 'a-key-of-the-client' })
  const customer = new URL(created.location ?? '').pathname
  await client.post(customer, { firstName: 'Janet' }, { 'idempotency-key': 'another-key-of-the-client' })
  const mint = async () => {
    const body = { action: 'customer.read', _links: { customer: { href: customer } } }
    return keep(await client.post('/client-tokens', body), 'token')
  }
  assert.equal((await clientWith(server.origin, await mint()).get(customer)).status, 200)
  await mint()
  const waiting = await client.post('/customers', { ...wholes.personal, email: 'waiting@example.com' })
  const reviewed = new URL(waiting.location ?? '').pathname
  await server.operate('POST', `/worlds/${id}/reviews/${await newestReview()}`, { decision: 'document' })
  const { status } = await upload({ origin: server.origin, token: client.token }, `${reviewed}/documents`)
  assert.equal(status, 201)
  reviewId = await newestReview()
  stored = await storedRows(server.pool)
})
after(() => server.stop())

const newestReview = async (): Promise<string> =>
  JSON.parse((await server.operate('GET', `/worlds/${worldId}/reviews`)).text).reviews[0].id

/** The ways a secret could be written down. */
const spellings = (secret: string): string[] => {
  const bytes = [Buffer.from(secret), Buffer.from(secret, 'base64url')]
  return [secret, ...bytes.flatMap((b) => [b.toString('hex'), b.toString('base64').replace(/=+$/, '')])]
}

/** Every single value that a row holds, whatever it is nested in. */
const leaves = (value: unknown): string[] => {
  if (value === null || value === undefined) return []
  if (typeof value === 'object') return Object.values(value).flatMap(leaves)
  return [String(value)]
}

describe('no secret and no token', () => {
  it('is in the database, written in any way', () => {
    const rows = Object.values(stored).flat().join('\n').toLowerCase()
    assert.ok(rows.includes('jane@example.com'))
    assert.equal(new Set(secrets).size, 10)
    for (const secret of secrets)
      for (const spelling of spellings(secret)) assert.ok(!rows.includes(spelling.toLowerCase()), spelling)
  })

  it('is in the logs', () => {
    const logged = server.logged()
    assert.ok(logged.includes('/customers'))
    for (const secret of secrets) assert.ok(!logged.includes(secret), secret)
  })

  it('is answered again by anything that the operator can read', async () => {
    const { paths } = JSON.parse((await send(server.origin, 'GET', '/openapi.json')).text)
    const { rows } = await server.pool.query(
      'select application_id from application_keys k join worlds w on w.account_id = k.account_id where w.id = $1',
      [worldId],
    )
    const readable = Object.entries(paths as { [path: string]: object })
      .filter(([path, methods]) => path.startsWith('/_clearyard/') && 'get' in methods)
      .map(([path]) =>
        path
          .replace('{id}', worldId)
          .replace('{applicationId}', rows[0].application_id)
          .replace('{reviewId}', reviewId),
      )
    assert.ok(readable.length >= 5)
    for (const path of [...readable, '/metrics', '/openapi.json', '/docs/']) {
      const answer = await send(server.origin, 'GET', path, { headers: { authorization: `Bearer ${operatorToken}` } })
      assert.equal(answer.status, 200, path)
      for (const secret of secrets) assert.ok(!answer.text.includes(secret), path)
    }
  })
})

describe('nothing that the database holds', () => {
  const held = () => {
    const values = new Set<string>()
    for (const row of Object.values(stored).flat())
      for (const leaf of leaves(JSON.parse(row))) {
        values.add(leaf)
        if (!leaf.startsWith('\\x')) continue
        const bytes = Buffer.from(leaf.slice(2), 'hex')
        for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) values.add(bytes.toString(encoding))
      }
    return [...values].filter((value) => value !== '')
  }

  const isHeader = (value: string) => /^[\x20-\x7e]+$/.test(value)

  it('is taken for a token', async () => {
    const tried = held().filter(isHeader)
    assert.ok(tried.length > 50)
    const paths = ['/', '/_clearyard/worlds']
    for (const value of tried)
      for (const path of paths) {
        const answer = await clientWith(server.origin, value).get(path)
        assert.equal(answer.status, 401, `${path} ${value}`)
      }
  })

  it('is taken for a secret', async () => {
    const { rows } = await server.pool.query<{ key: string }>('select key from application_keys order by ordinal')
    const key = rows.at(-1)?.key ?? ''
    for (const value of held()) {
      const answer = await send(server.origin, 'POST', '/token', {
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: value }),
      })
      assert.equal(answer.status, 401, value)
      assert.equal(answer.body['error'], 'invalid_client')
    }
  })
})
