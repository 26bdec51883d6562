import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { upload } from '../testing/forms.ts'
import { type Answer, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'

let server: TestServer
let reviewId: string
before(async () => {
  server = await startTestServer({ sandbox: false, operatorToken, publicUrl: 'https://pay.example' })
  const client = await server.as()
  const made = await client.post('/customers', wholes.personal)
  await server.operate('POST', `/worlds/default/reviews/${await newestReview()}`, { decision: 'document' })
  const documents = `${new URL(made.location ?? '').pathname}/documents`
  assert.equal((await upload({ origin: server.origin, token: client.token }, documents)).status, 201)
  reviewId = await newestReview()
})

const newestReview = async (): Promise<string> =>
  JSON.parse((await server.operate('GET', '/worlds/default/reviews')).text).reviews[0].id
after(() => server.stop())

/** The operator's operations, as `/openapi.json` lists them, with paths of the default world. */
const operations = async (): Promise<[method: string, path: string][]> => {
  const { paths } = JSON.parse((await send(server.origin, 'GET', '/openapi.json')).text)
  const { rows } = await server.pool.query('select application_id, key from application_keys limit 1')
  const { application_id: applicationId, key } = rows[0]
  const ids: { [name: string]: string } = { id: 'default', applicationId, key, reviewId }
  return Object.entries(paths as { [path: string]: object })
    .filter(([path]) => path.startsWith('/_clearyard/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [
        method.toUpperCase(),
        path.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? assert.fail(name)),
      ]),
    )
}

const call = (method: string, path: string, authorization?: string, body: object = {}): Promise<Answer> =>
  send(server.origin, method, path, {
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  })

describe('in production mode /_clearyard', () => {
  it('is the operator’s alone: without the token, or with any other, every operation answers 401 and does nothing', async () => {
    const client = await server.as()
    const minted = await client.post('/client-tokens', { action: 'customer.create' })
    const wrong: [authorization: string | undefined, code: string][] = [
      [undefined, 'InvalidCredentials'],
      ['', 'InvalidCredentials'],
      ['Bearer', 'InvalidCredentials'],
      [operatorToken, 'InvalidCredentials'],
      [`Basic ${btoa(`operator:${operatorToken}`)}`, 'InvalidCredentials'],
      [`Basic ${btoa(`${server.world.key}:${server.world.secret}`)}`, 'InvalidCredentials'],
      [`Bearer ${operatorToken} x`, 'InvalidCredentials'],
      [`Bearer ${operatorToken}x`, 'InvalidAccessToken'],
      [`Bearer ${operatorToken.slice(0, -1)}`, 'InvalidAccessToken'],
      [`Bearer ${operatorToken.toUpperCase()}`, 'InvalidAccessToken'],
      ['Bearer null', 'InvalidAccessToken'],
      [`Bearer ${client.token}`, 'InvalidAccessToken'],
      [`Bearer ${minted.body['token']}`, 'InvalidAccessToken'],
    ]
    const before = await storedRows(server.pool)
    const all = await operations()
    assert.ok(all.length > 10)
    for (const [method, path] of [
      ...all,
      ['GET', '/_clearyard/nothing'],
      ['POST', '/_clearyard/worlds/default/clock'],
      ['GET', '/metrics'],
    ] as const)
      for (const [authorization, code] of wrong) {
        const answer = await call(method, path, authorization)
        assert.deepEqual([answer.status, answer.body['code']], [401, code], `${method} ${path} ${authorization}`)
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
      }
    assert.deepEqual(await storedRows(server.pool), before)
  })

  it('answers the operator at any host: the token is what counts', async () => {
    for (const [method, path] of await operations()) {
      if (method !== 'GET') continue
      const answer = await call(method, path, `bearer ${operatorToken}`)
      assert.equal(answer.status, 200, path)
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control-')),
        [],
      )
    }
    assert.equal((await call('GET', '/metrics', `Bearer ${operatorToken}`)).status, 200)
  })

  it('has no clock control: neither a route, nor a clock for a new world, nor a word in the documentation', async () => {
    const before = await storedRows(server.pool)
    const moved = await call('POST', '/_clearyard/worlds/default/clock', `Bearer ${operatorToken}`, { advance: 'PT1H' })
    assert.deepEqual([moved.status, moved.headers.get('allow')], [405, 'GET'])
    const made = await server.operate('POST', '/worlds', { clock: { mode: 'frozen' } })
    assert.equal(made.status, 400)
    assert.deepEqual(JSON.parse(made.text)._embedded.errors, [
      { code: 'Invalid', message: 'There is no clock here; known are name, settings.', path: '/clock', _links: {} },
    ])
    assert.deepEqual(await storedRows(server.pool), before)
    const { paths } = JSON.parse((await send(server.origin, 'GET', '/openapi.json')).text)
    assert.deepEqual(Object.keys(paths['/_clearyard/worlds/{id}/clock']), ['get'])
    assert.doesNotMatch(JSON.stringify(paths['/_clearyard/worlds'].post.requestBody), /clock|frozen|advance/)
  })

  it('makes worlds that run on real time, whose hrefs begin with PUBLIC_URL', async () => {
    const made = await server.operate('POST', '/worlds', { name: 'Platform' })
    assert.equal(made.status, 201)
    assert.equal(made.body['clock']?.['mode'], 'real')
    const { accountId, application } = JSON.parse(made.text)
    const root = await (await server.as(application)).get('/')
    assert.equal(root.body['_links']?.['account']?.['href'], `https://pay.example/accounts/${accountId}`)
  })

  it('says nothing of the operator’s token in what it logs', () => {
    assert.ok(!server.logged().includes(operatorToken))
  })
})
