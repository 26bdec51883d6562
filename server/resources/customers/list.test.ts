import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, newWorld, statesOf } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type Listed = {
  _links: { [rel: string]: { href: string; type: string; 'resource-type': string } }
  _embedded: { customers: { firstName: string; email: string }[] }
  total: number
}

const listOf = (answer: Answer): Listed => {
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.headers.get('content-type'), 'application/vnd.dwolla.v1.hal+json; charset=UTF-8')
  return JSON.parse(answer.text)
}

const namesOf = (answer: Answer): string =>
  listOf(answer)
    ._embedded.customers.map((customer) => customer.firstName)
    .join(' ')

const errorsOf = (answer: Answer): string[] => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], answer.text)
  return JSON.parse(answer.text)._embedded.errors.map(
    (e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`,
  )
}

const people = textTable(
  ['firstName', 'lastName', 'email', 'businessName', 'type', 'status'],
  `
  Ada      | Lovelace  | ada@engine.example       | Analytical Engines | unverified   | -
  Bob      | O'Brien   | bob_b@mail.example       |                    | receive-only | -
  Cleo     | Ångström  | cleo%c@mail.example      | 50_50 Partners     | unverified   | suspended
  Dora     | Maar      | DORA@Mail.Example        | Maar, Lovelace     | receive-only | deactivated
  Ευρώπη   | Οδός      | e@mail.example           | ΟΔΟΣ ΑΕ            | unverified   | -
  `,
)

describe('GET /customers answers 200', () => {
  let client: Client
  before(async () => {
    const { application } = await server.newWorld()
    client = await server.as(application)
    for (const { status, ...person } of people) {
      const { location } = await client.post('/customers', person)
      if (status !== '-') assert.equal((await client.post(location ?? '', { status })).status, 200)
    }
  })

  it('with an empty list in a fresh world', async () => {
    const { application } = await server.newWorld()
    const list = listOf(await (await server.as(application)).get('/customers'))
    assert.deepEqual([list.total, list._embedded], [0, { customers: [] }])
    assert.deepEqual(Object.keys(list._links), ['self', 'first', 'last'])
  })

  it('with each customer as GET /customers/{id} shows it', async () => {
    for (const customer of listOf(await client.get('/customers'))._embedded.customers as unknown as { id: string }[])
      assert.deepEqual(customer, (await client.get(`/customers/${customer.id}`)).body)
  })

  it('newest first', async () => {
    assert.equal(namesOf(await client.get('/customers')), 'Ευρώπη Dora Cleo Bob Ada')
  })

  it('to a search in first name, last name, business name and e-mail, in any case', async () => {
    const searches = textTable(
      ['search', 'found'],
      `
      ada                      | Ada
      ADA                      | Ada
      da                       | Ada
      lovelace                 | Dora Ada
      LOVELACE                 | Dora Ada
      Ada Lovelace             | Ada
      o'brien                  | Bob
      engine.example           | Ada
      analytical eng           | Ada
      maar                     | Dora
      mail.EXAMPLE             | Ευρώπη Dora Cleo Bob
      ångström                 | Cleo
      ÅNGSTRÖM                 | Cleo
      A\u030angstro\u0308m      | Cleo
      οδος                     | Ευρώπη
      ΟΔΌΣ                     | Ευρώπη
      οδοσ                     | Ευρώπη
      nobody                   |
      xLovelace                |
      `,
    )
    for (const { search, found } of searches)
      assert.equal(namesOf(await client.get(`/customers?search=${encodeURIComponent(search)}`)), found, search)
  })

  it('to a search for %, _ and \\, which mean themselves', async () => {
    const searches = textTable(
      ['search', 'found'],
      String.raw`
      %      | Cleo
      %25    |
      _      | Cleo Bob
      50_50  | Cleo
      50%50  |
      5_     |
      b_b    | Bob
      a%a    |
      \      |
      \%     |
      '      | Bob
      ' or 1=1 -- |
      `,
    )
    for (const { search, found } of searches)
      assert.equal(namesOf(await client.get(`/customers?search=${encodeURIComponent(search)}`)), found, search)
  })

  it('to an e-mail address, exactly and in any case', async () => {
    const filters = textTable(
      ['email', 'found'],
      `
      ada@engine.example  | Ada
      ADA@ENGINE.EXAMPLE  | Ada
      dora@mail.example   | Dora
      ada@engine          |
      bob%b@mail.example  |
      cleo%c@mail.example | Cleo
      da@engine.example   |
      `,
    )
    for (const { email, found } of filters)
      assert.equal(namesOf(await client.get(`/customers?email=${encodeURIComponent(email)}`)), found, email)
  })

  it('to one or several statuses, and to filters together', async () => {
    const filters = textTable(
      ['query', 'found'],
      `
      status=unverified                                  | Ευρώπη Bob Ada
      status=suspended                                   | Cleo
      status=deactivated                                 | Dora
      status=suspended&status=deactivated                | Dora Cleo
      status=suspended&status=suspended                  | Cleo
      status=verified&status=retry&status=document       |
      status=kba                                         |
      status=unverified&search=example                   | Ευρώπη Bob Ada
      status=deactivated&search=lovelace                 | Dora
      status=unverified&search=lovelace                  | Ada
      search=lovelace&email=dora@mail.example            | Dora
      search=ada&email=dora@mail.example                 |
      search=mail.example&limit=2                        | Ευρώπη Dora
      search=mail.example&limit=2&offset=2               | Cleo Bob
      unknown=1                                          | Ευρώπη Dora Cleo Bob Ada
      `,
    )
    for (const { query, found } of filters) assert.equal(namesOf(await client.get(`/customers?${query}`)), found, query)
  })

  it('and counts all that match, not those of the page', async () => {
    assert.equal(listOf(await client.get('/customers?search=mail.example&limit=1')).total, 4)
    assert.equal(listOf(await client.get('/customers?offset=100')).total, 5)
  })

  it('without a customer of another world, whatever is asked', async () => {
    const { application } = await server.newWorld()
    const other = await server.as(application)
    for (const query of ['', '?search=ada', '?email=ada@engine.example', '?status=unverified', '?limit=200'])
      assert.equal(listOf(await other.get(`/customers${query}`)).total, 0)
  })
})

describe('GET /customers lists customers of every kind and status', () => {
  let client: Client
  before(async () => {
    client = (await newWorld(server)).client
    for (const kind of ['unverified', 'receive-only', 'personal', 'soleProprietorship', 'business'] as const)
      for (const [n, state] of statesOf(kind).entries()) {
        const name = `${kind} ${n}`.replace(' ', '-')
        await customerIn(client, kind, state, { lastName: name, email: `${name}@example.com`, correlationId: name })
      }
  })

  it('by status, and by what their names, business names and e-mail addresses hold', async () => {
    const filters = textTable(
      ['query', 'total'],
      `
      limit=200                                    | 25
      status=unverified                            | 2
      status=verified                              | 3
      status=retry                                 | 4
      status=kba                                   | 1
      status=document                              | 5
      status=suspended                             | 5
      status=deactivated                           | 5
      status=retry&status=document                 | 9
      status=retry&status=document&search=personal | 2
      search=business-                             | 8
      search=jane%20corp                           | 16
      search=Jane%20Corp&status=suspended          | 4
      search=personal-&status=kba                  | 1
      email=business-0@example.com                 | 1
      email=Business-0@EXAMPLE.com&status=retry    | 0
      search=controller                            | 0
      search=123                                   | 0
      search=Main%20Street                         | 0
      `,
    )
    for (const { query, total } of filters)
      assert.equal(String(listOf(await client.get(`/customers?${query}`)).total), total, query)
  })

  it('each as GET /customers/{id} shows it', async () => {
    const { _embedded } = listOf(await client.get('/customers?limit=200'))
    assert.equal(_embedded.customers.length, 25)
    for (const customer of _embedded.customers as unknown as { id: string }[])
      assert.deepEqual(customer, (await client.get(`/customers/${customer.id}`)).body)
  })
})

describe('GET /customers answers 200 page by page', () => {
  let client: Client
  before(async () => {
    const { application } = await server.newWorld({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
    client = await server.as(application)
    for (let n = 1; n <= 51; n++)
      assert.equal(
        (await client.post('/customers', { firstName: `N${n}`, lastName: 'P', email: `p${n}@page.example` })).status,
        201,
      )
  })

  const newestFirst = Array.from({ length: 51 }, (_, n) => `N${51 - n}`)

  it('of 25 unless asked, the newest first although the clock stands still', async () => {
    assert.equal(namesOf(await client.get('/customers')), newestFirst.slice(0, 25).join(' '))
  })

  it('and the links lead to every page once, forth and back', async () => {
    const pages: string[] = []
    let next: string | undefined = '/customers'
    let last: Listed | undefined
    while (next) {
      const page: Answer = await client.get(next)
      pages.push(namesOf(page))
      last = listOf(page)
      next = last._links['next']?.href
    }
    assert.deepEqual(
      pages.map((page) => page.split(' ').length),
      [25, 25, 1],
    )
    assert.equal(pages.join(' '), newestFirst.join(' '))
    const back = [namesOf(await client.get(last?._links['prev']?.href ?? '')), pages[1]]
    assert.equal(back[0], back[1])
  })

  it('with the links that Dwolla shows: the last offset is a multiple of the limit, none leads nowhere', async () => {
    const rows = textTable(
      ['query', 'self', 'first', 'next', 'prev', 'last'],
      `
      -                  |                    | ?&limit=25&offset=0 | ?&limit=25&offset=25 | -                   | ?&limit=25&offset=50
      ?offset=25         | ?offset=25         | ?&limit=25&offset=0 | ?&limit=25&offset=50 | ?&limit=25&offset=0 | ?&limit=25&offset=50
      ?offset=50         | ?offset=50         | ?&limit=25&offset=0 | -                    | ?&limit=25&offset=25 | ?&limit=25&offset=50
      ?offset=10         | ?offset=10         | ?&limit=25&offset=0 | ?&limit=25&offset=35 | ?&limit=25&offset=0 | ?&limit=25&offset=50
      ?limit=51          | ?limit=51          | ?&limit=51&offset=0 | -                    | -                   | ?&limit=51&offset=0
      ?limit=17          | ?limit=17          | ?&limit=17&offset=0 | ?&limit=17&offset=17 | -                   | ?&limit=17&offset=34
      ?limit=200         | ?limit=200         | ?&limit=200&offset=0 | -                   | -                   | ?&limit=200&offset=0
      ?limit=1&offset=50 | ?limit=1&offset=50 | ?&limit=1&offset=0  | -                    | ?&limit=1&offset=49 | ?&limit=1&offset=50
      ?search=p%20p51    | ?search=p%20p51    | ?search=p%20p51&limit=25&offset=0 | -      | -                   | ?search=p%20p51&limit=25&offset=0
      ?status=unverified&search=%40page&status=kba | ?status=unverified&search=%40page&status=kba | ?search=%40page&status=unverified&status=kba&limit=25&offset=0 | ?search=%40page&status=unverified&status=kba&limit=25&offset=25 | - | ?search=%40page&status=unverified&status=kba&limit=25&offset=50
      `,
    )
    for (const { query, ...expected } of rows) {
      const { _links } = listOf(await client.get(`/customers${query === '-' ? '' : query}`))
      const rels = Object.entries(expected).filter(([, href]) => href !== '-')
      assert.deepEqual(
        _links,
        Object.fromEntries(
          rels.map(([rel, href]) => [
            rel,
            {
              href: `${server.origin}/customers${href}`,
              type: 'application/vnd.dwolla.v1.hal+json',
              'resource-type': 'customer',
            },
          ]),
        ),
        query,
      )
    }
  })

  it('with an empty page beyond the last', async () => {
    const beyond = listOf(await client.get('/customers?offset=999999999'))
    assert.deepEqual([beyond._embedded.customers, beyond.total, beyond._links['next']], [[], 51, undefined])
  })
})

describe('GET /customers answers 400', () => {
  it('to what is no page, filter or status, everything at once', async () => {
    const rows = textTable(
      ['query', 'errors'],
      `
      limit=0             | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=201           | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=-1            | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=1.5           | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=1e2           | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=0x10          | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=%2B5          | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=ten           | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=              | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=1&limit=2     | Invalid /limit Limit must be a whole number from 1 to 200.
      limit=٥             | Invalid /limit Limit must be a whole number from 1 to 200.
      offset=-1           | Invalid /offset Offset must be a whole number from 0 to 999999999.
      offset=1000000000   | Invalid /offset Offset must be a whole number from 0 to 999999999.
      offset=x            | Invalid /offset Offset must be a whole number from 0 to 999999999.
      search=a&search=b   | Invalid /search Search may be given once.
      search=%00          | Invalid /search Search invalid.
      email=a&email=b     | Invalid /email Email may be given once.
      email=a%00@b.co     | Invalid /email Email invalid.
      status=Unverified   | Invalid /status Status must be one of unverified, retry, kba, document, verified, suspended, deactivated.
      status=             | Invalid /status Status must be one of unverified, retry, kba, document, verified, suspended, deactivated.
      status=kba&status=x | Invalid /status Status must be one of unverified, retry, kba, document, verified, suspended, deactivated.
      limit=0&offset=x&search=a&search=b | Invalid /limit Limit must be a whole number from 1 to 200. + Invalid /offset Offset must be a whole number from 0 to 999999999. + Invalid /search Search may be given once.
      `,
    )
    const { application } = await server.newWorld()
    const client = await server.as(application)
    for (const { query, errors } of rows)
      assert.equal(errorsOf(await client.get(`/customers?${query}`)).join(' + '), errors, query)
  })
})
