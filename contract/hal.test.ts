/** Links as they are answered: with the origin of the request, and paging as it was recorded. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { link, pagingLinks, withOrigin } from './hal.ts'

const type = 'application/vnd.dwolla.v1.hal+json'

test('a link says what it leads to', () => {
  assert.deepEqual(link('/funding-sources/1', 'funding-source'), {
    href: '/funding-sources/1',
    type: 'application/vnd.dwolla.v1.hal+json',
    'resource-type': 'funding-source',
  })
})

describe('an origin is put before', () => {
  test('every path in the links of a body and of what it embeds, at any depth', () => {
    const body = {
      _links: { self: { href: '/a', type }, about: { href: 'https://else.example/b' } },
      _embedded: {
        items: [
          { _links: { self: { href: '/a/1' } }, _embedded: { parts: [{ _links: { self: { href: '/a/1/x' } } }] } },
          { name: 'without links' },
        ],
        errors: [],
      },
      total: 2,
    }
    assert.deepEqual(withOrigin(body, 'https://here.example:1'), {
      _links: { self: { href: 'https://here.example:1/a', type }, about: { href: 'https://else.example/b' } },
      _embedded: {
        items: [
          {
            _links: { self: { href: 'https://here.example:1/a/1' } },
            _embedded: { parts: [{ _links: { self: { href: 'https://here.example:1/a/1/x' } } }] },
          },
          { name: 'without links' },
        ],
        errors: [],
      },
      total: 2,
    })
    assert.equal(body._links.self.href, '/a', 'and the body itself is left as it was')
  })

  test('where each of its forms is sent to', () => {
    const form = (href: string) => ({ _links: { target: { href } }, method: 'POST', fields: [{ value: '/a' }] })
    const body = { _links: { self: { href: '/a' } }, _forms: { default: form('/a'), other: form('/b') } }
    assert.deepEqual(withOrigin(body, 'https://here.example'), {
      _links: { self: { href: 'https://here.example/a' } },
      _forms: { default: form('https://here.example/a'), other: form('https://here.example/b') },
    })
  })

  test('nothing that a person wrote', () => {
    const written = {
      name: '/customers/1',
      href: '/customers/1',
      note: { _links: { self: { href: '/x' } }, href: '/x' },
      list: ['/a', { href: '/b', _links: { c: { href: '/c' } } }],
      nothing: null,
      amount: { value: '5.00', currency: 'USD' },
    }
    assert.deepEqual(withOrigin({ _links: { self: { href: '/me' } }, ...written }, 'http://o'), {
      _links: { self: { href: 'http://o/me' } },
      ...written,
    })
  })

  test('no body that is no object', () => {
    for (const body of [null, 'text', 5, true, [], ['/a'], {}]) assert.deepEqual(withOrigin(body, 'http://o'), body)
  })
})

describe('paging links', () => {
  const list = { path: '/customers', query: '', filters: [], resourceType: 'customer' }
  const hrefs = (links: ReturnType<typeof pagingLinks>) =>
    Object.entries(links)
      .map(([rel, { href }]) => `${rel} ${href}`)
      .join('\n')

  test('are these, by total, limit and offset', () => {
    // total limit offset | next prev last
    const table = `
      0 25 0 | - - 0
      1 25 0 | - - 0
      25 25 0 | - - 0
      26 25 0 | 25 - 25
      26 25 25 | - 0 25
      51 25 0 | 25 - 50
      51 25 25 | 50 0 50
      51 25 50 | - 25 50
      50 25 25 | - 0 25
      7 1 3 | 4 2 6
      7 3 1 | 4 0 6
      7 3 5 | - 2 6
      7 200 0 | - - 0
      3 2 10 | - 8 2
      0 25 5 | - 0 0`
    for (const row of table.trim().split('\n')) {
      const [given = '', expected = ''] = row.trim().split(' | ')
      const [total = 0, limit = 0, offset = 0] = given.split(' ').map(Number)
      const links = pagingLinks(list, { limit, offset }, total)
      const found = (['next', 'prev', 'last'] as const).map(
        (rel) => /offset=(\d+)$/.exec(links[rel]?.href ?? '')?.[1] ?? '-',
      )
      assert.equal(found.join(' '), expected, row)
      assert.equal(links['first']?.href, `/customers?&limit=${limit}&offset=0`)
      assert.equal(links['self']?.href, '/customers')
      for (const each of Object.values(links))
        assert.deepEqual({ ...each, href: '' }, { href: '', type, 'resource-type': 'customer' })
    }
  })

  test('keep the query of self as it came, and rebuild the others from what it meant', () => {
    const links = pagingLinks(
      {
        ...list,
        query: 'search=a%20b+c&status=verified&status=retry&limit=2',
        filters: [
          ['search', 'a b c'],
          ['status', 'verified'],
          ['status', 'retry'],
        ],
      },
      { limit: 2, offset: 2 },
      5,
    )
    assert.equal(
      hrefs(links),
      [
        'self /customers?search=a%20b+c&status=verified&status=retry&limit=2',
        'first /customers?search=a%20b%20c&status=verified&status=retry&limit=2&offset=0',
        'next /customers?search=a%20b%20c&status=verified&status=retry&limit=2&offset=4',
        'prev /customers?search=a%20b%20c&status=verified&status=retry&limit=2&offset=0',
        'last /customers?search=a%20b%20c&status=verified&status=retry&limit=2&offset=4',
      ].join('\n'),
    )
  })

  test('let no value of a filter become part of the link', () => {
    const filters = [['search', 'a&limit=1#x?y=/é\ud800"<']] as const
    const { first } = pagingLinks({ ...list, filters }, { limit: 25, offset: 0 }, 1)
    assert.equal(first?.href, '/customers?search=a%26limit%3D1%23x%3Fy%3D%2F%C3%A9%EF%BF%BD%22%3C&limit=25&offset=0')
    const read = new URL(first?.href ?? '', 'http://h').searchParams
    assert.deepEqual([...read.keys()], ['search', 'limit', 'offset'])
  })
})
