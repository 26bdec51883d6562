/** Queries of lists: pages, their links as they were recorded, and what is refused, on every list there is. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../testing/harness.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'

let server: TestServer
let client: Client
/** The e-mails of the customers, newest first. */
const emails: string[] = []

const lists = [
  ['/customers', 'customers', 'customer'],
  ['/events', 'events', 'event'],
] as const

before(async () => {
  server = await startTestServer()
  client = await server.as((await server.newWorld()).application)
  for (let n = 1; n <= 7; n++) {
    const email = `ada${n}@x.test`
    assert.equal((await client.post('/customers', { firstName: `A b ${n}`, lastName: 'é&_', email })).status, 201)
    emails.unshift(email)
  }
})

after(() => server.stop())

type Listed = {
  _links: { [rel: string]: { href: string; type: string; 'resource-type': string } }
  _embedded: { [name: string]: { id: string; email: string }[] }
  total: number
}

const listed = (answer: Answer): Listed => {
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text)
}

const links = ({ _links }: Listed): string =>
  Object.entries(_links)
    .map(([rel, { href }]) => `${rel} ${href.replace(server.origin, '')}`)
    .join('\n')

/** `path code message` of each error of a ValidationError. */
const errorsOf = (answer: Answer): string => {
  assert.equal(answer.status, 400, answer.text)
  const { code, message, _embedded } = JSON.parse(answer.text)
  assert.equal(code, 'ValidationError')
  assert.equal(message, 'Validation error(s) present. See embedded errors list for more details.')
  return _embedded.errors
    .map((e: { path: string; code: string; message: string; _links: object }) => {
      assert.deepEqual(Object.keys(e), ['code', 'message', 'path', '_links'])
      assert.deepEqual(e._links, {})
      return `${e.path} ${e.code} ${e.message}`
    })
    .join(' | ')
}

describe('pages', () => {
  for (const [path, name, resourceType] of lists)
    test(`${path}: following next gives everything once, newest first, and prev leads back`, async () => {
      const ids: string[] = []
      let href = `${path}?limit=3`
      let previous: string | undefined
      for (let pages = 0; ; pages++) {
        assert.ok(pages < 5)
        const page = listed(await client.get(href))
        assert.equal(page.total, 7)
        for (const { type, 'resource-type': kind } of Object.values(page._links))
          assert.deepEqual([type, kind], [halType, resourceType])
        ids.push(...(page._embedded[name] ?? []).map(({ id }) => id))
        const { next, prev } = page._links
        if (prev) {
          const back = listed(await client.get(prev.href))
          assert.equal(back._embedded[name]?.[0]?.id, previous)
        }
        previous = page._embedded[name]?.[0]?.id
        if (!next) break
        href = next.href
      }
      assert.equal(ids.length, 7)
      assert.equal(new Set(ids).size, 7)
      const whole = listed(await client.get(path))
      assert.deepEqual(
        whole._embedded[name]?.map(({ id }) => id),
        ids,
      )
      if (name === 'customers')
        assert.deepEqual(
          whole._embedded[name]?.map(({ email }) => email),
          emails,
        )
    })

  test('are 25 long and begin at the start unless asked otherwise', async () => {
    assert.equal(
      links(listed(await client.get('/customers'))),
      'self /customers\nfirst /customers?&limit=25&offset=0\nlast /customers?&limit=25&offset=0',
    )
    assert.equal(
      links(listed(await client.get('/events?'))),
      'self /events\nfirst /events?&limit=25&offset=0\nlast /events?&limit=25&offset=0',
    )
  })

  test('link to the others of the same search, and to themselves as they were asked for', async () => {
    const query = 'search=a%20B+&status=unverified&status=verified&limit=2&offset=2&x=1'
    const found = listed(await client.get(`/customers?${query}`))
    assert.equal(found.total, 7)
    assert.equal(
      links(found),
      [
        `self /customers?${query}`,
        'first /customers?search=a%20B%20&status=unverified&status=verified&limit=2&offset=0',
        'next /customers?search=a%20B%20&status=unverified&status=verified&limit=2&offset=4',
        'prev /customers?search=a%20B%20&status=unverified&status=verified&limit=2&offset=0',
        'last /customers?search=a%20B%20&status=unverified&status=verified&limit=2&offset=6',
      ].join('\n'),
    )
    for (const { href } of Object.values(found._links)) assert.equal(listed(await client.get(href)).total, 7, href)
  })

  test('beyond the end are empty and link back', async () => {
    const far = listed(await client.get('/customers?limit=200&offset=999999999'))
    assert.deepEqual(far._embedded, { customers: [] })
    assert.equal(far.total, 7)
    assert.equal(far._links['next'], undefined)
    assert.equal(far._links['prev']?.href, `${server.origin}/customers?&limit=200&offset=999999799`)
    assert.equal(far._links['last']?.href, `${server.origin}/customers?&limit=200&offset=0`)
  })

  test('may be asked for with encoded digits', async () => {
    assert.equal(listed(await client.get('/customers?%6cimit=%35'))._embedded['customers']?.length, 5)
  })
})

