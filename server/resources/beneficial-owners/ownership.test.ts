import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { owner } from '@clearyard/contract/whole-bodies-fixture.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { rounds } from '../../testing/rounds.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import {
  again,
  customerIn,
  errorsOf,
  type Kind,
  newWorld,
  relsOf,
  statesOf,
  topicsOf,
} from '../customers/customers-fixture.ts'
import { aBusiness, anOwner } from './owners-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const certified = { status: 'certified' }

const certify = (client: Client, business: string) => client.post(`${business}/beneficial-ownership`, certified)

const ownershipOf = async (client: Client, business: string): Promise<string> =>
  String((await client.get(`${business}/beneficial-ownership`)).body['status'])

/** The links of a customer that are about its owners. */
const ownerRels = async (client: Client, business: string): Promise<string> =>
  relsOf(JSON.parse((await client.get(business)).text))
    .split(' ')
    .filter((rel) => rel.includes('owner'))
    .sort()
    .join(' ')

const said = ({ status, body }: Answer): string => (status < 300 ? String(status) : `${status} ${body['code']}`)

/** What about owners each kind of customer is answered in each state, and the links it has that are about them. */
const may = textTable(
  ['kind', 'state', 'read', 'list', 'add', 'certify', 'links'],
  `
  unverified         | unverified                 | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  unverified         | suspended                  | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  unverified         | deactivated                | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  receive-only       | unverified                 | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  receive-only       | suspended                  | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  receive-only       | deactivated                | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | verified                   | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | retry                      | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | kba                        | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | document                   | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | suspended                  | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  personal           | deactivated                | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  soleProprietorship | verified                   | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  soleProprietorship | retry                      | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  soleProprietorship | document                   | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  soleProprietorship | suspended                  | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  soleProprietorship | deactivated                | 404 NotFound | 200 | 403 Forbidden            | 403 Forbidden            |
  business           | verified                   | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | retry of the business      | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | retry of both              | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | document of the controller | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | document of the business   | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | document of both           | 200          | 200 | 201                      | 200                      | beneficial-owners certify-beneficial-ownership verify-beneficial-owners
  business           | suspended                  | 200          | 200 | 403 InvalidResourceState | 403 InvalidResourceState | beneficial-owners
  business           | deactivated                | 200          | 200 | 403 InvalidResourceState | 403 InvalidResourceState | beneficial-owners
  `,
)

describe('who has owners to name and certify', () => {
  it('is stated for every kind of customer in every state', () => {
    const kinds = [...new Set(may.map((row) => row.kind))]
    for (const kind of kinds)
      assert.deepEqual(
        may.filter((row) => row.kind === kind).map((row) => row.state),
        statesOf(kind as Kind),
      )
    assert.equal(kinds.length, 5)
  })

  for (const { kind, state, links, ...expected } of may)
    it(`${kind}, ${state}`, async () => {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      assert.equal(await ownerRels(client, path), links)
      const before = await storedRows(server.pool, accountId)
      const answers = {
        read: await client.get(`${path}/beneficial-ownership`),
        list: await client.get(`${path}/beneficial-owners`),
        add: await client.post(`${path}/beneficial-owners`, owner),
        certify: await certify(client, path),
      }
      assert.deepEqual(
        Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, said(answer)])),
        expected,
      )
      if (expected.add !== '201') assert.deepEqual(await storedRows(server.pool, accountId), before)
      if (expected.add === '403 Forbidden')
        assert.deepEqual(
          [answers.read, answers.add, answers.certify].map(({ body }) => body['message']),
          [
            'Ownership certification status not found.',
            'Forbidden from adding an owner to this customer.',
            'Forbidden from updating beneficial ownership status for this customer.',
          ],
        )
    })

  for (const then of ['suspended', 'deactivated'])
    it(`a business that is ${then} later keeps its owners as they are, and offers no step`, async () => {
      const { accountId, client } = await newWorld(server)
      const business = await aBusiness(client)
      const owners = [
        await anOwner(client, business),
        await anOwner(client, business, 'incomplete'),
        await anOwner(client, business, 'document'),
      ]
      assert.equal((await client.post(business, { status: then })).status, 200)
      const before = await storedRows(server.pool, accountId)
      assert.equal(await ownerRels(client, business), 'beneficial-owners')
      for (const path of owners) {
        assert.equal(relsOf(JSON.parse((await client.get(path)).text)), 'self')
        assert.equal(said(await client.post(path, owner)), '403 InvalidResourceState')
        assert.equal(said(await client.delete(path)), '403 InvalidResourceState')
      }
      const listed = JSON.parse((await client.get(`${business}/beneficial-owners`)).text)
      assert.deepEqual(listed._embedded['beneficial-owners'].map(relsOf), ['self', 'self', 'self'])
      assert.equal(said(await client.post(`${business}/beneficial-owners`, owner)), '403 InvalidResourceState')
      assert.equal(said(await certify(client, business)), '403 InvalidResourceState')
      assert.deepEqual(await storedRows(server.pool, accountId), before)
      if (then === 'deactivated') {
        assert.equal((await client.post(business, { status: 'reactivated' })).status, 200)
        assert.equal((await client.delete(owners[1] ?? '')).status, 200)
      }
    })
})

