import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { aBusiness, anOwner } from '../resources/beneficial-owners/owners-fixture.ts'
import { type Answer, type Client, clientWith, startTestServer, type TestServer } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
let client: Client
/** Customers of the client's world, of another world, and of none. */
let own: string
let foreign: string
/** An owner of a business of the client's world, and one of another world. */
let ownOwner: string
let foreignOwner: string
const unknown = '00000000-0000-4000-8000-000000000000'

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

const create = async (by: Client): Promise<string> =>
  (await by.post('/customers', jane)).location?.split('/').at(-1) ?? ''

before(async () => {
  server = await startTestServer()
  client = await server.as((await server.newWorld()).application)
  own = await create(client)
  const other = await server.as((await server.newWorld()).application)
  foreign = await create(other)
  ownOwner = await anOwner(client, await aBusiness(client))
  foreignOwner = await anOwner(other, await aBusiness(other))
})
after(() => server.stop())

/** `400 /path /path`, `200` or `403 Forbidden`. */
const said = (answer: Answer): string => {
  if (answer.status === 200) return '200'
  if ((answer.body['code'] as unknown) !== 'ValidationError') return `${answer.status} ${answer.body['code']}`
  const { errors } = JSON.parse(answer.text)._embedded
  return [answer.status, ...errors.map((e: { path: string }) => e.path)].join(' ')
}

describe('POST /client-tokens answers 200', () => {
  it('with a token and nothing else, that opens what it is for', async () => {
    const minted = await client.post('/client-tokens', {
      action: 'customer.read',
      _links: { customer: { href: `${server.origin}/customers/${own}` } },
    })
    assert.equal(minted.status, 200)
    assert.equal(minted.headers.get('content-type'), 'application/vnd.dwolla.v1.hal+json; charset=UTF-8')
    assert.equal(minted.headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(minted.body), ['token'])
    assert.match(String(minted.body['token']), /^[A-Za-z0-9_-]{50,}$/)
    const read = await clientWith(server.origin, String(minted.body['token'])).get(`/customers/${own}`)
    assert.deepEqual([read.status, read.body['id']], [200, own])
  })

  it('to a body of either media type', async () => {
    for (const type of ['application/json', 'application/vnd.dwolla.v1.hal+json', 'application/json; charset=utf-8'])
      assert.equal(
        (await client.post('/client-tokens', { action: 'customer.create' }, { 'content-type': type })).status,
        200,
      )
  })

  it('with another token each time, also under one idempotency key', async () => {
    const mint = async () =>
      String(
        (await client.post('/client-tokens', { action: 'customer.create' }, { 'idempotency-key': 'k' })).body['token'],
      )
    assert.equal(new Set([await mint(), await mint(), await mint()]).size, 3)
  })

  it('and writes nothing', async () => {
    const before = await storedRows(server.pool)
    for (let n = 0; n < 20; n++) {
      const body = { action: 'customer.update', _links: { customer: { href: `/customers/${own}` } } }
      assert.equal((await client.post('/client-tokens', body)).status, 200)
    }
    assert.deepEqual(await storedRows(server.pool), before)
  })

  it('to a customer in every state', async () => {
    const world = await server.as((await server.newWorld()).application)
    const id = await create(world)
    const body = { action: 'customer.read', _links: { customer: { href: `/customers/${id}` } } }
    for (const status of ['deactivated', 'reactivated', 'suspended']) {
      assert.equal((await world.post(`/customers/${id}`, { status })).status, 200)
      assert.equal((await world.post('/client-tokens', body)).status, 200)
    }
  })
})

/** What each action needs. A funding source is known to nobody yet, so a link to one is foreign. */
const needs = textTable(
  ['action', 'no link', 'a customer', 'an owner', 'all'],
  `
  customer.create                  | 200                       | 200                       | 200                       | 200
  customer.read                    | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.update                  | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.documents.create        | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.documents.read          | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.fundingsources.create   | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.fundingsources.read     | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.microdeposits.create    | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.microdeposits.verify    | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  customer.transfers.send          | 400 /_links/customer/href /_links/destination/href /amount | 400 /_links/destination/href /amount | 400 /_links/customer/href /_links/destination/href /amount | 403 Forbidden
  beneficialowners.create          | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  beneficialowners.read            | 400 /_links/customer/href | 200                       | 200                       | 200
  beneficialowners.update          | 400 /_links/customer/href | 200                       | 200                       | 200
  beneficialowners.delete          | 400 /_links/customer/href | 200                       | 200                       | 200
  beneficialowner.delete           | 400 /_links/customer/href | 200                       | 200                       | 200
  beneficialowner.documents.create | 400 /_links/customer/href | 200                       | 200                       | 200
  beneficialownership.read         | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  beneficialownership.certify      | 400 /_links/customer/href | 200                       | 400 /_links/customer/href | 200
  businessclassifications.read     | 200                       | 200                       | 200                       | 200
  `,
)

