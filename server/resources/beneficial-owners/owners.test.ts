import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { controllerAddress, foreignAddress, owner, passport } from '@clearyard/contract/whole-bodies-fixture.ts'
import { openCell } from '../../gate/sealed.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { rounds } from '../../testing/rounds.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { errorsOf, newWorld, relsOf, topicsOf } from '../customers/customers-fixture.ts'
import { aBusiness, anOwner } from './owners-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const idIn = (path: string): string => path.split('/').at(-1) ?? ''

/** What was told of owners since the customer was there, without what all these topics begin with. */
const toldOf = async (client: Client): Promise<string> =>
  (await topicsOf(client))
    .filter((topic) => topic.startsWith('customer_beneficial_owner_'))
    .map((topic) => topic.replace('customer_beneficial_owner_', ''))
    .join(' ')

/** The status and links of an owner. */
const stateOf = ({ status, text, body }: Answer): string => {
  assert.equal(status, 200, text)
  return `${body['verificationStatus']} ${relsOf(JSON.parse(text))}`
}

const listOf = async (client: Client, business: string) => {
  const answer = await client.get(`${business}/beneficial-owners`)
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

/** A person with a passport instead of an SSN. */
const stranger = () => {
  const { ssn: _, ...rest } = owner
  return { ...rest, address: foreignAddress, passport }
}

describe('an owner', () => {
  it('is shown as it was given, but for what identifies it, which is sealed', async () => {
    const { accountId, client } = await newWorld(server)
    const business = await aBusiness(client)
    const path = await anOwner(client, business)
    const id = idIn(path)
    const { text } = await client.get(path)
    const { created, ...shown } = JSON.parse(text)
    assert.deepEqual(shown, {
      _links: {
        self: {
          href: server.origin + path,
          type: 'application/vnd.dwolla.v1.hal+json',
          'resource-type': 'beneficial-owner',
        },
      },
      id,
      firstName: 'Olive',
      lastName: 'Owner',
      address: controllerAddress,
      verificationStatus: 'verified',
    })
    assert.ok(Math.abs(Date.parse(created) - Date.now()) < 600_000)
    assert.deepEqual(await listOf(client, business), {
      _links: {
        self: {
          href: `${server.origin}${business}/beneficial-owners`,
          type: 'application/vnd.dwolla.v1.hal+json',
          'resource-type': 'beneficial-owner',
        },
      },
      _embedded: { 'beneficial-owners': [JSON.parse(text)] },
      total: 1,
    })
    const { rows } = await server.pool.query('select sealed_identity from beneficial_owners where id = $1', [id])
    const cell = { accountId, table: 'beneficial_owners', id, column: 'sealed_identity' }
    const identity = openCell(server.sealer, cell, rows[0].sealed_identity)
    assert.deepEqual(JSON.parse(identity), { dateOfBirth: '1970-05-05', ssn: '123456789' })
  })

  it('from abroad is identified by a passport', async () => {
    const { accountId, client } = await newWorld(server)
    const business = await aBusiness(client)
    const added = await client.post(`${business}/beneficial-owners`, stranger())
    assert.equal(added.status, 201, added.text)
    const id = idIn(added.location ?? '')
    assert.deepEqual(JSON.parse((await client.get(added.location ?? '')).text).address, foreignAddress)
    const { rows } = await server.pool.query('select sealed_identity from beneficial_owners where id = $1', [id])
    const cell = { accountId, table: 'beneficial_owners', id, column: 'sealed_identity' }
    const identity = openCell(server.sealer, cell, rows[0].sealed_identity)
    assert.deepEqual(JSON.parse(identity), { dateOfBirth: '1970-05-05', passport })
  })

  it('is listed with the others of its business alone, newest first', async () => {
    const { client } = await newWorld(server)
    const [business, other] = [await aBusiness(client), await aBusiness(client)]
    const paths: string[] = []
    for (const name of ['Ada', 'Bea', 'Cleo']) paths.unshift(await anOwner(client, business, name))
    await anOwner(client, other)
    const { total, _embedded } = await listOf(client, business)
    assert.deepEqual(
      [total, ..._embedded['beneficial-owners'].map(({ id }: { id: string }) => `/beneficial-owners/${id}`)],
      [3, ...paths],
    )
  })

  it('is refused with everything that is wrong with it, and nothing is written', async () => {
    const { accountId, client } = await newWorld(server)
    const business = await aBusiness(client)
    const path = await anOwner(client, business, 'incomplete')
    const before = await storedRows(server.pool, accountId)
    const rows = textTable(
      ['body', 'errors'],
      `
      {}                                 | Required /firstName, Required /lastName, Required /dateOfBirth, Required /ssn, Required /address
      {"firstName":null}                 | Required /firstName
      {"firstName":"a<b"}                | InvalidFormat /firstName
      {"lastName":7}                     | Invalid /lastName
      {"dateOfBirth":"31.1.1980"}        | InvalidFormat /dateOfBirth
      {"dateOfBirth":"1800-01-01"}       | NotAllowed /dateOfBirth
      {"ssn":"1234"}                     | InvalidFormat /ssn
      {"passport":{}}                    | NotAllowed /passport
      {"ssn":null,"passport":{}}         | Required /passport/number, Required /passport/country
      {"address":"1 Main St"}            | Invalid /address
      {"address":{"country":"US"}}       | Required /address/address1, Required /address/city, Required /address/stateProvinceRegion, Required /address/postalCode
      {"address":{"address1":"PO Box 7","city":"Rome","stateProvinceRegion":"RM","country":"IT"}} | NotAllowed /address/address1
      `,
    )
    for (const { body, errors } of rows)
      for (const target of [`${business}/beneficial-owners`, path]) {
        const sent = body === '{}' ? {} : { ...owner, ...JSON.parse(body) }
        const found = errorsOf(await client.post(target, sent), body).map((e) => e.split(' ').slice(0, 2).join(' '))
        assert.equal(found.join(', '), errors, body)
      }
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('comes of age by the world’s clock', async () => {
    const { client } = await newWorld(server, { clock: { mode: 'frozen', set: '2031-06-15T12:00:00Z' } })
    const business = await aBusiness(client)
    const add = (dateOfBirth: string) => client.post(`${business}/beneficial-owners`, { ...owner, dateOfBirth })
    assert.equal((await add('2013-06-15')).status, 201)
    assert.deepEqual(errorsOf(await add('2013-06-16')), ['NotAllowed /dateOfBirth DateOfBirth value not allowed.'])
  })
})

/** What a name does to an owner who is added, and to one who was incomplete and says it again. */
const steering = textTable(
  ['firstName', 'is', 'told', 'says it again', 'told then'],
  `
  Olive      | verified self                        | verified                     | verified self                      | verified
  incomplete | incomplete self retry-verification   | reverification_needed        | document self verify-with-document | verification_document_needed
  Incomplete | incomplete self retry-verification   | reverification_needed        | document self verify-with-document | verification_document_needed
  document   | document self verify-with-document   | verification_document_needed | document self verify-with-document | verification_document_needed
  `,
)

describe('the first name of an owner steers the sandbox:', () => {
  for (const { firstName, told, ...row } of steering)
    it(`${firstName} is ${row.is.split(' ')[0]}, and ${row['says it again'].split(' ')[0]} the second time`, async () => {
      const { client } = await newWorld(server)
      const business = await aBusiness(client)
      assert.equal(stateOf(await client.get(await anOwner(client, business, firstName))), row.is)
      assert.equal(await toldOf(client), `created ${told}`)
      const retrying = await anOwner(client, business, 'incomplete')
      const again = { ...stranger(), firstName, lastName: 'Again' }
      const said = await client.post(retrying, again)
      assert.equal(stateOf(said), row['says it again'])
      assert.deepEqual(said.body, (await client.get(retrying)).body)
      const { lastName, address } = JSON.parse(said.text)
      assert.deepEqual([lastName, address], ['Again', foreignAddress])
      assert.equal(await toldOf(client), `created ${told} created reverification_needed ${row['told then']}`)
    })

  it('each event leads to the owner, and to its customer', async () => {
    const { client } = await newWorld(server)
    const business = await aBusiness(client)
    const path = await anOwner(client, business)
    const { events } = JSON.parse((await client.get('/events')).text)._embedded
    for (const event of events.slice(0, 2)) {
      assert.equal(event.resourceId, idIn(path))
      assert.equal(event._links.resource.href, server.origin + path)
      assert.equal(event._links.customer.href, server.origin + business)
    }
  })
})

describe('an owner is said again', () => {
  const refused = { code: 'InvalidResourceState', message: 'Owner cannot be updated.' }

  for (const names of [['Olive'], ['document'], ['incomplete', 'Olive'], ['incomplete', 'incomplete']])
    it(`not once it was ${names.join(', then ')}, and then nothing is written`, async () => {
      const { accountId, client } = await newWorld(server)
      const [first = '', ...more] = names
      const path = await anOwner(client, await aBusiness(client), first)
      for (const firstName of more) assert.equal((await client.post(path, { ...owner, firstName })).status, 200)
      const before = await storedRows(server.pool, accountId)
      const answer = await client.post(path, owner)
      assert.deepEqual([answer.status, answer.body], [403, refused])
      assert.deepEqual(await storedRows(server.pool, accountId), before)
    })

  it('by one of many who try at once', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const { client } = await newWorld(server)
      const path = await anOwner(client, await aBusiness(client), 'incomplete')
      const answers = await Promise.all(Array.from({ length: 8 }, () => client.post(path, owner)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(403)])
      assert.equal(await toldOf(client), 'created reverification_needed verified')
    }
  })
})

describe('a removed owner', () => {
  for (const firstName of ['Olive', 'incomplete', 'document'])
    it(`who was ${firstName} is answered as it was, without a step to take, and is nobody afterwards`, async () => {
      const { client } = await newWorld(server)
      const business = await aBusiness(client)
      const fellow = await anOwner(client, business, 'Fellow')
      const path = await anOwner(client, business, firstName)
      const { _links, ...shown } = JSON.parse((await client.get(path)).text)
      const removed = await client.delete(path)
      assert.equal(removed.status, 200)
      assert.deepEqual(JSON.parse(removed.text), { _links: { self: _links.self }, ...shown })
      const gone = { code: 'NotFound', message: 'Beneficial owner not found.' }
      for (const answer of [await client.get(path), await client.delete(path)])
        assert.deepEqual([answer.status, answer.body], [404, gone])
      const updated = await client.post(path, owner)
      assert.deepEqual([updated.status, updated.body], [404, { code: 'NotFound', message: 'Owner not found.' }])
      const { total, _embedded } = await listOf(client, business)
      assert.deepEqual([total, _embedded['beneficial-owners'][0].id], [1, idIn(fellow)])
      assert.equal((await toldOf(client)).split(' ').at(-1), 'removed')
    })

  it('is removed by one of many who try at once', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const { client } = await newWorld(server)
      const path = await anOwner(client, await aBusiness(client))
      const answers = await Promise.all(Array.from({ length: 8 }, () => client.delete(path)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(404)])
      assert.equal(await toldOf(client), 'created verified removed')
    }
  })

  it('goes although a body comes along, as some clients send one', async () => {
    const { client } = await newWorld(server)
    const path = await anOwner(client, await aBusiness(client))
    const headers = { ...{ accept: 'application/vnd.dwolla.v1.hal+json' }, authorization: `Bearer ${client.token}` }
    const answer = await fetch(server.origin + path, {
      method: 'DELETE',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"any":"thing"}',
    })
    assert.equal(answer.status, 200)
  })
})
