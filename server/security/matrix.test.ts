import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { type ActionName, actions } from '@clearyard/contract/actions.ts'
import { sealClientToken } from '../client-tokens/client-token.ts'
import { keyId } from '../oauth/credentials.ts'
import { aBusiness, anOwner } from '../resources/beneficial-owners/owners-fixture.ts'
import { drawQuestions } from '../resources/kba/questions.ts'
import { kbaSessions } from '../resources/kba/store.ts'
import { failAtBank, insertDeposit } from '../resources/transfers/transfers-fixture.ts'
import { foreignMatrix, type Held, type Ids, type Report, type Worlds } from '../testing/foreign-matrix.ts'
import { aDocumentCustomer, upload } from '../testing/forms.ts'
import { type Client, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { publishedOperations } from '../testing/published-operations.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { defaultSettings } from '../worlds/settings.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'
const marker = 'qcanary'

/** Whether a token for this action may be for one owner alone. */
const isOfOneOwner = (action: ActionName): boolean => actions[action].needs === 'customer-or-owner'

type World = Awaited<ReturnType<TestServer['newWorld']>>

/** One of everything that a world can hold: a new collection is to be added here, and the matrix says so. */
const settle = async (server: TestServer, world: World, word: string): Promise<void> => {
  const client = await server.as(world.application)
  const person = { firstName: `${word}Ada`, lastName: `${word}Last`, businessName: `${word}Corp` }
  for (const more of [
    { email: `${word}a@mail.example`, correlationId: `${word}-1` },
    { email: `${word}b@mail.example` },
  ]) {
    const created = await client.post('/customers', { ...person, ...more }, { 'idempotency-key': `${word}-key` })
    assert.equal(created.status, 201, created.text)
    for (const status of ['deactivated', 'reactivated'])
      assert.equal((await client.post(created.location ?? '', { status })).status, 200)
  }
  const wanted = await aDocumentCustomer(client, { lastName: `${word}Last`, email: `${word}d@mail.example` })
  await decideOpen(server, world, { decision: 'document', needs: ['individual'] })
  const business = await aBusiness(client, { email: `${word}e@mail.example`, correlationId: `${word}-2` })
  await decideOpen(server, world, { decision: 'approve' })
  for (const correlationId of [`${word}-t`, `${word}-f`]) {
    const transfer = await insertDeposit(server, world.accountId, { correlationId, metadata: { note: word } })
    if (correlationId.endsWith('f')) await failAtBank(server, transfer)
  }
  const bank = {
    routingNumber: '222222226',
    accountNumber: '1234567890',
    bankAccountType: 'checking',
    name: `${word}Bank`,
  }
  assert.equal((await client.post(`${business}/funding-sources`, bank)).status, 201)
  assert.equal((await client.post('/on-demand-authorizations')).status, 200)
  await insertQuestions(server, world, wanted.split('/').at(-1) ?? '')
  for (const name of ['Olive', 'Otto']) await anOwner(client, business, `${word}${name}`)
  const uploaded = await upload(client, `${wanted}/documents`, { name: `${word}.png` })
  assert.equal(uploaded.status, 201, uploaded.text)
}

/** Questions for a customer: in production nobody is asked any. */
const insertQuestions = (server: TestServer, { accountId }: World, customer_id: string): Promise<void> => {
  const now = new Date()
  return server.gate.write({
    context: { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now },
    run: (ctx) => {
      const [id, questions] = [ctx.newId(), drawQuestions(ctx.newId())]
      kbaSessions.insert(ctx, { id, customer_id, questions, status: 'created', retrieved: null, created: now })
    },
  })
}

/** In production it is the operator who decides about new customers. */
const decideOpen = async (server: TestServer, { id }: World, decision: object): Promise<void> => {
  const { text } = await server.operate('GET', `/worlds/${id}/reviews?status=open`)
  for (const review of JSON.parse(text).reviews ?? [])
    assert.equal((await server.operate('POST', `/worlds/${id}/reviews/${review.id}`, decision)).status, 200)
}

/** Collections that are not called as their table is. */
const collections: { readonly [table: string]: string } = { kba_sessions: 'kba' }

/** The ids of a world's resources, by the collection that a path begins with: the table has its name. */
const idsOf = async (server: TestServer, { accountId }: World): Promise<Ids> => {
  const ids: { [collection: string]: string[] } = { accounts: [accountId] }
  for (const [table, rows] of Object.entries(await storedRows(server.pool, accountId))) {
    const own = rows.flatMap((row) => JSON.parse(row).id ?? [])
    if (own.length > 0) ids[collections[table] ?? table.replaceAll('_', '-')] = own
  }
  return ids
}

/** Every value of a world's rows that is its own: ids, and the words that were made for it. */
const valuesOf = async (server: TestServer, { accountId }: World): Promise<string[]> => {
  const rows = Object.values(await storedRows(server.pool, accountId)).flat()
  const values = rows
    // classifications are the same in every world
    .flatMap((row) => Object.values({ ...JSON.parse(row), business_classification: null }))
    .filter((value) => typeof value === 'string')
  return [...new Set(values.filter((value) => value.includes(marker) || /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)))]
}

