import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

describe('GET / answers 200', () => {
  it('with links to the account and to each collection there is, by which a client begins', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const link = (path: string, resourceType: string) => ({
      href: server.origin + path,
      type: 'application/vnd.dwolla.v1.hal+json',
      'resource-type': resourceType,
    })
    const root = await client.get('/')
    assert.equal(root.status, 200)
    assert.equal(root.headers.get('content-type'), 'application/vnd.dwolla.v1.hal+json; charset=UTF-8')
    assert.deepEqual(root.body, {
      _links: {
        account: link(`/accounts/${world.accountId}`, 'account'),
        customers: link('/customers', 'customer'),
        events: link('/events', 'event'),
      },
    })
    for (const { href } of Object.values(JSON.parse(root.text)._links) as { href: string }[])
      assert.equal((await client.get(href)).status, 200, href)
  })

  it('with the origin it was asked at', async () => {
    const client = await server.as()
    const { port } = new URL(server.origin)
    const root = await client.get(`http://localhost:${port}/`)
    assert.match(String(root.body['_links']?.['account']?.['href']), new RegExp(`^http://localhost:${port}/accounts/`))
  })
})
