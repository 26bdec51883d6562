import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

describe('GET /accounts/{id} answers 200', () => {
  it('to the token’s own account, its id in any case', async () => {
    const world = await server.newWorld({ name: 'Jane’s Platform' })
    const client = await server.as(world.application)
    const link = (path: string, resourceType: string) => ({
      href: server.origin + path,
      type: 'application/vnd.dwolla.v1.hal+json',
      'resource-type': resourceType,
    })
    for (const id of [world.accountId, world.accountId.toUpperCase()]) {
      const account = await client.get(`/accounts/${id}`)
      assert.equal(account.status, 200)
      assert.deepEqual(account.body, {
        _links: {
          self: link(`/accounts/${world.accountId}`, 'account'),
          receive: link('/transfers', 'transfer'),
          send: link('/transfers', 'transfer'),
          'funding-sources': link(`/accounts/${world.accountId}/funding-sources`, 'funding-source'),
          transfers: link(`/accounts/${world.accountId}/transfers`, 'transfer'),
          customers: link('/customers', 'customer'),
        },
        id: world.accountId,
        name: 'Jane’s Platform',
        timezoneOffset: -6,
        type: 'Commercial',
      })
    }
  })
})

describe('GET /accounts/{id} answers 404', () => {
  it('alike to another world’s account, to what is no account and to what is no id', async () => {
    const [own, foreign] = [await server.newWorld(), await server.newWorld()]
    const client = await server.as(own.application)
    const ids = [foreign.accountId, foreign.id, own.id, own.application.id, 'default', 'no-id']
    for (const id of ids) {
      const answer = await client.get(`/accounts/${id}`)
      assert.equal(answer.status, 404, id)
      assert.deepEqual(answer.body, { code: 'NotFound', message: 'The requested resource was not found.' })
    }
  })
})