describe('no operation tells one world of another', () => {
  let server: TestServer
  let theirs: World
  let worlds: Worlds
  let rowsBefore: Awaited<ReturnType<typeof storedRows>>
  let report: Report
  const secrets: string[] = []

  const keep = (secret: unknown): string => {
    assert.ok(typeof secret === 'string' && secret.length >= 40)
    secrets.push(secret)
    return secret
  }

  const browserOf = (
    world: World,
    action: ActionName,
    about: { customerId?: string; ownerId?: string },
    key = world.application.key,
  ) =>
    sealClientToken(server.sealer, {
      id: randomUUID(),
      accountId: world.accountId,
      keyId: keyId(key),
      generation: 1,
      action,
      ...about,
      expiresAtMs: Date.now() + 24 * 60 * 60 * 1000,
    })

  /** Tokens of their world that are good for nothing any more, and what never was a token. */
  const refusedTokens = async (customer: string): Promise<Held[]> => {
    const { application } = theirs
    const keys = `/worlds/${theirs.id}/applications/${application.id}/keys`
    const made = async () => (await server.operate('POST', keys, {})).body as unknown as { key: string; secret: string }
    const mint = async (by: Client) =>
      (
        await by.post('/client-tokens', {
          action: 'customer.read',
          _links: { customer: { href: `/customers/${customer}` } },
        })
      ).body['token']
    const [disabled, rotated] = [await made(), await made()]
    const [byDisabled, byRotated, client] = [
      await server.as(disabled),
      await server.as(rotated),
      await server.as(application),
    ]
    const used = keep(await mint(client))
    const spent = await client.get(`/customers/${customer}`, { authorization: `Bearer ${used}` })
    assert.equal(spent.status, 200)
    const dead: { [name: string]: string } = {
      'an application token of a disabled key': keep(byDisabled.token),
      'a client token of a disabled key': keep(await mint(byDisabled)),
      'an application token of an earlier secret': keep(byRotated.token),
      'a client token of an earlier secret': keep(await mint(byRotated)),
      'their key': application.key,
      'their secret': keep(application.secret),
      'their account': theirs.accountId,
      garbage: 'garbage',
    }
    await server.operate('POST', `${keys}/${disabled.key}`, { status: 'disabled' })
    const renewed = await server.operate('POST', `${keys}/${rotated.key}/rotate`, {})
    credentials.push(disabled, rotated, { key: rotated.key, secret: disabled.secret })
    keep(renewed.body['secret'])
    keep(disabled.secret)
    keep(rotated.secret)
    return [
      { name: 'no token', token: () => null },
      ...Object.entries(dead).map(([name, token]) => ({ name, token: () => token })),
      { name: 'a used client token', token: () => used, statuses: [401, 403] },
    ]
  }

  const credentials: { key: string; secret: string }[] = []

  before(async () => {
    server = await startTestServer({ sandbox: false, operatorToken })
    theirs = await server.newWorld({ name: `${marker}World` })
    const ours = await server.newWorld({ name: 'ours' })
    const early = await server.as(theirs.application)
    await settle(server, theirs, marker)
    const customer = (await idsOf(server, theirs))['customers']?.[0] ?? ''
    const expired = keep(
      (
        await early.post('/client-tokens', {
          action: 'customer.read',
          _links: { customer: { href: `/customers/${customer}` } },
        })
      ).body['token'],
    )
    server.passRealTime(61 * 60 * 1000)
    const refused = [
      ...(await refusedTokens(customer)),
      { name: 'an expired application token', token: () => keep(early.token) },
      { name: 'an expired client token', token: () => expired },
    ]
    const [client, application] = [await server.as(theirs.application), await server.as(ours.application)]
    await settle(server, ours, 'ours')
    const ids = { theirs: await idsOf(server, theirs), ours: await idsOf(server, ours) }
    const own = ids.ours['customers']?.[0] ?? ''
    const names = Object.keys(actions) as ActionName[]
    worlds = {
      origin: server.origin,
      theirs: {
        ids: ids.theirs,
        parameters: { id: theirs.id, applicationId: theirs.application.id, key: theirs.application.key },
        words: [`${marker}a@mail.example`, `${marker}Ada`, `${marker}-1`, theirs.application.key],
        canaries: [...(await valuesOf(server, theirs)), theirs.application.key, ...secrets],
        credentials: [
          ...credentials,
          { key: theirs.application.key, secret: ours.application.secret },
          { key: ours.application.key, secret: theirs.application.secret },
          { key: theirs.application.key, secret: '' },
          { key: theirs.application.key, secret: theirs.application.key },
          { key: theirs.accountId, secret: theirs.application.secret },
        ],
      },
      ours: { ids: ids.ours, application: { name: 'an application token of ours', token: () => application.token } },
      refused,
      browsers: [
        ...names.map((action) => ({
          name: `a client token of ours for ${action}`,
          token: () => browserOf(ours, action, { customerId: own }),
        })),
        ...names.filter(isOfOneOwner).map((action) => ({
          name: `a client token of ours for ${action} of one owner`,
          token: () => browserOf(ours, action, { ownerId: ids.ours['beneficial-owners']?.[0] ?? '' }),
        })),
      ],
      notTheOperators: [
        { name: 'their application token', token: () => client.token },
        { name: 'our application token', token: () => application.token },
        ...names.map((action) => ({
          name: `a client token of theirs for ${action}`,
          token: () => browserOf(theirs, action, { customerId: customer }),
        })),
      ],
    }
    keep(client.token)
    rowsBefore = await storedRows(server.pool, theirs.accountId)
    report = await foreignMatrix(worlds)
  })
  after(() => server.stop())

  it('by path, link, body or query, with any token that is not that world’s', () => {
    assert.deepEqual(report.problems, [])
  })

  it('and nothing of the other world is changed by it', async () => {
    assert.deepEqual(await storedRows(server.pool, theirs.accountId), rowsBefore)
  })

  it('and every operation was asked, in every place where it can be', async () => {
    const operations = await publishedOperations(server.origin)
    assert.deepEqual(
      Object.keys(report.cases),
      operations.map(({ name }) => name),
    )
    const kinds = worlds.refused.length + worlds.browsers.length
    for (const { name, path, body, security } of operations) {
      const asked = report.cases[name] ?? {}
      if (security.includes('basic')) assert.ok((asked['credentials'] ?? 0) >= 8, name)
      else if (security.includes('operator')) {
        const own = (asked['path'] ?? 0) + (asked['query'] ?? 0)
        assert.ok(own >= worlds.refused.length + worlds.notTheOperators.length, name)
      } else {
        assert.ok((asked['query'] ?? 0) > kinds, name)
        assert.equal((asked['path'] ?? 0) > kinds, path.includes('{'), name)
        assert.equal((asked['link'] ?? 0) > worlds.browsers.length, body !== null, name)
        assert.equal((asked['body'] ?? 0) > worlds.browsers.length, body !== null, name)
      }
    }
    assert.equal(kinds, 12 + Object.keys(actions).length + 5)
    const total = Object.values(report.cases)
      .flatMap(Object.values)
      .reduce((sum, count) => sum + count, 0)
    assert.ok(total > 1000, String(total))
  })

  it('although its own application sees what was looked for', async () => {
    const client = await server.as(theirs.application)
    const seen: string[] = []
    for (const path of ['/', '/customers', '/events']) seen.push((await client.get(path)).text)
    const { ids, words, canaries } = worlds.theirs
    for (const value of [...Object.values(ids['customers'] ?? {}), ...words.slice(0, 3), theirs.accountId]) {
      assert.ok(canaries.includes(value), value)
      assert.ok(
        seen.some((text) => text.includes(value)),
        value,
      )
    }
  })

  it('and neither the logs nor the metrics have a name, an e-mail address, a secret or a token of theirs', async () => {
    const metrics = await send(server.origin, 'GET', '/metrics', {
      headers: { authorization: `Bearer ${operatorToken}` },
    })
    assert.equal(metrics.status, 200)
    const logged = server.logged()
    assert.ok(logged.length > 100_000)
    for (const canary of [marker, theirs.application.secret, operatorToken, ...secrets])
      for (const text of [logged, metrics.text]) assert.ok(!text.includes(canary), canary)
  })
})