describe('a business that turns out to be a sole proprietorship', () => {
  it('has nobody to name or certify, and the owners it named stay as they were', async () => {
    const { client } = await newWorld(server)
    const business = await customerIn(client, 'business', 'retry of both')
    const path = await anOwner(client, business, 'incomplete')
    const retried = await client.post(business, again('soleProprietorship'))
    assert.deepEqual([retried.status, retried.body['businessType']], [200, 'soleProprietorship'], retried.text)
    assert.equal(await ownerRels(client, business), '')
    assert.equal(said(await client.get(`${business}/beneficial-ownership`)), '404 NotFound')
    for (const answer of [await certify(client, business), await client.post(`${business}/beneficial-owners`, owner)])
      assert.equal(said(answer), '403 Forbidden')
    for (const answer of [await client.post(path, owner), await client.delete(path)])
      assert.equal(said(answer), '403 InvalidResourceState')
    assert.equal(relsOf(JSON.parse((await client.get(path)).text)), 'self')
  })
})

describe('certifying', () => {
  it('answers the ownership as it then is, tells nobody, and may be done twice', async () => {
    const { client } = await newWorld(server)
    const business = await aBusiness(client)
    const path = `${business}/beneficial-ownership`
    const links = {
      self: {
        href: server.origin + path,
        type: 'application/vnd.dwolla.v1.hal+json',
        'resource-type': 'beneficial-ownership',
      },
    }
    assert.deepEqual((await client.get(path)).body, { _links: links, status: 'uncertified' })
    for (let time = 0; time < 2; time++) {
      const answer = await certify(client, business)
      assert.deepEqual([answer.status, answer.body], [200, { _links: links, ...certified }])
      assert.deepEqual((await client.get(path)).body, answer.body)
    }
    assert.deepEqual(await topicsOf(client), ['customer_created', 'customer_verified'])
  })

  it('is all that can be asked of an ownership', async () => {
    const { client } = await newWorld(server)
    const path = `${await aBusiness(client)}/beneficial-ownership`
    const rows = textTable(
      ['body', 'error'],
      `
      {}                         | Required /status Status required.
      {"status":null}            | Required /status Status required.
      {"status":""}              | Required /status Status required.
      {"status":"uncertified"}   | Invalid /status Status invalid.
      {"status":"recertify"}     | Invalid /status Status invalid.
      {"status":"Certified"}     | Invalid /status Status invalid.
      {"status":7}               | Invalid /status Status invalid.
      {"status":["certified"]}   | Invalid /status Status invalid.
      `,
    )
    for (const { body, error } of rows) assert.deepEqual(errorsOf(await client.post(path, body), body), [error])
    assert.equal((await client.get(path)).body['status'], 'uncertified')
  })
})

/**
 * Lives of an ownership, step by step: what is done, and the ownership then. A duration lets time pass; names are those
 * of owners who are added, `retry` and `remove` are done to the last.
 */
