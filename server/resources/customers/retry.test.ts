import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCell } from '../../gate/sealed.ts'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { again, customerIn, errorsOf, type Kind, newWorld, said, topicsOf, whole } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** What was told since the customer came into `retry`. */
const toldSince = async (client: Parameters<typeof topicsOf>[0]): Promise<string> =>
  (await topicsOf(client)).slice(2).join(' ') || '-'

describe('POST /customers/{id} in retry', () => {
  const table = textTable(
    ['kind', 'state', 'names', 'status', 'topic'],
    `
    personal           | retry                 | {}                                                  | verified  | customer_verified
    personal           | retry                 | {"firstName":"retry"}                               | document  | customer_verification_document_needed
    personal           | retry                 | {"firstName":"document"}                            | document  | customer_verification_document_needed
    personal           | retry                 | {"firstName":"kba"}                                 | kba       | customer_kba_verification_needed
    personal           | retry                 | {"firstName":"suspended"}                           | suspended | customer_suspended
    soleProprietorship | retry                 | {}                                                  | verified  | customer_verified
    soleProprietorship | retry                 | {"firstName":"retry"}                               | document  | customer_verification_document_needed
    soleProprietorship | retry                 | {"businessName":"retry"}                            | document  | customer_verification_document_needed
    soleProprietorship | retry                 | {"firstName":"suspended"}                           | suspended | customer_suspended
    business           | retry of the business | {}                                                  | verified  | customer_verified
    business           | retry of the business | {"businessName":"retry"}                            | document  | customer_verification_document_needed
    business           | retry of the business | {"businessName":"document"}                         | document  | customer_verification_document_needed
    business           | retry of both         | {}                                                  | verified  | customer_verified
    business           | retry of both         | {"controller":"retry"}                              | document  | customer_verification_document_needed
    business           | retry of both         | {"controller":"retry","businessName":"retry"}       | document  | customer_verification_document_needed
    business           | retry of both         | {"controller":"suspended"}                          | suspended | customer_suspended
    `,
  )
  for (const { kind, state, names, status, topic } of table)
    it(`takes one attempt of a ${kind} customer, ${state}: ${names} comes to ${status}`, async () => {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      const answer = await client.post(path, again(kind as Kind, JSON.parse(names)))
      assert.equal(said(answer), status)
      assert.deepEqual(answer.body, (await client.get(path)).body)
      assert.equal(await toldSince(client), topic)
      assert.deepEqual(
        Object.keys(answer.body['_links'] ?? {}).filter((rel) => rel.startsWith('retry-')),
        [],
      )
      const before = await storedRows(server.pool, accountId)
      const second = await client.post(path, again(kind as Kind))
      assert.match(said(second), /^(ReadOnly|403 InvalidResourceState)$/)
      assert.deepEqual(await storedRows(server.pool, accountId), before)
    })

  const refused = textTable(
    ['kind', 'state', 'body', 'errors'],
    `
    personal           | retry                 | {"ssn":"1234"}                        | InvalidFormat /ssn
    personal           | retry                 | {"ssn":null}                          | Required /ssn
    personal           | retry                 | {"dateOfBirth":null,"city":null}      | Required /city, Required /dateOfBirth
    personal           | retry                 | {"firstName":"","email":"x"}          | Required /firstName, InvalidFormat /email
    personal           | retry                 | {"address1":"PO Box 1"}               | NotAllowed /address1
    soleProprietorship | retry                 | {"ssn":"1234"}                        | InvalidFormat /ssn
    soleProprietorship | retry                 | {"businessType":"none"}               | Invalid /businessType
    soleProprietorship | retry                 | {"businessType":"llc","controller":null} | Required /controller
    business           | retry of the business | {"ein":null}                          | Required /ein
    business           | retry of both         | {"controller":null}                   | Required /controller
    business           | retry of both         | {"controller":{"ssn":"1234"}}         | InvalidFormat /controller/ssn
    business           | retry of both         | {"controller":{"title":null}}         | Required /controller/title
    `,
  )
  it('refuses an attempt that leaves something out, or gives four digits, and does not count it', async () => {
    for (const { kind, state, body, errors } of refused) {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      const before = await storedRows(server.pool, accountId)
      const full = again(kind as Kind) as { controller?: object }
      const { controller, ...patch } = JSON.parse(body)
      const person = controller && { ...full.controller, ...controller }
      const answer = await client.post(path, {
        ...full,
        ...patch,
        ...(body.includes('controller') ? { controller: person } : {}),
      })
      const found = errorsOf(answer, body).map((error) => error.split(' ').slice(0, 2).join(' '))
      assert.equal(found.join(', '), errors, `${kind} ${body}`)
      assert.deepEqual(await storedRows(server.pool, accountId), before)
      assert.equal(said(await client.post(path, full)), 'verified')
    }
  })

  it('of the business alone leaves its controller as it is, sealed identity included', async () => {
    const { accountId, client } = await newWorld(server)
    const path = await customerIn(client, 'business', 'retry of the business')
    const { controller: _, ...withoutController } = again('business', {}, { businessName: 'Other' }) as {
      controller: object
    }
    const { body } = await client.post(path, withoutController)
    assert.deepEqual([body['status'], body['businessName']], ['verified', 'Other'])
    assert.equal(body['controller']?.['firstName'], 'John')
    assert.deepEqual(await sealedController(accountId), { dateOfBirth: '1980-01-31', ssn: '1234' })
  })

  it('of both replaces the controller, by a person with a passport too', async () => {
    for (const identity of [{ ssn: '987654321' }, { passport: { number: 'C1', country: 'CA' } }]) {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, 'business', 'retry of both')
      const { controller } = again('business') as { controller: { ssn?: string } }
      const { ssn: _, ...person } = controller
      const given = { ...person, firstName: 'Joan', ...identity }
      const { body } = await client.post(path, again('business', {}, { controller: given }))
      assert.equal(body['controller']?.['firstName'], 'Joan')
      assert.deepEqual(await sealedController(accountId), { dateOfBirth: '1980-01-31', ...identity })
    }
  })

  it('replaces who the customer is, and keeps how it is reached unless that is given', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'retry')
    const given = again('personal', { firstName: 'Janet' }, { address1: '1 New St', city: 'Newtown' }) as object
    const left = { address2: null, phone: null, correlationId: null }
    const { body } = await client.post(path, { ...given, ...left })
    assert.deepEqual(
      ['firstName', 'address1', 'address2', 'city', 'phone', 'correlationId'].map((name) => body[name]),
      ['Janet', '1 New St', undefined, 'Newtown', '5155550100', 'c-1'],
    )
    assert.equal((await client.get('/customers?search=janet')).body['total'], 1)
  })

  it('may say that a business is of another form', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'business', 'retry of the business')
    const { body } = await client.post(path, again('soleProprietorship'))
    assert.deepEqual(
      [body['status'], body['businessType'], body['controller']],
      [...['verified', 'soleProprietorship', undefined]],
    )
    assert.equal(
      Object.keys(body['_links'] ?? {}).find((rel) => rel.includes('benefi')),
      undefined,
    )
  })

  it('edits when nothing is given but what an edit takes, and the attempt is still there', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'retry')
    const { body } = await client.post(path, { email: 'new@example.com', address2: '' })
    assert.deepEqual([body['status'], body['email'], body['address2']], ['retry', 'new@example.com', undefined])
    assert.equal(said(await client.post(path, again('personal'))), 'verified')
  })

  it('refuses an e-mail address and a correlation id that another customer has', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'retry')
    await customerIn(client, 'unverified', 'unverified', { email: 'b@example.com', correlationId: 'c-2' })
    const taken = await client.post(path, again('personal', {}, { email: 'b@example.com', correlationId: 'c-2' }))
    assert.equal(errorsOf(taken).length, 2)
    assert.equal(said(await client.post(path, again('personal'))), 'verified')
  })

  it('takes one of two attempts at once', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'retry')
    const answers = await Promise.all([
      client.post(path, again('personal', { firstName: 'document' })),
      client.post(path, again('personal', { firstName: 'document' })),
    ])
    assert.deepEqual(answers.map(said).sort(), ['403 InvalidResourceState', 'document'])
    assert.equal(await toldSince(client), 'customer_verification_document_needed')
  })

  it('is no attempt outside it', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'document')
    assert.equal(said(await client.post(path, whole('personal'))), '403 InvalidResourceState')
  })
})

const sealedController = async (accountId: string): Promise<unknown> => {
  const { rows } = await server.pool.query<{ id: string; sealed_controller: Buffer }>(
    'select id, sealed_controller from customers where account_id = $1',
    [accountId],
  )
  const [row] = rows
  assert.ok(row)
  const cell = { accountId, table: 'customers', id: row.id, column: 'sealed_controller' }
  return JSON.parse(openCell(server.sealer, cell, row.sealed_controller))
}