describe('a query is refused', () => {
  const limit = '/limit Invalid Limit must be a whole number from 1 to 200.'
  const offset = '/offset Invalid Offset must be a whole number from 0 to 999999999.'

  for (const [path] of lists) {
    test(`${path}: a limit that is none`, async () => {
      const bad =
        '|0|201|-1|+5|5.0|1e1|0x5|%205|5%20|five|NaN|Infinity|%EF%BC%95|1_0|%00|5%00|99999999999999999999|null|%zz|%ff'
      for (const value of bad.split('|'))
        assert.equal(errorsOf(await client.get(`${path}?limit=${value}`)), limit, value)
      assert.equal(errorsOf(await client.get(`${path}?limit`)), limit)
      for (const twice of ['limit=5&limit=5', 'limit=5&limit=6', 'limit=5&Limit=6&limit=', 'limit=5&%6cimit=5'])
        assert.equal(errorsOf(await client.get(`${path}?${twice}`)), limit, twice)
    })

    test(`${path}: an offset that is none`, async () => {
      for (const value of ['', '-1', '1000000000', '1.5', 'x', '0x0', '9'.repeat(400)])
        assert.equal(errorsOf(await client.get(`${path}?offset=${value}`)), offset, value)
      assert.equal(errorsOf(await client.get(`${path}?offset=0&offset=0`)), offset)
    })

    test(`${path}: both at once, each said`, async () => {
      assert.equal(errorsOf(await client.get(`${path}?offset=x&limit=x`)), `${limit} | ${offset}`)
    })
  }

  test('that gives what may be given once twice', async () => {
    assert.equal(
      errorsOf(await client.get('/customers?search=a&search=a')),
      '/search Invalid Search may be given once.',
    )
    assert.equal(errorsOf(await client.get('/customers?email=a&email=b')), '/email Invalid Email may be given once.')
  })

  test('with NUL anywhere', async () => {
    assert.equal(errorsOf(await client.get('/customers?search=a%00b')), '/search Invalid Search invalid.')
    assert.equal(errorsOf(await client.get('/customers?email=%00')), '/email Invalid Email invalid.')
    assert.equal(errorsOf(await client.get('/customers?search=%00&search=a')), '/search Invalid Search invalid.')
  })

  test('with a status that is none', async () => {
    const known =
      '/status Invalid Status must be one of unverified, retry, kba, document, verified, suspended, deactivated.'
    for (const value of ['', 'active', 'Unverified', 'unverified,verified', 'constructor', '__proto__'])
      assert.equal(errorsOf(await client.get(`/customers?status=${value}`)), known, value)
    assert.equal(errorsOf(await client.get('/customers?status=unverified&status=x')), known)
  })

  test('for everything that is wrong with it at once', async () => {
    assert.equal(
      errorsOf(await client.get('/customers?limit=0&offset=x&search=%00&email=a&email=b&status=x'))
        .split(' | ')
        .map((e) => e.split(' ')[0])
        .join(' '),
      '/limit /offset /search /email /status',
    )
  })
})

describe('a query means what it says', () => {
  const totals = async (table: string): Promise<void> => {
    for (const row of table.trim().split('\n')) {
      const [query = '', total] = row.trim().split(' -> ')
      assert.equal(String(listed(await client.get(`/customers?${query}`)).total), total, query)
    }
  }

  test('spaces, signs and wildcards are themselves', () =>
    totals(`
      search=a%20b -> 7
      search=a+b -> 7
      search=A%2Bb -> 0
      search=%25 -> 0
      search=%26 -> 7
      search=%25_ -> 0
      search=_%25 -> 0
      search=_ -> 7
      search=ada_ -> 0
      search=ada%25test -> 0
      search=%5C -> 0
      search=%5C%25 -> 0
      search=' -> 0
      search=%27%20or%201%3D1-- -> 0
      search=%C3%89 -> 7
      search=%C3%A9%26_ -> 7
      search= -> 7
      search=ada3@x.test -> 1
      email=ADA3@X.TEST -> 1
      email=ada -> 0
      email=ada_@x.test -> 0
      email=%25 -> 0
      search=ada&email=ada1@x.test&status=unverified -> 1`))

  test('what cannot be decoded is taken for no character there is, and finds nobody', () =>
    totals(`
      search=%zz -> 0
      search=% -> 0
      search=%ff -> 0
      search=%c3%28 -> 0
      search=%ed%a0%80 -> 0
      search=%F0%9F%98%80 -> 0
      email=%ff%fe -> 0`))

  test('a link for what could not be decoded can be followed', async () => {
    for (const query of ['search=%ff&limit=1', 'search=%zz', 'search=%', 'search=%25zz'])
      for (const { href } of Object.values(listed(await client.get(`/customers?${query}`))._links))
        assert.equal((await client.get(href)).status, 200, href)
  })

  test('parameters that nobody knows are passed over, and stay in self alone', async () => {
    const page = listed(await client.get('/customers?__proto__=1&constructor=x&x[]=1&x[a]=2&limit[]=9&&=&limit=7'))
    assert.equal(
      page._links['self']?.href,
      `${server.origin}/customers?__proto__=1&constructor=x&x[]=1&x[a]=2&limit[]=9&&=&limit=7`,
    )
    assert.equal(page._links['first']?.href, `${server.origin}/customers?&limit=7&offset=0`)
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
  })

  test('a second question mark belongs to the query', async () => {
    const headers = { authorization: `Bearer ${client.token}`, accept: halType }
    const reply = await ask(server.origin, 'GET', '/customers?search=a?limit=1', headers)
    assert.equal(reply.status, 200)
    assert.equal(JSON.parse(reply.text).total, 0)
  })
})
