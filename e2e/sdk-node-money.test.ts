/** Money through `dwolla-v2`, called as Dwolla's pages call it: the README of the package has no example of money. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'
import { assertLedgerHolds } from '../server/testing/ledger.ts'
import { embedded, type NodeClient, nodeClient, refused } from './node-client.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** A client, and the links of the account and of its sources. */
type Sandbox = { dwolla: NodeClient; account: string; bank: string; balance: string }

const linkOf = (resource: { readonly [member: string]: unknown } | undefined, rel = 'self'): string => {
  const links = resource?.['_links'] as { [rel: string]: { href: string } } | undefined
  return links?.[rel]?.href ?? assert.fail(`there is no link ${rel}`)
}

const newSandbox = async (): Promise<Sandbox> => {
  const dwolla = nodeClient(server, (await server.newWorld()).application)
  const account = linkOf((await dwolla.get('/')).body, 'account')
  const sources = embedded(await dwolla.get(`${account}/funding-sources`, { removed: 'false' }), 'funding-sources')
  const linkOfType = (type: string) => linkOf(sources.find((source) => String(source['type']) === type))
  return { dwolla, account, bank: linkOfType('bank'), balance: linkOfType('balance') }
}

const locationOf = ({ headers }: { headers: Headers }): string => headers.get('location') ?? assert.fail('no location')

const transferOf = (source: string, destination: string, more: object = {}) => ({
  _links: { source: { href: source }, destination: { href: destination } },
  amount: { currency: 'USD', value: '1.00' },
  ...more,
})

test('dwolla-v2 adds a bank, verifies it by micro-deposits, renames it, is paid by it, and removes it', async () => {
  const { dwolla, balance } = await newSandbox()
  const customer = locationOf(
    await dwolla.post('customers', { firstName: 'Jane', lastName: 'Doe', email: 'jane.doe@example.com' }),
  )
  const authorization = await dwolla.post('on-demand-authorizations')
  const bank = locationOf(
    await dwolla.post(`${customer}/funding-sources`, {
      _links: { 'on-demand-authorization': { href: linkOf(authorization.body) } },
      routingNumber: '222222226',
      accountNumber: '123456789',
      bankAccountType: 'checking',
      name: 'Jane Doe’s Checking',
    }),
  )
  assert.equal(locationOf(await dwolla.post(`${bank}/micro-deposits`)), `${bank}/micro-deposits`)
  const statusOf = async (path: string) => String((await dwolla.get(path)).body['status'])
  assert.equal(await statusOf(`${bank}/micro-deposits`), 'pending')
  await dwolla.post('sandbox-simulations')
  assert.equal(await statusOf(`${bank}/micro-deposits`), 'processed')
  const amounts = { amount1: { value: '0.03', currency: 'USD' }, amount2: { value: '0.09', currency: 'USD' } }
  assert.equal((await dwolla.post(`${bank}/micro-deposits`, amounts)).status, 200)
  assert.equal(await statusOf(bank), 'verified')
  assert.equal(String((await dwolla.post(bank, { name: 'Everyday' })).body['name']), 'Everyday')

  const transfer = locationOf(
    await dwolla.post('transfers', transferOf(bank, balance), { 'Idempotency-Key': 'rent-december' }),
  )
  await dwolla.post('sandbox-simulations')
  assert.equal(await statusOf(transfer), 'processed')
  assert.equal((await dwolla.post(bank, { removed: true })).status, 200)
  const left = await dwolla.get(`${customer}/funding-sources`, { removed: 'false' })
  assert.deepEqual(embedded(left, 'funding-sources'), [])
  await assertLedgerHolds(server)
})

test('dwolla-v2 pays with everything that a transfer may carry, and finds it again', async () => {
  const { dwolla, account, balance } = await newSandbox()
  const customer = locationOf(await dwolla.post('customers', wholes.business))
  const sources = embedded(await dwolla.get(`${customer}/funding-sources`), 'funding-sources')
  const transfer = locationOf(
    await dwolla.post(
      'transfers',
      transferOf(balance, linkOf(sources[0]), {
        metadata: { paymentId: '12345678', note: 'payment for completed work' },
        fees: [{ _links: { 'charge-to': { href: customer } }, amount: { value: '0.25', currency: 'USD' } }],
        clearing: { destination: 'next-available' },
        achDetails: {
          source: { addenda: { values: ['ABC123_AddendaValue'] } },
          destination: { addenda: { values: ['ZYX987_AddendaValue'] } },
        },
        correlationId: '8a2cdc8d-629d-4a24-98ac-40b735229fe2',
      }),
    ),
  )
  const { body } = await dwolla.get(transfer)
  assert.deepEqual(body['metadata'], { paymentId: '12345678', note: 'payment for completed work' })
  assert.equal((await dwolla.get(`${transfer}/fees`)).body['total'], 1)
  const [fee] = (await dwolla.get(`${transfer}/fees`)).body['transactions'] as unknown as [typeof body]
  assert.equal(linkOf((await dwolla.get(linkOf(fee))).body, 'created-from-transfer'), transfer)
  const held = await dwolla.get(`${linkOf(sources[0])}/balance`)
  assert.deepEqual(held.body['balance'], { value: '0.75', currency: 'USD' })
  const found = { correlationId: '8a2cdc8d-629d-4a24-98ac-40b735229fe2', startAmount: '1.00', endAmount: '1.00' }
  for (const owner of [account, customer])
    assert.deepEqual(
      embedded(await dwolla.get(`${owner}/transfers`, found), 'transfers').map((each) => linkOf(each)),
      [transfer],
    )
  const all = await dwolla.get(`${customer}/transfers`, { status: ['processed', 'pending'], limit: 1 })
  assert.equal(all.body['total'], 2)
  await assertLedgerHolds(server)
})

test('dwolla-v2 cancels a transfer while it may, and is told why another failed', async () => {
  const { dwolla, bank, balance } = await newSandbox()
  const transfer = locationOf(await dwolla.post('transfers', transferOf(balance, bank)))
  const cancel = linkOf((await dwolla.get(transfer)).body, 'cancel')
  assert.equal(String((await dwolla.post(cancel, { status: 'cancelled' })).body['status']), 'cancelled')
  const late = await refused(dwolla.post(transfer, { status: 'cancelled' }))
  assert.equal(embedded(late, 'errors')[0]?.['message'], 'Status not allowed.')

  assert.equal(String((await dwolla.post(bank, { name: 'R03' })).body['name']), 'R03')
  const failing = locationOf(await dwolla.post('transfers', transferOf(balance, bank)))
  await dwolla.post('sandbox-simulations')
  const failure = await dwolla.get(linkOf((await dwolla.get(failing)).body, 'failure'))
  assert.deepEqual([failure.body['code'], failure.body['description']], ['R03', 'No Account/Unable to Locate Account'])
  const short = await refused(
    dwolla.post('transfers', transferOf(balance, bank, { amount: { value: 0, currency: 'USD' } })),
  )
  assert.equal(short.status, 400)
  assert.equal(embedded(short, 'errors')[0]?.['path'], '/amount/value')
  await assertLedgerHolds(server)
})
