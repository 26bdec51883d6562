import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type ActionName, actions, boundTo } from '@clearyard/contract/actions.ts'
import { keyId } from '../oauth/credentials.ts'
import { clientWith, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { textTable } from '../testing/text-table.ts'
import { openClientToken, scopeRefusal, sealClientToken } from './client-token.ts'

/** Every action, under the letter of its column below. */
const columns: { readonly [letter: string]: string } = {
  a: 'customer.create',
  b: 'customer.read',
  c: 'customer.update',
  d: 'customer.documents.create',
  e: 'customer.documents.read',
  f: 'customer.fundingsources.create',
  g: 'customer.fundingsources.read',
  h: 'customer.microdeposits.create',
  i: 'customer.microdeposits.verify',
  j: 'customer.transfers.send',
  k: 'beneficialowners.create',
  l: 'beneficialowners.read',
  m: 'beneficialowners.update',
  n: 'beneficialowners.delete',
  o: 'beneficialowner.delete',
  p: 'beneficialowner.documents.create',
  q: 'beneficialownership.read',
  r: 'beneficialownership.certify',
  s: 'businessclassifications.read',
}

/**
 * What a token of each action may do with each operation of the published contract: `+` whatever the call is about,
 * `o` when it is about the token's own customer and Forbidden otherwise, `x` Forbidden whatever it is about (there are
 * no owners, funding sources and transfers yet that could be the token's own), `.` InvalidScopes.
 */
const grid = textTable(
  ['operation', 'abcdefghijklmnopqrs'],
  `
  POST /token                                           | ...................
  GET /                                                 | ...................
  GET /accounts/{id}                                    | ...................
  POST /funding-sources                                 | ...................
  GET /accounts/{id}/funding-sources                    | ...................
  GET /accounts/{id}/transfers                          | ...................
  GET /accounts/{id}/mass-payments                      | ...................
  GET /customers                                        | ...................
  POST /customers                                       | +..................
  GET /customers/{id}                                   | .o.................
  POST /customers/{id}                                  | ..o................
  GET /business-classifications                         | ..................+
  GET /business-classifications/{id}                    | ..................+
  GET /customers/{id}/beneficial-owners                 | ...........o.......
  POST /customers/{id}/beneficial-owners                | ..........o........
  GET /beneficial-owners/{id}                           | ...........x.......
  POST /beneficial-owners/{id}                          | ............x......
  DELETE /beneficial-owners/{id}                        | .............xx....
  GET /customers/{id}/beneficial-ownership              | ................o..
  POST /customers/{id}/beneficial-ownership             | .................o.
  GET /customers/{id}/documents                         | ....o..............
  POST /customers/{id}/documents                        | ...o...............
  GET /beneficial-owners/{id}/documents                 | ...................
  POST /beneficial-owners/{id}/documents                | ...............x...
  GET /documents/{id}                                   | ...................
  POST /customers/{id}/kba                              | ...................
  GET /kba/{id}                                         | ...................
  POST /kba/{id}                                        | ...................
  GET /customers/{id}/funding-sources                   | ......o............
  POST /customers/{id}/funding-sources                  | .....o.............
  GET /funding-sources/{id}                             | ...................
  POST /funding-sources/{id}                            | ...................
  GET /funding-sources/{id}/micro-deposits              | ...................
  POST /funding-sources/{id}/micro-deposits             | .......xx..........
  GET /funding-sources/{id}/balance                     | ...................
  GET /funding-sources/{id}/ach-routing                 | ...................
  POST /on-demand-authorizations                        | ...................
  POST /transfers                                       | .........x.........
  GET /transfers/{id}                                   | ...................
  POST /transfers/{id}                                  | ...................
  GET /customers/{id}/transfers                         | ...................
  GET /transfers/{id}/fees                              | ...................
  GET /transfers/{id}/failure                           | ...................
  POST /mass-payments                                   | ...................
  GET /mass-payments/{id}                               | ...................
  POST /mass-payments/{id}                              | ...................
  GET /mass-payments/{id}/items                         | ...................
  GET /mass-payment-items/{itemId}                      | ...................
  GET /customers/{id}/mass-payments                     | ...................
  GET /labels/{id}                                      | ...................
  DELETE /labels/{id}                                   | ...................
  GET /customers/{id}/labels                            | ...................
  POST /customers/{id}/labels                           | ...................
  GET /labels/{id}/ledger-entries                       | ...................
  POST /labels/{id}/ledger-entries                      | ...................
  GET /ledger-entries/{ledgerEntryId}                   | ...................
  POST /label-reallocations                             | ...................
  GET /label-reallocations/{reallocationId}             | ...................
  GET /events                                           | ...................
  GET /events/{id}                                      | ...................
  GET /webhook-subscriptions                            | ...................
  POST /webhook-subscriptions                           | ...................
  GET /webhook-subscriptions/{id}                       | ...................
  POST /webhook-subscriptions/{id}                      | ...................
  DELETE /webhook-subscriptions/{id}                    | ...................
  GET /webhook-subscriptions/{id}/webhooks              | ...................
  GET /webhooks/{id}                                    | ...................
  GET /webhooks/{id}/retries                            | ...................
  POST /webhooks/{id}/retries                           | ...................
  POST /sandbox-simulations                             | ...................
  GET /exchange-partners                                | ...................
  GET /exchange-partners/{id}                           | ...................
  GET /exchanges                                        | ...................
  POST /exchanges                                       | ...................
  GET /exchanges/{id}                                   | ...................
  GET /customers/{id}/exchanges                         | ...................
  POST /customers/{id}/exchanges                        | ...................
  POST /customers/{id}/exchange-sessions                | ...................
  GET /exchange-sessions/{id}                           | ...................
  POST /exchanges/{id}/exchange-sessions                | ...................
  GET /customers/{id}/available-exchange-connections    | ...................
  POST /client-tokens                                   | ...................
  `,
)

type About = 'its own customer' | 'another customer' | 'nothing'
const abouts: readonly About[] = ['its own customer', 'another customer', 'nothing']

const meaning: { readonly [mark: string]: { readonly [about in About]: string } } = {
  '+': { 'its own customer': 'granted', 'another customer': 'granted', nothing: 'granted' },
  o: { 'its own customer': 'granted', 'another customer': 'Forbidden', nothing: 'Forbidden' },
  x: { 'its own customer': 'Forbidden', 'another customer': 'Forbidden', nothing: 'Forbidden' },
  '.': { 'its own customer': 'InvalidScopes', 'another customer': 'InvalidScopes', nothing: 'InvalidScopes' },
}

/** Every cell of the table, as (operation, action, what it means). */
const cells = grid.flatMap(({ operation, abcdefghijklmnopqrs: marks }) =>
  Object.values(columns).map((action, index) => ({
    operation,
    action: action as ActionName,
    expected: meaning[marks[index] ?? ''] ?? assert.fail(`no mark for ${operation} ${action}`),
  })),
)

describe('the scope of client tokens', () => {
  it('is stated for the 82 published operations and for every action', () => {
    assert.equal(new Set(grid.map((row) => row.operation)).size, 82)
    for (const { operation, abcdefghijklmnopqrs: marks } of grid) assert.match(marks, /^[+ox.]{19}$/, operation)
    assert.deepEqual(Object.keys(columns).join(''), 'abcdefghijklmnopqrs')
    assert.deepEqual(Object.values(columns).sort(), Object.keys(actions).sort())
    for (const operation of Object.keys(boundTo))
      assert.ok(
        grid.some((row) => row.operation === operation),
        operation,
      )
  })

  it('is what the table says: every operation, every action, its own customer, another and none', () => {
    const [own, another] = [randomUUID(), randomUUID()]
    const ids = { 'its own customer': own, 'another customer': another, nothing: null }
    for (const { operation, action, expected } of cells)
      for (const about of abouts)
        assert.equal(
          scopeRefusal({ action, customerId: own }, operation, ids[about]) ?? 'granted',
          expected[about],
          `${operation} with ${action}, about ${about}`,
        )
  })

  it('is nobody’s without a customer, but where no customer is asked for', () => {
    for (const { operation, action, expected } of cells)
      for (const id of [randomUUID(), null])
        assert.equal(
          scopeRefusal({ action }, operation, id) ?? 'granted',
          expected.nothing === 'granted' ? 'granted' : expected['another customer'],
          `${operation} with ${action}`,
        )
  })

  it('has nothing beyond the published operations', () => {
    const others = [
      'GET /nowhere',
      'get /customers/{id}',
      'PUT /customers/{id}',
      'POST /_clearyard/worlds',
      '',
      'toString',
    ]
    for (const operation of others)
      for (const action of Object.keys(actions) as ActionName[])
        assert.equal(scopeRefusal({ action, customerId: 'c' }, operation, 'c'), 'InvalidScopes')
  })
})

describe('the scope of client tokens on the running server', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server.stop())

  const freshWorld = async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const customerId = (await client.post('/customers', person)).location?.split('/').at(-1) ?? ''
    const token = (action: ActionName) =>
      sealClientToken(server.sealer, {
        id: randomUUID(),
        accountId: world.accountId,
        keyId: keyId(world.application.key),
        generation: 1,
        action,
        customerId,
        expiresAtMs: Date.now() + 60_000,
      })
    return { customerId, token }
  }

  it('is the same for every operation that there is, and only granted calls use a token up', async () => {
    const [world, other] = [await freshWorld(), await freshWorld()]
    const ids = { 'its own customer': world.customerId, 'another customer': other.customerId, nothing: 'no-id' }
    const served = new Set(server.app.operations.map(({ operation }) => operation))
    const reached = cells.filter(({ operation }) => served.has(operation))
    assert.equal(reached.length, served.size * 19)
    const check = async ({ operation, action, expected }: (typeof cells)[number]) => {
      const [method = '', template = ''] = operation.split(' ')
      for (const about of abouts) {
        const path = template.replace('{id}', ids[about])
        const what = `${method} ${path} with ${action}, about ${about}`
        const { token } = clientWith(server.origin, world.token(action))
        const call = async () => {
          const { status, body } = await send(server.origin, method, path, {
            headers: { accept: 'application/vnd.dwolla.v1.hal+json', authorization: `Bearer ${token}` },
          })
          return status === 401 || status === 403 ? `${status} ${body['code']}` : 'granted'
        }
        const said = { granted: 'granted', Forbidden: '403 Forbidden', InvalidScopes: '401 InvalidScopes' }[
          expected[about]
        ]
        assert.equal(await call(), said, what)
        assert.equal(await call(), said === 'granted' ? '401 InvalidAccessToken' : said, `${what}, once more`)
      }
    }
    for (let at = 0; at < reached.length; at += 20) await Promise.all(reached.slice(at, at + 20).map(check))
  })

  it('is sealed: a token with any bit changed is no token', async () => {
    const sealed = Buffer.from((await freshWorld()).token('customer.read'), 'base64url')
    assert.equal(openClientToken(server.sealer, sealed)?.action, 'customer.read')
    for (let at = 0; at < sealed.length; at++)
      for (const bit of [1, 128]) {
        const changed = Buffer.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ bit
        assert.equal(openClientToken(server.sealer, changed), null, `byte ${at}`)
      }
    for (let length = 0; length < sealed.length; length++)
      assert.equal(openClientToken(server.sealer, sealed.subarray(0, length)), null)
    const answer = await clientWith(server.origin, sealed.toString('base64url').slice(0, -4)).get('/')
    assert.deepEqual([answer.status, answer.body['code']], [401, 'InvalidAccessToken'])
  })
})
