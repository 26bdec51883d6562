import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com', businessName: 'Jane Corp' }

const freshClient = async () => {
  const { accountId, application } = await server.newWorld()
  return { accountId, client: await server.as(application) }
}

const create = async (client: Client, body: object = jane): Promise<string> => {
  const created = await client.post('/customers', body)
  assert.equal(created.status, 201, created.text)
  return `/customers/${created.location?.split('/').at(-1)}`
}

const errorsOf = (answer: Answer, sent = ''): string[] => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], `${sent} ${answer.text}`)
  return JSON.parse(answer.text)._embedded.errors.map(
    (e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`,
  )
}

/** The members of a customer that an edit may change. */
const editable = (answer: Answer) => {
  assert.equal(answer.status, 200, answer.text)
  const { firstName, lastName, email, businessName } = JSON.parse(answer.text)
  return { firstName, lastName, email, businessName }
}

describe('POST /customers/{id} answers 200', () => {
  for (const type of ['unverified', 'receive-only'])
    it(`with the whole ${type} customer, each field changed alone and all together`, async () => {
      const { client } = await freshClient()
      const path = await create(client, { ...jane, type, correlationId: 'c-1' })
      const before = JSON.parse((await client.get(path)).text)
      const edits = [
        { firstName: 'Janet' },
        { lastName: 'Müller-Ngô' },
        { email: 'janet@example.com' },
        { businessName: 'Janet & Söhne' },
        { firstName: 'J', lastName: 'M', email: 'j@m.example', businessName: 'B' },
        { firstName: 'Jane', lastName: null, businessName: null },
      ]
      let expected = before
      for (const edit of edits) {
        const given = Object.entries(edit).filter(([, value]) => value !== null)
        expected = { ...expected, ...Object.fromEntries(given) }
        const answer = await client.post(path, edit)
        assert.equal(answer.status, 200, answer.text)
        assert.deepEqual(answer.body, expected)
        assert.deepEqual((await client.get(path)).body, expected)
      }
    })

  it('to a body without any field, and changes nothing', async () => {
    const { accountId, client } = await freshClient()
    const path = await create(client)
    const before = await storedRows(server.pool, accountId)
    for (const body of [undefined, {}, { firstName: null }])
      assert.deepEqual(editable(await client.post(path, body)), jane)
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('to an empty business name, which takes it off', async () => {
    const { client } = await freshClient()
    for (const nothing of ['', ' ']) {
      const path = await create(client, { ...jane, email: `a${nothing.length}@example.com` })
      assert.ok('businessName' in (await client.get(path)).body)
      assert.ok(!('businessName' in (await client.post(path, { businessName: nothing })).body))
      assert.ok(!('businessName' in (await client.get(path)).body))
    }
  })

  it('to its own e-mail address, in any case', async () => {
    const { client } = await freshClient()
    const path = await create(client)
    for (const email of ['jane@example.com', 'JANE@example.com'])
      assert.equal((await client.post(path, { email })).body['email'], email)
  })

  it('to an e-mail address that a customer gave up, in an edit and in a creation', async () => {
    const { client } = await freshClient()
    const first = await create(client)
    assert.equal((await client.post(first, { email: 'second@example.com' })).status, 200)
    await create(client)
    assert.equal((await client.post(first, { email: 'third@example.com' })).status, 200)
    await create(client, { ...jane, email: 'second@example.com' })
  })

  it('and two customers can change addresses through a third', async () => {
    const { client } = await freshClient()
    const [a, b] = [await create(client), await create(client, { ...jane, email: 'b@example.com' })]
    for (const [path, email] of [
      [a, 'free@example.com'],
      [b, 'jane@example.com'],
      [a, 'b@example.com'],
    ] as const)
      assert.equal((await client.post(path, { email })).status, 200)
    assert.equal((await client.get(a)).body['email'], 'b@example.com')
    assert.equal((await client.get(b)).body['email'], 'jane@example.com')
  })

  it('and searches find the customer by what it is now', async () => {
    const { client } = await freshClient()
    const path = await create(client)
    assert.equal((await client.post(path, { lastName: 'Other', email: 'x@new.example', businessName: '' })).status, 200)
    const totals: string[] = []
    for (const query of ['search=merchant', 'search=jane%20corp', 'search=other', 'search=new.', 'email=x@new.example'])
      totals.push(`${query} ${(await client.get(`/customers?${query}`)).body['total']}`)
    assert.deepEqual(totals, [
      'search=merchant 0',
      'search=jane%20corp 0',
      'search=other 1',
      'search=new. 1',
      'email=x@new.example 1',
    ])
  })

  it('and sets nothing but the fields that are a client’s to edit', async () => {
    const { accountId, client } = await freshClient()
    const path = await create(client, { ...jane, correlationId: 'c-1', ipAddress: '192.0.2.7', phone: '5155550100' })
    const before = await storedRows(server.pool, accountId)
    const foreign = '11111111-1111-4111-8111-111111111111'
    const answer = await client.post(path, {
      id: foreign,
      accountId: foreign,
      account_id: foreign,
      created: '2001-01-01T00:00:00Z',
      ordinal: 1,
      total: 7,
      correlationId: 'c-2',
      correlation_id: 'c-2',
      ipAddress: '192.0.2.8',
      phone: '5155550199',
      email_key: 'other@example.com',
      search_text: 'other',
      first_name: 'Other',
      _links: { self: { href: `/customers/${foreign}` } },
      _embedded: {},
    })
    assert.deepEqual(editable(answer), jane)
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('and tells of no event: Dwolla has no topic for an edit', async () => {
    const { client } = await freshClient()
    const path = await create(client)
    assert.equal((await client.post(path, { firstName: 'Janet' })).status, 200)
    assert.equal((await client.get('/events')).body['total'], 1)
  })
})

describe('POST /customers/{id} answers 400', () => {
  it('to each field that is wrong, by the rules of creation, and to an empty one but the business name', async () => {
    const rows = textTable(
      ['body', 'error'],
      String.raw`
      {"firstName":""}             | Required /firstName FirstName required.
      {"firstName":" "}            | Required /firstName FirstName required.
      {"firstName":"<b>"}          | InvalidFormat /firstName FirstName invalid.
      {"firstName":1}              | Invalid /firstName FirstName invalid.
      {"firstName":"§51"}          | InvalidFormat /firstName FirstName must be 50 or fewer characters.
      {"lastName":""}              | Required /lastName LastName required.
      {"lastName":"\t"}            | Required /lastName LastName required.
      {"lastName":"a\\b"}          | InvalidFormat /lastName LastName invalid.
      {"email":""}                 | Required /email Email required.
      {"email":"  "}               | Required /email Email required.
      {"email":"jane"}             | InvalidFormat /email Email invalid.
      {"email":{}}                 | Invalid /email Email invalid.
      {"businessName":"§256"}      | InvalidFormat /businessName BusinessName must be 255 or fewer characters.
      {"businessName":"$1"}        | InvalidFormat /businessName BusinessName invalid.
      {"businessName":false}       | Invalid /businessName BusinessName invalid.
      {"type":"Personal"}          | Invalid /type Type invalid.
      {"type":"verified"}          | Invalid /type Type invalid.
      {"type":""}                  | Invalid /type Type invalid.
      {"type":7}                   | Invalid /type Type invalid.
      {"type":["personal"]}        | Invalid /type Type invalid.
      {"type":"valueOf"}           | Invalid /type Type invalid.
      {"status":"verified"}        | Invalid /status Status invalid.
      {"status":"unverified"}      | Invalid /status Status invalid.
      {"status":"Suspended"}       | Invalid /status Status invalid.
      {"status":""}                | Invalid /status Status invalid.
      {"status":1}                 | Invalid /status Status invalid.
      {"status":["suspended"]}     | Invalid /status Status invalid.
      {"status":"toString"}        | Invalid /status Status invalid.
      `,
    )
    const { accountId, client } = await freshClient()
    const path = await create(client)
    const before = await storedRows(server.pool, accountId)
    for (const { body, error } of rows) {
      const sent = body.replaceAll(/§(\d+)/g, (_, length) => 'x'.repeat(Number(length)))
      assert.deepEqual(errorsOf(await client.post(path, sent), body), [error], body)
    }
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('with everything that is wrong at once, in the order of the fields', async () => {
    const { client } = await freshClient()
    const path = await create(client)
    assert.deepEqual(errorsOf(await client.post(path, { businessName: '<', email: 'x', lastName: '', firstName: 1 })), [
      'Invalid /firstName FirstName invalid.',
      'Required /lastName LastName required.',
      'InvalidFormat /email Email invalid.',
      'InvalidFormat /businessName BusinessName invalid.',
    ])
  })

  it('to another customer’s e-mail address, in any case, with a link to it, and writes nothing', async () => {
    const { accountId, client } = await freshClient()
    const [path, other] = [await create(client), await create(client, { ...jane, email: 'josé@example.com' })]
    const before = await storedRows(server.pool, accountId)
    const answer = await client.post(path, { firstName: 'Changed', email: 'JOSÉ@Example.com' })
    assert.deepEqual(errorsOf(answer), ['Duplicate /email A customer with the specified email already exists.'])
    assert.equal(JSON.parse(answer.text)._embedded.errors[0]._links.about.href, server.origin + other)
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })
})

describe('POST /customers/{id} answers 404', () => {
  it('alike to a customer of another world, an unknown one and what is no id, to edits and changes of status', async () => {
    const [own, foreign] = [await freshClient(), await freshClient()]
    const path = await create(foreign.client)
    const before = await storedRows(server.pool, foreign.accountId)
    const paths = [path, '/customers/00000000-0000-4000-8000-000000000000', '/customers/no-id', `${path}%20`]
    for (const unknown of paths)
      for (const body of [{}, { firstName: 'Changed' }, { status: 'deactivated' }, { email: 'jane@example.com' }]) {
        const answer = await own.client.post(unknown, body)
        assert.equal(answer.status, 404, `${unknown} ${answer.text}`)
        assert.deepEqual(answer.body, { code: 'NotFound', message: 'Customer not found.' })
      }
    assert.deepEqual(await storedRows(server.pool, foreign.accountId), before)
  })
})