const lives = textTable(
  ['steps', 'states'],
  `
  Olive, certify, Otto                          | uncertified, certified, recertify
  certify, Olive                                | certified, recertify
  certify, Olive, certify                       | certified, recertify, certified
  Olive, certify, remove                        | uncertified, certified, recertify
  incomplete, certify, retry                    | uncertified, certified, recertify
  certify, P400D                                | certified, certified
  certify, Olive, P29DT23H59M59.999S            | certified, recertify, recertify
  certify, Olive, P30D                          | certified, recertify, uncertified
  certify, Olive, P20D, remove, P9D, P1D        | certified, recertify, recertify, recertify, recertify, uncertified
  certify, Olive, P20D, certify, P20D           | certified, recertify, recertify, certified, certified
  certify, Olive, P20D, certify, Otto, P20D     | certified, recertify, recertify, certified, recertify, recertify
  certify, Olive, P30D, Otto, P1D               | certified, recertify, uncertified, uncertified, uncertified
  certify, Olive, P30D, certify, P400D          | certified, recertify, uncertified, certified, certified
  `,
)

describe('an ownership', () => {
  for (const { steps, states } of lives)
    it(`${steps}: ${states}`, async () => {
      const world = await server.newWorld({ clock: { mode: 'frozen', set: '2031-01-31T12:00:00Z' } })
      const client = await server.as(world.application)
      const business = await aBusiness(client)
      assert.equal(await ownershipOf(client, business), 'uncertified')
      let last = ''
      const seen: string[] = []
      for (const step of steps.split(', ')) {
        if (step === 'certify') assert.equal((await certify(client, business)).status, 200)
        else if (step === 'retry') assert.equal((await client.post(last, owner)).status, 200)
        else if (step === 'remove') assert.equal((await client.delete(last)).status, 200)
        else if (step.startsWith('P')) await server.operate('POST', `/worlds/${world.id}/clock`, { advance: step })
        else last = await anOwner(client, business, step)
        const status = await ownershipOf(client, business)
        seen.push(status)
        const rels = (await ownerRels(client, business)).split(' ')
        assert.equal(rels.includes('certify-beneficial-ownership'), status !== 'certified')
      }
      assert.equal(seen.join(', '), states)
    })
})

describe('a business whose owners are certified', () => {
  it('is asked for owners while one of them is not verified', async () => {
    const { client } = await newWorld(server)
    const business = await aBusiness(client)
    assert.equal((await certify(client, business)).status, 200)
    const asked = async () => {
      assert.equal((await certify(client, business)).status, 200)
      return (await ownerRels(client, business)).includes('verify-beneficial-owners')
    }
    assert.equal(await asked(), false)
    await anOwner(client, business)
    assert.equal(await asked(), false)
    const [incomplete, documented] = [
      await anOwner(client, business, 'incomplete'),
      await anOwner(client, business, 'document'),
    ]
    assert.equal(await asked(), true)
    assert.equal((await client.post(incomplete, owner)).status, 200)
    assert.equal(await asked(), true)
    assert.equal((await client.delete(documented)).status, 200)
    assert.equal(await asked(), false)
  })

  it('has as many owners outstanding as are not verified, however many change at once', async () => {
    const names = ['Olive', 'incomplete', 'document']
    const { client } = await newWorld(server)
    for (let round = 0; round < rounds(10); round++) {
      const business = await aBusiness(client)
      const added = await Promise.all(Array.from({ length: 12 }, (_, n) => anOwner(client, business, names[n % 3])))
      await Promise.all(
        added.map((path, n) =>
          n % 4 === 0 ? client.delete(path) : n % 3 === 1 ? client.post(path, owner) : client.get(path),
        ),
      )
      const id = business.split('/').at(-1)
      const { rows } = await server.pool.query(
        `select outstanding_owners as counted,
          (select count(*)::int from beneficial_owners o where o.account_id = c.account_id and o.customer_id = c.id
            and not is_removed and verification_status <> 'verified') as are
        from customers c where id = $1`,
        [id],
      )
      assert.equal(rows[0].counted, rows[0].are)
      assert.ok(rows[0].are > 0 && rows[0].are < 8)
    }
  })
})