describe('POST /client-tokens by action and links', () => {
  const links = () => {
    const customer = { href: `/customers/${own}` }
    const owner = { href: ownOwner }
    const destination = { href: `/funding-sources/${unknown}` }
    return {
      'no link': {},
      'a customer': { _links: { customer } },
      'an owner': { _links: { 'beneficial-owner': owner } },
      all: {
        _links: { customer, 'beneficial-owner': owner, destination },
        amount: { value: '5.00', currency: 'USD' },
      },
    } as const
  }

  for (const { action, ...expected } of needs)
    it(`${action} is minted with the links it needs alone`, async () => {
      for (const [given, more] of Object.entries(links())) {
        const answer = await client.post('/client-tokens', { action, ...more })
        assert.equal(said(answer), expected[given as keyof typeof expected], `${action} with ${given}`)
      }
    })

  it('a link that the action does not need is not looked at', async () => {
    const superfluous = [
      { customer: { href: `/customers/${own}` } },
      { customer: { href: `/customers/${foreign}` } },
      { customer: { href: `/customers/${unknown}` } },
      { customer: { href: 'nonsense' } },
      { customer: { href: 7 } },
      { customer: 'nonsense' },
      { customer: null, destination: {} },
      'nonsense',
      [],
      null,
    ]
    for (const action of ['customer.create', 'businessclassifications.read'])
      for (const _links of superfluous)
        assert.equal((await client.post('/client-tokens', { action, _links })).status, 200, JSON.stringify(_links))
    const read = { action: 'customer.read', _links: { customer: { href: `/customers/${own}` }, destination: 'x' } }
    assert.equal((await client.post('/client-tokens', { ...read, amount: 'x' })).status, 200)
  })

  it('a link means its path: any host, http or https, an id in any case', async () => {
    const rows = textTable(
      ['href', 'answer'],
      String.raw`
      /customers/{own}                                   | 200
      /customers/{own}/                                  | 200
      {origin}/customers/{own}                           | 200
      http://api-sandbox.dwolla.com/customers/{own}      | 200
      https://api.dwolla.com/customers/{OWN}             | 200
      HTTP://example.com:8443/customers/{own}            | 200
      http://[::1]:8080/customers/{own}                  | 200
      //example.com/customers/{own}                      | 400 /_links/customer/href
      ftp://example.com/customers/{own}                  | 400 /_links/customer/href
      javascript:/customers/{own}                        | 400 /_links/customer/href
      http:/customers/{own}                              | 400 /_links/customer/href
      http:///customers/{own}                            | 400 /_links/customer/href
      http://a@example.com/customers/{own}               | 400 /_links/customer/href
      http://example.com\@evil.example/customers/{own}   | 400 /_links/customer/href
      http://example.com/v2/customers/{own}              | 400 /_links/customer/href
      http://example.com//customers/{own}                | 400 /_links/customer/href
      {own}                                              | 400 /_links/customer/href
      customers/{own}                                    | 400 /_links/customer/href
      /Customers/{own}                                   | 400 /_links/customer/href
      /accounts/{own}                                    | 400 /_links/customer/href
      /beneficial-owners/{own}                           | 400 /_links/customer/href
      /customers/{own}/funding-sources                   | 400 /_links/customer/href
      /customers/{own}?embed=1                           | 400 /_links/customer/href
      /customers/{own}#top                               | 400 /_links/customer/href
      /customers/{own}%20                                | 400 /_links/customer/href
      /customers/{own}\                                  | 400 /_links/customer/href
      /customers//{own}                                  | 400 /_links/customer/href
      /customers%2f{own}                                 | 400 /_links/customer/href
      /accounts/../customers/{own}                       | 400 /_links/customer/href
      /customers/no-id                                   | 400 /_links/customer/href
      /customers/                                        | 400 /_links/customer/href
      /                                                  | 400 /_links/customer/href
      `,
    )
    for (const { href: template, answer } of rows) {
      const href = template.replace('{own}', own).replace('{OWN}', own.toUpperCase()).replace('{origin}', server.origin)
      const body = { action: 'customer.read', _links: { customer: { href } } }
      assert.equal(said(await client.post('/client-tokens', body)), answer, template)
    }
  })
})

