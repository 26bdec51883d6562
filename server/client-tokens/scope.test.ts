import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type ActionName, actions, boundTo } from '@clearyard/contract/actions.ts'
import { keyId } from '../oauth/credentials.ts'
import { aBusiness, anOwner } from '../resources/beneficial-owners/owners-fixture.ts'
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
 * What a token of each action may do with each operation of the published contract: `+` whatever the call is about, `o`
 * when it is about the token's own customer and Forbidden otherwise, `w` when it is about the token's own owner, or one
 * of its customer's, and Forbidden otherwise, `f` when it is about a funding source of the token's own customer, `p`
 * when the token is a customer's, whose the source of the payment then has to be, `.` InvalidScopes.
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
  GET /beneficial-owners/{id}                           | ...........w.......
  POST /beneficial-owners/{id}                          | ............w......
  DELETE /beneficial-owners/{id}                        | .............ww....
  GET /customers/{id}/beneficial-ownership              | ................o..
  POST /customers/{id}/beneficial-ownership             | .................o.
  GET /customers/{id}/documents                         | ....o..............
  POST /customers/{id}/documents                        | ...o...............
  GET /beneficial-owners/{id}/documents                 | ...................
  POST /beneficial-owners/{id}/documents                | ...............w...
  GET /documents/{id}                                   | ...................
  POST /customers/{id}/kba                              | ...................
  GET /kba/{id}                                         | ...................
  POST /kba/{id}                                        | ...................
  GET /customers/{id}/funding-sources                   | ......o............
  POST /customers/{id}/funding-sources                  | .....o.............
  GET /funding-sources/{id}                             | ...................
  POST /funding-sources/{id}                            | ...................
  GET /funding-sources/{id}/micro-deposits              | ...................
  POST /funding-sources/{id}/micro-deposits             | .......ff..........
  GET /funding-sources/{id}/balance                     | ...................
  GET /funding-sources/{id}/ach-routing                 | ...................
  POST /on-demand-authorizations                        | ...................
  POST /transfers                                       | .........p.........
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

const abouts = [
  'own customer',
  'other customer',
  'own owner',
  'fellow owner',
  'foreign owner',
  'own bank',
  'foreign bank',
  'nothing',
] as const
type About = (typeof abouts)[number]

/** A token is for a customer, or for one owner of a customer, who has a fellow. */
const holders = ['customer', 'owner'] as const
type Holder = (typeof holders)[number]

const meanings = textTable(
  ['mark', 'holder', ...abouts],
  `
  + | customer | granted       | granted       | granted       | granted       | granted       | granted       | granted       | granted
  + | owner    | granted       | granted       | granted       | granted       | granted       | granted       | granted       | granted
  o | customer | granted       | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden
  o | owner    | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden
  w | customer | Forbidden     | Forbidden     | granted       | granted       | Forbidden     | Forbidden     | Forbidden     | Forbidden
  w | owner    | Forbidden     | Forbidden     | granted       | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden
  f | customer | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | granted       | Forbidden     | Forbidden
  f | owner    | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden
  p | customer | granted       | granted       | granted       | granted       | granted       | granted       | granted       | granted
  p | owner    | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden     | Forbidden
  . | customer | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes
  . | owner    | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes | InvalidScopes
  `,
)

type Cell = { operation: string; action: ActionName; mark: string; holder: Holder; about: About; expected: string }

const cellsOf = (operation: string, action: ActionName, mark: string): Cell[] =>
  holders.flatMap((holder) => {
    const meaning = meanings.find((row) => row.mark === mark && row.holder === holder)
    assert.ok(meaning, `no meaning of ${mark} for a token of ${holder}`)
    return abouts.map((about) => ({ operation, action, mark, holder, about, expected: meaning[about] }))
  })

/** Every cell of the table, for either token and whatever the call is about. */
const cells = grid.flatMap(({ operation, abcdefghijklmnopqrs: marks }) =>
  Object.values(columns).flatMap((action, index) => cellsOf(operation, action as ActionName, marks[index] ?? '')),
)

const whatOf = ({ operation, action, holder, about }: Cell): string =>
  `${operation} with ${action} of the ${holder}, about ${about}`

