import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { again, customerIn, errorsOf, type Kind, newWorld, said, topicsOf } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const kinds = ['personal', 'soleProprietorship', 'business'] as const

const edits = {
  email: 'new@example.com',
  address1: '1 New St',
  address2: 'Floor 2',
  city: 'Newtown',
  state: 'CA',
  postalCode: '94105-1234',
  phone: '4155550100',
}
const businessEdits = { ...edits, doingBusinessAs: 'New Books', website: 'http://new.example' }

describe('POST /customers/{id} edits who is verified', () => {
  for (const kind of kinds)
    it(`each field of a ${kind} customer alone, then all together, and tells of nothing`, async () => {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind, 'verified')
      let expected: object = (await client.get(path)).body
      const fields = kind === 'personal' ? edits : businessEdits
      for (const edit of [...Object.entries(fields).map(([name, value]) => ({ [name]: value })), fields]) {
        expected = { ...expected, ...edit }
        const answer = await client.post(path, edit)
        assert.deepEqual(answer.body, expected)
        assert.deepEqual((await client.get(path)).body, expected)
      }
      assert.equal((await client.post(path, { ipAddress: '198.51.100.7' })).status, 200)
      const { rows } = await server.pool.query('select ip_address from customers where account_id = $1', [accountId])
      assert.deepEqual(rows, [{ ip_address: '198.51.100.7' }])
      assert.equal((await client.get('/customers?email=NEW@example.com')).body['total'], 1)
      assert.deepEqual(await topicsOf(client), ['customer_created', 'customer_verified'])
    })

  it('and takes off with an empty text what may be missing', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'business', 'verified')
    for (const name of ['address2', 'phone', 'doingBusinessAs', 'website']) {
      assert.ok(name in (await client.get(path)).body, name)
      assert.ok(!(name in (await client.post(path, { [name]: '' })).body), name)
    }
  })

  const wrong = textTable(
    ['kind', 'body', 'error'],
    `
    personal           | {"email":""}                | Required /email Email required.
    personal           | {"address1":" "}            | Required /address1 Address1 required.
    personal           | {"address1":"P.O. Box 1"}   | NotAllowed /address1 Address1 value not allowed.
    personal           | {"city":"9"}                | InvalidFormat /city City invalid.
    personal           | {"state":"GU"}              | Invalid /state State invalid.
    personal           | {"postalCode":"1"}          | InvalidFormat /postalCode PostalCode invalid.
    personal           | {"phone":"1-800"}           | InvalidFormat /phone Phone invalid.
    business           | {"website":"no"}            | InvalidFormat /website Website invalid.
    business           | {"state":""}                | Required /state State required.
    business           | {"doingBusinessAs":"§256"}  | InvalidFormat /doingBusinessAs DoingBusinessAs must be 255 or fewer characters.
    personal           | {"firstName":"Janet"}       | ReadOnly /firstName FirstName is read-only.
    personal           | {"lastName":"Jones"}        | ReadOnly /lastName LastName is read-only.
    personal           | {"dateOfBirth":"1981-01-31"} | ReadOnly /dateOfBirth DateOfBirth is read-only.
    personal           | {"ssn":"123-45-6789"}       | ReadOnly /ssn Ssn is read-only.
    personal           | {"correlationId":"c-2"}     | ReadOnly /correlationId CorrelationId is read-only.
    personal           | {"businessName":"Corp"}     | ReadOnly /businessName BusinessName is read-only.
    personal           | {"website":"https://a.b"}   | ReadOnly /website Website is read-only.
    soleProprietorship | {"ssn":"123-45-6789"}       | ReadOnly /ssn Ssn is read-only.
    soleProprietorship | {"ein":"987654321"}         | ReadOnly /ein Ein is read-only.
    business           | {"businessName":"Corp"}     | ReadOnly /businessName BusinessName is read-only.
    business           | {"businessType":"llc"}      | ReadOnly /businessType BusinessType is read-only.
    business           | {"businessClassification":"9ed3f670-7d6f-11e3-b1ce-5404a6144203"} | ReadOnly /businessClassification BusinessClassification is read-only.
    business           | {"ein":"987654321"}         | ReadOnly /ein Ein is read-only.
    business           | {"controller":{"title":"CFO"}} | ReadOnly /controller Controller is read-only.
    `,
  )
  it('but refuses what is wrong, and what is not theirs to edit, and writes nothing', async () => {
    for (const kind of kinds) {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind, 'verified')
      const before = await storedRows(server.pool, accountId)
      for (const { body, error } of wrong.filter((row) => row.kind === kind)) {
        const sent = body.replaceAll(/§(\d+)/g, (_, length) => 'x'.repeat(Number(length)))
        assert.deepEqual(errorsOf(await client.post(path, sent), body), [error], `${kind} ${body}`)
      }
      assert.deepEqual(await storedRows(server.pool, accountId), before)
    }
  })

  it('passes over what is absent, null, blank or no field at all', async () => {
    const { accountId, client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'verified')
    const before = await storedRows(server.pool, accountId)
    const nothing = { firstName: null, ssn: '', lastName: ' ', type: 'personal', id: 'x', created: 'x' }
    assert.equal(said(await client.post(path, nothing)), 'verified')
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('in kba too', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'kba')
    assert.equal((await client.post(path, { email: 'new@example.com' })).body['email'], 'new@example.com')
    assert.equal(said(await client.post(path, again('personal'))), 'ReadOnly')
  })

  it('refuses the e-mail address of another customer, of whatever kind', async () => {
    const { client } = await newWorld(server)
    const other = await customerIn(client, 'unverified', 'deactivated', {
      email: 'b@example.com',
      correlationId: 'c-2',
    })
    for (const kind of kinds) {
      const more = { email: `${kind}@example.com`, correlationId: kind }
      const path = await customerIn(client, kind as Kind, 'verified', more)
      const answer = await client.post(path, { email: 'B@example.com' })
      assert.deepEqual(errorsOf(answer), ['Duplicate /email A customer with the specified email already exists.'])
      assert.equal(JSON.parse(answer.text)._embedded.errors[0]._links.about.href, server.origin + other)
    }
  })
})