describe('POST /client-tokens answers 400', () => {
  it('to what is missing or wrong, with the path to it', async () => {
    const rows = textTable(
      ['body', 'error'],
      `
      {}                                                                    | Required /action Action required.
      {"action":null}                                                       | Required /action Action required.
      {"action":""}                                                         | Required /action Action required.
      {"action":7}                                                          | Invalid /action Action invalid.
      {"action":["customer.create"]}                                        | Invalid /action Action invalid.
      {"action":{}}                                                         | Invalid /action Action invalid.
      {"action":"customer.delete"}                                          | Invalid /action Action invalid.
      {"action":"Customer.Create"}                                          | Invalid /action Action invalid.
      {"action":"customer.create "}                                         | Invalid /action Action invalid.
      {"action":"constructor"}                                              | Invalid /action Action invalid.
      {"action":"toString"}                                                 | Invalid /action Action invalid.
      {"action":"customer.read","_links":{}}                                | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":null}                              | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":[]}                                | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":"x"}                               | Required /_links/customer/href Customer required.
      {"action":"customer.read","links":{"customer":{"href":"/"}}}          | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":null}}                 | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":{}}}                   | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":[]}}                   | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":"/customers/x"}}       | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":{"href":null}}}        | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":{"href":""}}}          | Required /_links/customer/href Customer required.
      {"action":"customer.read","_links":{"customer":{"href":7}}}           | Invalid /_links/customer/href Customer invalid.
      {"action":"customer.read","_links":{"customer":{"href":["/"]}}}       | Invalid /_links/customer/href Customer invalid.
      {"action":"customer.read","_links":{"customer":{"href":"x"}}}         | Invalid /_links/customer/href Customer invalid.
      {"action":"beneficialowners.read","_links":{"beneficial-owner":{}}}   | Required /_links/beneficial-owner/href Beneficial-owner required.
      {"action":"beneficialowners.read","_links":{"beneficial-owner":{"href":"/customers/${unknown}"}}} | Invalid /_links/beneficial-owner/href Beneficial-owner invalid.
      {"action":"customer.transfers.send","amount":{},"_links":{"customer":{"href":"x"},"destination":{"href":"/customers/${unknown}"}}} | Invalid /_links/customer/href Customer invalid. + Invalid /_links/destination/href Destination invalid. + Required /amount/value Value required. + Required /amount/currency Currency required.
      {"action":"customer.transfers.send","amount":"5.00","_links":{"customer":{"href":"/customers/${unknown}"},"destination":{"href":"/funding-sources/${unknown}"}}} | Invalid /amount Invalid amount.
      `,
    )
    for (const { body, error } of rows) {
      const answer = await client.post('/client-tokens', body)
      assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], body)
      const errors = JSON.parse(answer.text)._embedded.errors.map(
        (e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`,
      )
      assert.equal(errors.join(' + '), error, body)
    }
  })
})

describe('POST /client-tokens answers 403', () => {
  const refusedAlike = async (action: string, rel: string, hrefs: readonly string[]): Promise<void> => {
    const answers = await Promise.all(
      hrefs.map((href) => client.post('/client-tokens', { action, _links: { [rel]: { href } } })),
    )
    const headers = (answer: Answer) => [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
    const [first] = answers
    assert.deepEqual(first?.body, {
      code: 'Forbidden',
      message: 'The supplied credentials are not authorized for this resource.',
    })
    for (const answer of answers) {
      assert.equal(answer.status, 403, action)
      assert.equal(answer.text, first.text)
      assert.deepEqual(headers(answer), headers(first))
    }
  }

  it('byte for byte alike to a customer of another world and to one that nobody has', async () => {
    for (const action of ['customer.read', 'customer.update', 'beneficialowners.create', 'beneficialownership.read'])
      await refusedAlike(action, 'customer', [`/customers/${foreign}`, `/customers/${unknown}`])
  })

  it('byte for byte alike to an owner of another world, to a removed one and to one that nobody has', async () => {
    const removed = await anOwner(client, await aBusiness(client))
    assert.equal((await client.delete(removed)).status, 200)
    for (const action of ['beneficialowners.read', 'beneficialowners.update', 'beneficialowner.documents.create'])
      await refusedAlike(action, 'beneficial-owner', [foreignOwner, removed, `/beneficial-owners/${unknown}`])
  })
})

describe('a token for one owner', () => {
  it('reaches that owner, once, and neither its fellows nor its customer', async () => {
    const business = await aBusiness(client)
    const [owner, fellow] = [await anOwner(client, business), await anOwner(client, business)]
    const ask = async (path: string, method: 'get' | 'delete', action: string) => {
      const links = { customer: { href: business }, 'beneficial-owner': { href: owner } }
      const { body } = await client.post('/client-tokens', { action, _links: links })
      const browser = clientWith(server.origin, String(body['token']))
      const { status } = await browser[method](path)
      return [status, (await browser[method](path)).status]
    }
    assert.deepEqual(await ask(owner, 'get', 'beneficialowners.read'), [200, 401])
    assert.deepEqual(await ask(fellow, 'get', 'beneficialowners.read'), [403, 403])
    assert.deepEqual(await ask(`${business}/beneficial-owners`, 'get', 'beneficialowners.read'), [403, 403])
    assert.deepEqual(await ask(fellow, 'delete', 'beneficialowner.delete'), [403, 403])
    assert.deepEqual(await ask(owner, 'delete', 'beneficialowner.delete'), [200, 401])
  })
})

describe('POST /client-tokens answers 401', () => {
  it('to every client token: none can mint another', async () => {
    for (const { action } of needs.filter((row) => row['a customer'] === '200')) {
      const body = { action, _links: { customer: { href: `/customers/${own}` } } }
      const token = String((await client.post('/client-tokens', body)).body['token'])
      const answer = await clientWith(server.origin, token).post('/client-tokens', body)
      assert.deepEqual([answer.status, answer.body['code']], [401, 'InvalidScopes'], action)
    }
  })
})
