/** A page lets somebody pay what was agreed: from a source of their own, and nothing else. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { errorsOf } from '../resources/customers/customers-fixture.ts'
import { idIn, newPlace, type Place } from '../resources/transfers/transfers-fixture.ts'
import { type Client, clientWith, startTestServer, type TestServer } from '../testing/harness.ts'
import { assertLedgerHolds } from '../testing/ledger.ts'

let server: TestServer
let place: Place
before(async () => {
  server = await startTestServer()
  place = await newPlace(server)
})
after(() => server.stop())

const sourceLink = (name: string) => ({ href: `${server.origin}/funding-sources/${place.ids.get(name)}` })

/** What a page is given to let a customer pay. */
const mint = async (customer = 'S', to = 'A.balance', value = '12.345'): Promise<{ browser: Client; blob: string }> => {
  const minted = await place.client.post('/client-tokens', {
    action: 'customer.transfers.send',
    _links: { customer: { href: `/customers/${place.ids.get(customer)}` }, destination: sourceLink(to) },
    amount: { value, currency: 'USD' },
  })
  assert.equal(minted.status, 200, minted.text)
  assert.deepEqual(Object.keys(minted.body), ['token', 'blob'])
  return { browser: clientWith(server.origin, String(minted.body['token'])), blob: String(minted.body['blob']) }
}

describe('the token of a pay-in', () => {
  it('pays what it was minted for, whatever else the page says', async () => {
    const { browser, blob } = await mint()
    const sent = await browser.post('/transfers', {
      _links: { source: sourceLink('S.bank'), destination: sourceLink('S.balance') },
      amount: { value: '0.01', currency: 'USD' },
      fees: [{ _links: { 'charge-to': { href: `/customers/${place.ids.get('S')}` } }, amount: { value: '0.01' } }],
      metadata: { note: 'mine' },
      blob,
    })
    assert.equal(sent.status, 201, sent.text)
    const transfer = await place.get(`/transfers/${idIn(sent.location)}`)
    const { _links, amount, metadata } = transfer
    assert.deepEqual([amount, metadata, _links?.['fees']], [{ value: '12.34', currency: 'USD' }, undefined, undefined])
    assert.equal(_links?.['source-funding-source']?.['href'], sourceLink('S.bank').href)
    assert.equal(_links?.['destination-funding-source']?.['href'], sourceLink('A.balance').href)
    const again = await browser.post('/transfers', { _links: { source: sourceLink('S.bank') }, blob })
    assert.deepEqual([again.status, again.body['code']], [401, 'InvalidAccessToken'])
    await assertLedgerHolds(server)
  })

  it('pays from its own customer’s sources alone, and says of others what it says of those that there are not', async () => {
    const nobodys = { href: '/funding-sources/00000000-0000-4000-8000-000000000000' }
    for (const source of [sourceLink('A.bank'), sourceLink('A.balance'), sourceLink('U.bank'), nobodys]) {
      const { browser, blob } = await mint()
      const refused = await browser.post('/transfers', { _links: { source }, blob })
      assert.deepEqual(errorsOf(refused), ['Invalid /_links/source/href Funding source not found.'])
    }
    const { browser, blob } = await mint('U')
    assert.equal((await browser.post('/transfers', { _links: { source: sourceLink('U.bank') }, blob })).status, 201)
  })

  it('needs the blob that was made with it, and is used up without', async () => {
    const { blob: another } = await mint()
    const rows: readonly (readonly [unknown, string])[] = [
      [undefined, 'Required /blob Blob required.'],
      [null, 'Required /blob Blob required.'],
      ['', 'Required /blob Blob required.'],
      [7, 'Invalid /blob Blob invalid.'],
      [['x'], 'Invalid /blob Blob invalid.'],
      ['x', 'Invalid /blob Blob invalid.'],
      [another, 'Invalid /blob Blob invalid.'],
    ]
    for (const [blob, error] of rows) {
      const { browser, blob: own } = await mint()
      const _links = { source: sourceLink('S.bank') }
      assert.deepEqual(errorsOf(await browser.post('/transfers', { _links, blob })), [error], JSON.stringify(blob))
      const { status, body } = await browser.post('/transfers', { _links, blob: own })
      assert.deepEqual([status, body['code']], [401, 'InvalidAccessToken'])
    }
  })

  it('reads nothing and cancels nothing', async () => {
    const { location } = await place.send('S.balance', 'S.bank')
    const { browser } = await mint()
    const path = `/transfers/${idIn(location)}`
    for (const answer of [
      await browser.get(path),
      await browser.post(path, { status: 'cancelled' }),
      await browser.get(`/customers/${place.ids.get('S')}/transfers`),
    ])
      assert.deepEqual([answer.status, answer.body['code']], [401, 'InvalidScopes'])
  })

  it('is minted for destinations and customers of the account alone', async () => {
    const foreign = await newPlace(server)
    const own = { customer: { href: `/customers/${place.ids.get('S')}` }, destination: sourceLink('A.balance') }
    const theirs = {
      customer: { href: `/customers/${foreign.ids.get('S')}` },
      destination: { href: `/funding-sources/${foreign.ids.get('A.balance')}` },
    }
    for (const _links of [
      { ...own, customer: theirs.customer },
      { ...own, destination: theirs.destination },
    ]) {
      const body = { action: 'customer.transfers.send', _links, amount: { value: '1.00', currency: 'USD' } }
      const { status, body: said } = await place.client.post('/client-tokens', body)
      assert.deepEqual([status, said['code']], [403, 'Forbidden'])
    }
    const body = { action: 'customer.transfers.send', _links: own, amount: { value: '-1', currency: 'USD' } }
    assert.deepEqual(errorsOf(await place.client.post('/client-tokens', body)), [
      'InvalidFormat /amount/value Invalid amount. The supplied amount must be a positive number.',
    ])
  })
})
