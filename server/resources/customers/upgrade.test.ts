import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, errorsOf, type Kind, newWorld, relsOf, said, topicsOf, whole } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const bodyFor = (to: string, steered: object = {}): object =>
  to === 'unverified' || to === 'receive-only' ? { type: to } : whole(to as Kind, steered)

describe('POST /customers/{id} with another type', () => {
  const table = textTable(
    ['from', 'to', 'answer'],
    `
    unverified   | receive-only       | 403 InvalidResourceState
    unverified   | personal           | verified
    unverified   | soleProprietorship | verified
    unverified   | business           | verified
    receive-only | unverified         | unverified
    receive-only | personal           | 403 InvalidResourceState
    receive-only | soleProprietorship | 403 InvalidResourceState
    receive-only | business           | 403 InvalidResourceState
    personal     | unverified         | 403 InvalidResourceState
    personal     | receive-only       | 403 InvalidResourceState
    personal     | soleProprietorship | 403 InvalidResourceState
    personal     | business           | 403 InvalidResourceState
    business     | unverified         | 403 InvalidResourceState
    business     | receive-only       | 403 InvalidResourceState
    business     | personal           | 403 InvalidResourceState
    `,
  )
  for (const { from, to, answer: expected } of table)
    it(`from ${from} to ${to} is answered ${expected}`, async () => {
      const { accountId, client } = await newWorld(server)
      const status = from === 'unverified' || from === 'receive-only' ? 'unverified' : 'verified'
      const path = await customerIn(client, from as Kind, status)
      const before = await storedRows(server.pool, accountId)
      const answer = await client.post(path, bodyFor(to))
      assert.equal(said(answer), expected)
      if (answer.status !== 200) assert.deepEqual(await storedRows(server.pool, accountId), before)
      else assert.equal(answer.body['type'], to === 'soleProprietorship' ? 'business' : to)
    })

  for (const kind of ['personal', 'soleProprietorship', 'business'] as const)
    it(`shows an upgraded ${kind} customer as one that was created so, under its id`, async () => {
      const frozen = { clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } }
      const [upgraded, created] = [await newWorld(server, frozen), await newWorld(server, frozen)]
      const path = await customerIn(upgraded.client, 'unverified', 'unverified')
      const one = await upgraded.client.post(path, whole(kind))
      const other = await created.client.get(await customerIn(created.client, kind, 'verified'))
      assert.equal(relsOf(one.body), relsOf(other.body))
      const { _links: _1, id: _2, ...body } = one.body
      const { _links: _3, id: _4, ...expected } = other.body
      assert.deepEqual(body, expected)
      assert.equal(one.body['id'], path.split('/').at(-1))
      assert.deepEqual(await topicsOf(upgraded.client), ['customer_created', 'customer_verified'])
    })

  const steered = textTable(
    ['kind', 'names', 'status', 'topic'],
    `
    personal           | {"firstName":"retry"}     | retry     | customer_reverification_needed
    personal           | {"firstName":"kba"}       | kba       | customer_kba_verification_needed
    personal           | {"firstName":"document"}  | document  | customer_verification_document_needed
    personal           | {"firstName":"suspended"} | suspended | customer_suspended
    soleProprietorship | {"firstName":"retry"}     | retry     | customer_reverification_needed
    business           | {"businessName":"retry"}  | retry     | customer_reverification_needed
    business           | {"controller":"document"} | document  | customer_verification_document_needed
    business           | {"controller":"suspended"} | suspended | customer_suspended
    `,
  )
  for (const { kind, names, status, topic } of steered)
    it(`checks who a ${kind} customer is: ${names} comes to ${status}`, async () => {
      const { client } = await newWorld(server)
      const path = await customerIn(client, 'unverified', 'unverified')
      assert.equal((await client.post(path, whole(kind as Kind, JSON.parse(names)))).body['status'], status)
      assert.deepEqual(await topicsOf(client), ['customer_created', topic])
    })

  it('takes all fields of the type: those the customer has do not count', async () => {
    const { accountId, client } = await newWorld(server)
    const path = await customerIn(client, 'unverified', 'unverified')
    const before = await storedRows(server.pool, accountId)
    assert.deepEqual(
      errorsOf(await client.post(path, { type: 'personal' })).map((error) => error.split(' ').slice(0, 2).join(' ')),
      [
        ...['Required /firstName', 'Required /lastName', 'Required /email', 'Required /address1', 'Required /city'],
        ...['Required /state', 'Required /postalCode', 'Required /dateOfBirth', 'Required /ssn'],
      ],
    )
    assert.deepEqual(errorsOf(await client.post(path, { type: 'business' })), [
      'Required /businessType BusinessType required.',
    ])
    assert.deepEqual(errorsOf(await client.post(path, { ...whole('business'), controller: null })), [
      'Required /controller Controller required.',
    ])
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('keeps its e-mail and correlation id, takes others, and none that another customer has', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'unverified', 'unverified')
    const other = await customerIn(client, 'unverified', 'unverified', { email: 'b@example.com', correlationId: 'c-2' })
    const taken = await client.post(path, whole('personal', {}, { email: 'B@example.com', correlationId: 'c-2' }))
    assert.equal(errorsOf(taken).length, 2)
    assert.equal(JSON.parse(taken.text)._embedded.errors[0]._links.about.href, server.origin + other)
    const { correlationId: _, ...without } = whole('personal') as { correlationId: string }
    assert.equal((await client.post(path, without)).body['correlationId'], 'c-1')
    assert.equal((await client.get('/customers?email=jane@example.com')).body['total'], 1)
  })

  it('edits a receive-only customer that becomes unverified, with what is given beside the type', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'receive-only', 'unverified')
    const { body } = await client.post(path, { type: 'unverified', firstName: 'Janet' })
    assert.deepEqual([body['type'], body['status'], body['firstName']], ['unverified', 'unverified', 'Janet'])
    assert.deepEqual(await topicsOf(client), ['customer_created'])
    assert.equal((await client.post(path, whole('personal'))).body['status'], 'verified')
  })

  it('takes one of two upgrades at once', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'unverified', 'unverified')
    const answers = await Promise.all([client.post(path, whole('personal')), client.post(path, whole('business'))])
    assert.deepEqual(answers.map(said).sort(), ['403 InvalidResourceState', 'verified'])
    assert.deepEqual(await topicsOf(client), ['customer_created', 'customer_verified'])
  })
})
