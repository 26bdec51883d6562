import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, startTestServer, type TestServer } from '../../testing/harness.ts'

let server: TestServer
let own: Client
let foreign: Client
let id: string

before(async () => {
  server = await startTestServer()
  const [first, second] = [await server.newWorld(), await server.newWorld()]
  own = await server.as(first.application)
  foreign = await server.as(second.application)
  const created = await own.post('/customers', { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' })
  id = created.location?.split('/').at(-1) ?? ''
})
after(() => server.stop())

describe('GET /customers/{id} answers 200', () => {
  it('to its id in any case, and as a whole URL', async () => {
    for (const path of [`/customers/${id}`, `/customers/${id.toUpperCase()}`, `${server.origin}/customers/${id}`]) {
      const answer = await own.get(path)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), 'application/vnd.dwolla.v1.hal+json; charset=UTF-8')
      assert.equal(answer.body['id'], id)
      assert.equal(answer.body['_links']?.['self']?.['href'], `${server.origin}/customers/${id}`)
    }
  })
})

describe('GET /customers/{id} answers 404', () => {
  it('alike to an id of another world, an unknown one and what is none', async () => {
    const answers = [
      await foreign.get(`/customers/${id}`),
      await own.get('/customers/00000000-0000-4000-8000-000000000000'),
      await own.get('/customers/no-id'),
      await own.get(`/customers/${id}x`),
      await own.get('/customers/%00'),
      await own.get(`/customers/${id.slice(0, -1)}`),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 404)
      assert.deepEqual(answer.body, { code: 'NotFound', message: 'Customer not found.' })
      assert.equal(
        answer.headers.get('content-type'),
        'application/vnd.dwolla.v1.hal+json; profile="http://nocarrier.co.uk/profiles/vnd.error/"; charset=UTF-8',
      )
    }
  })
})