describe('in sandbox mode the operator’s operations', () => {
  it('tell nothing to a page that calls them by a name of its own', async () => {
    const server = await startTestServer()
    try {
      const theirs = await server.newWorld({ name: `${marker}World` })
      await settle(server, theirs, marker)
      const before = await storedRows(server.pool)
      const parameters: { [name: string]: string } = {
        id: theirs.id,
        applicationId: theirs.application.id,
        key: theirs.application.key,
        reviewId: randomUUID(),
        fundingSourceId: randomUUID(),
      }
      const operations = (await publishedOperations(server.origin)).filter(({ security }) =>
        security.includes('operator'),
      )
      assert.ok(operations.length > 12)
      for (const { method, path, name } of operations) {
        const url = path.replaceAll(/\{(\w+)\}/g, (_, parameter) => parameters[parameter] ?? assert.fail(parameter))
        const { status, body } = await askedAs('evil.example', server.origin, method, url)
        assert.equal(status, 403, name)
        assert.equal(JSON.parse(body).code, 'Forbidden')
        assert.doesNotMatch(body, new RegExp(marker))
      }
      assert.deepEqual(await storedRows(server.pool), before)
    } finally {
      await server.stop()
    }
  })
})

/** A request that names another host than the one it goes to. */
const askedAs = (host: string, origin: string, method: string, path: string) =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = {
      host,
      ...(method === 'POST' ? { 'content-type': 'application/json', 'content-length': '2' } : {}),
    }
    const asked = httpRequest(origin + path, { method, headers, agent: false }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() })
    })
    asked.on('error', reject)
    asked.end(method === 'POST' ? '{}' : undefined)
  })