describe('the scope of client tokens', () => {
  it('is stated for the 82 published operations and for every action', () => {
    assert.equal(new Set(grid.map((row) => row.operation)).size, 82)
    for (const { operation, abcdefghijklmnopqrs: marks } of grid) assert.match(marks, /^[+fopw.]{19}$/, operation)
    assert.deepEqual(Object.keys(columns).join(''), 'abcdefghijklmnopqrs')
    assert.deepEqual(Object.values(columns).sort(), Object.keys(actions).sort())
    for (const operation of Object.keys(boundTo))
      assert.ok(
        grid.some((row) => row.operation === operation),
        operation,
      )
  })

  const ids = Object.fromEntries(abouts.map((about) => [about, about === 'nothing' ? null : randomUUID()]))
  const customers = new Map<string | null | undefined, string | null | undefined>([
    [ids['own owner'], ids['own customer']],
    [ids['fellow owner'], ids['own customer']],
    [ids['foreign owner'], ids['other customer']],
  ])
  const sources = new Map<string | null | undefined, string | null | undefined>([
    [ids['own bank'], ids['own customer']],
    [ids['foreign bank'], ids['other customer']],
  ])
  const customerOf = {
    owner: async (id: string) => customers.get(id) ?? null,
    fundingSource: async (id: string) => sources.get(id) ?? null,
  }
  const own = { customer: { customerId: ids['own customer'] ?? '' }, owner: { ownerId: ids['own owner'] ?? '' } }

  it('is what the table says: every operation and action, of a customer and of an owner, about anybody', async () => {
    assert.equal(cells.length, 82 * 19 * 16)
    for (const cell of cells) {
      const { operation, action, holder, about, expected } = cell
      const refusal = await scopeRefusal({ action, ...own[holder] }, operation, ids[about] ?? null, customerOf)
      assert.equal(refusal ?? 'granted', expected, whatOf(cell))
    }
  })

  it('is nobody’s of a token that is for nobody, but where it does not matter who it is about', async () => {
    for (const cell of cells.filter(({ holder }) => holder === 'customer')) {
      const { operation, action, mark, about, expected } = cell
      const refusal = await scopeRefusal({ action }, operation, ids[about] ?? null, customerOf)
      const left = expected === 'granted' && mark !== '+' ? 'Forbidden' : expected
      assert.equal(refusal ?? 'granted', left, whatOf(cell))
    }
  })

  it('has nothing beyond the published operations', async () => {
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
        assert.equal(await scopeRefusal({ action, ...own.customer }, operation, 'c', customerOf), 'InvalidScopes')
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
    const business = await aBusiness(client)
    const newOwner = async () => idOf(await anOwner(client, business))
    const bank = { routingNumber: '222222226', accountNumber: '1234567890', bankAccountType: 'checking', name: 'Bank' }
    const bankId = idOf((await client.post(`${business}/funding-sources`, bank)).location ?? '')
    const token = (action: ActionName, about: { customerId?: string; ownerId?: string }) =>
      sealClientToken(server.sealer, {
        id: randomUUID(),
        accountId: world.accountId,
        keyId: keyId(world.application.key),
        generation: 1,
        action,
        ...about,
        expiresAtMs: Date.now() + 60_000,
      })
    return { customerId: idOf(business), bankId, newOwner, token }
  }

  const idOf = (path: string): string => path.split('/').at(-1) ?? ''

  /** Calls without content, of a kind that the operation reads. */
  const call = async (method: string, path: string, token: string): Promise<string> => {
    const { status, body } = await send(server.origin, method, path, {
      headers: { accept: 'application/vnd.dwolla.v1.hal+json', authorization: `Bearer ${token}` },
      ...(method === 'POST' && path.endsWith('/documents') ? { body: new FormData() } : {}),
    })
    return status === 401 || status === 403 ? `${status} ${body['code']}` : 'granted'
  }

  it('is the same for every operation that there is, and only granted calls use a token up', async () => {
    const [world, other] = [await freshWorld(), await freshWorld()]
    const owners = [await world.newOwner(), await world.newOwner(), await other.newOwner()] as const
    const served = new Set(server.app.operations.map(({ operation }) => operation))
    const reached = cells.filter(({ operation }) => served.has(operation))
    assert.equal(reached.length, served.size * 19 * 16)
    const check = async (cell: Cell) => {
      const { operation, action, holder, about, expected } = cell
      const [method = '', template = ''] = operation.split(' ')
      // what is deleted is there for one call alone
      const [own, fellow] = method === 'DELETE' ? [await world.newOwner(), await world.newOwner()] : owners
      const path = template.replace(
        '{id}',
        {
          'own customer': world.customerId,
          'other customer': other.customerId,
          'own owner': own,
          'fellow owner': fellow,
          'foreign owner': owners[2],
          'own bank': world.bankId,
          'foreign bank': other.bankId,
          nothing: 'no-id',
        }[about],
      )
      const token = world.token(action, holder === 'owner' ? { ownerId: own } : { customerId: world.customerId })
      const said = expected === 'granted' ? expected : `${expected === 'Forbidden' ? 403 : 401} ${expected}`
      assert.equal(await call(method, path, token), said, whatOf(cell))
      const again = said === 'granted' ? '401 InvalidAccessToken' : said
      // a removed owner is its customer's no more
      const isGone = method === 'DELETE' && said === 'granted' && holder === 'customer'
      assert.equal(await call(method, path, token), isGone ? '403 Forbidden' : again, `${whatOf(cell)}, once more`)
    }
    // whom a call is about makes no difference where the action does not cover the operation
    const telling = reached.filter(
      ({ expected, holder, about }) =>
        expected !== 'InvalidScopes' || (holder === 'customer' && about === 'own customer'),
    )
    for (let at = 0; at < telling.length; at += 20) await Promise.all(telling.slice(at, at + 20).map(check))
  })

  it('is sealed: a token with any bit changed is no token', async () => {
    const sealed = Buffer.from((await freshWorld()).token('customer.read', {}), 'base64url')
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
