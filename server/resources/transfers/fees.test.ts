/** What the account charges for payments: who pays it, from where, when, and what it looks like. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type Loose, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { again } from '../customers/customers-fixture.ts'
import { idIn, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** `R 2.00 1.00`: two fees that R pays */
const feesOf = ({ ids }: Place, text: string) => {
  const [payer = '', ...values] = text.split(' ')
  const href = `${server.origin}/customers/${ids.get(payer)}`
  return { fees: values.map((value) => ({ _links: { 'charge-to': { href } }, amount: { value, currency: 'USD' } })) }
}

/** Sends 10.00, with fees; gives the path of the transfer. */
const sendWithFees = async (place: Place, from: string, to: string, fees: string): Promise<string> => {
  const sent = await place.send(from, to, '10.00', feesOf(place, fees))
  assert.equal(sent.status, 201, sent.text)
  return `/transfers/${idIn(sent.location)}`
}

const listOf = (body: Loose): Loose[] => body['transactions'] as unknown as Loose[]

/** The amount and the status of each fee of a transfer. */
const feesAt = async (place: Place, transfer: string): Promise<string> =>
  listOf(await place.get(`${transfer}/fees`))
    .map((fee) => `${fee['amount']?.['value']} ${fee['status']}`)
    .join(', ')

/** Everybody begins with 100.00. `paid out` is what leaves for the receiver's bank. */
const charged = textTable(
  ['from', 'to', 'fees', 'request', 'run 1', 'run 2', 'paid out', 'A', 'S', 'R'],
  `
  S.balance | R.balance | S 2.00      | 2.00 processed |                |                |       | 102.00 | 88.00  | 110.00
  S.balance | R.balance | R 2.00      | 2.00 processed |                |                |       | 102.00 | 90.00  | 108.00
  S.balance | R.bank    | S 2.00      | 2.00 processed |                |                | 10.00 | 102.00 | 88.00  | 100.00
  S.balance | R.bank    | R 2.00      | 2.00 processed |                |                | 8.00  | 102.00 | 90.00  | 100.00
  S.balance | A.balance | S 5.00      | 5.00 processed |                |                |       | 115.00 | 85.00  | 100.00
  S.balance | U.bank    | S 2.00      |                | 2.00 processed |                |       | 102.00 | 88.00  | 100.00
  S.bank    | R.balance | S 2.00      |                | 2.00 pending   | 2.00 processed |       | 102.00 | 100.00 | 110.00
  S.bank    | R.balance | R 2.00      |                | 2.00 processed |                |       | 102.00 | 100.00 | 108.00
  S.bank    | R.bank    | R 2.00 1.00 |                | 2.00 processed, 1.00 processed |  | 7.00 | 103.00 | 100.00 | 100.00
  S.bank    | U.bank    | S 2.00      |                |                | 2.00 pending   |       | 100.00 | 100.00 | 100.00
  S.bank    | S.balance | S 2.00      |                | 2.00 processed |                |       | 102.00 | 108.00 | 100.00
  S.bank    | S.bank2   | S 2.00      |                | 2.00 processed |                | 8.00  | 102.00 | 100.00 | 100.00
  A.balance | R.balance | R 2.00      | 2.00 processed |                |                |       | 92.00  | 100.00 | 108.00
  A.bank    | R.bank    | R 0.01      |                | 0.01 processed |                | 9.99  | 100.01 | 100.00 | 100.00
  U.bank    | A.balance | U 2.00      |                | 2.00 pending   | 2.00 processed |       | 112.00 | 100.00 | 100.00
  U.bank    | R.balance | U 2.00 3.00 |                | 2.00 pending, 3.00 pending | 2.00 processed, 3.00 processed | | 105.00 | 100.00 | 110.00
  U.bank    | R.balance | R 2.00      |                | 2.00 processed |                |       | 102.00 | 100.00 | 108.00
  U.bank    | R.bank    | R 2.00      |                | 2.00 processed |                | 8.00  | 102.00 | 100.00 | 100.00
  `,
)

describe('fees of 10.00', () => {
  for (const { from, to, fees, A, S, R, ...row } of charged)
    it(`from ${from} to ${to}, paid by ${fees}`, async () => {
      const place = await newPlace(server)
      const main = await sendWithFees(place, from, to, fees)
      const seen: string[] = []
      for (const step of ['request', 'run 1', 'run 2']) {
        if (step !== 'request') await place.run()
        seen.push(await feesAt(place, main))
      }
      const [request, run1] = [row.request, row['run 1'] || row.request]
      assert.deepEqual(seen, [request, run1, row['run 2'] || run1])
      const paidOut = (await place.get(main))['_links']?.['funded-transfer']?.['href']
      const amount = paidOut ? (await place.get(`/transfers/${idIn(paidOut)}`))['amount']?.['value'] : ''
      assert.equal(amount, row['paid out'])
      assert.deepEqual([await place.balance('A'), await place.balance('S'), await place.balance('R')], [A, S, R])
      await assertLedgerHolds(server)
    })
})

describe('a fee', () => {
  it('is a transfer of its own, with links to and from the one it is charged for', async () => {
    const place = await newPlace(server)
    const main = await sendWithFees(place, 'S.balance', 'R.balance', 'R 2.00 1.00')
    const halType = 'application/vnd.dwolla.v1.hal+json'
    const link = (path: string, type: string) => ({ href: server.origin + path, type: halType, 'resource-type': type })
    assert.deepEqual((await place.get(main))['_links']?.['fees'], link(`${main}/fees`, 'fee'))
    const list = await place.get(`${main}/fees`)
    assert.deepEqual(list['_links'], { self: link(`${main}/fees`, 'fee') })
    assert.equal(list['total'], 2)
    assert.deepEqual(list['_embedded'], { fees: list['transactions'] })
    const of = (name: string) => place.ids.get(name) ?? ''
    for (const [index, value] of ['2.00', '1.00'].entries()) {
      const fee = listOf(list)[index] ?? assert.fail('a fee is missing')
      const self = `/transfers/${fee['id']}`
      assert.deepEqual(fee, {
        _links: {
          self: link(self, 'transfer'),
          source: link(`/customers/${of('R')}`, 'customer'),
          destination: link(`/accounts/${of('A')}`, 'account'),
          'source-funding-source': link(`/funding-sources/${of('R.balance')}`, 'funding-source'),
          'destination-funding-source': link(`/funding-sources/${of('A.balance')}`, 'funding-source'),
          'created-from-transfer': link(main, 'transfer'),
        },
        id: fee['id'],
        status: 'processed',
        amount: { value, currency: 'USD' },
        created: fee['created'],
      })
      assert.deepEqual(await place.get(self), fee)
      assert.equal((await place.get(`${self}/fees`))['total'], 0)
    }
    for (const owner of [`/accounts/${of('A')}`, `/customers/${of('R')}`]) {
      const { _embedded } = await place.get(`${owner}/transfers`)
      const listed = _embedded?.['transfers'] as unknown as Loose[]
      assert.equal(listed.filter((transfer) => transfer['_links']?.['created-from-transfer']).length, 2)
    }
    await assertLedgerHolds(server)
  })

  it('that a bank pays has an id there, and cannot be cancelled', async () => {
    const place = await newPlace(server)
    const main = await sendWithFees(place, 'U.bank', 'A.balance', 'U 2.00')
    await place.run()
    const [fee] = listOf(await place.get(`${main}/fees`))
    assert.match(String(fee?.['individualAchId']), /^I[0-9A-F]{7}$/)
    assert.deepEqual([fee?.['clearing'], fee?.['_links']?.['cancel']], [{ source: 'standard' }, undefined])
    assert.equal(
      fee?.['_links']?.['source-funding-source']?.['href'],
      `${server.origin}/funding-sources/${place.ids.get('U.bank')}`,
    )
    const cancelled = await place.client.post(`/transfers/${fee?.['id']}`, { status: 'cancelled' })
    assert.equal(cancelled.status, 400, cancelled.text)
    assert.equal(await feesAt(place, main), '2.00 pending')
    await assertLedgerHolds(server)
  })

  it('is told after the payment is, to who pays it and to the account', async () => {
    const place = await newPlace(server)
    const main = await sendWithFees(place, 'S.balance', 'R.bank', 'R 2.00')
    place.names.set(idIn(main), 'M')
    const [fee] = listOf(await place.get(`${main}/fees`))
    place.names.set(String(fee?.['id']), 'F')
    place.names.set(idIn((await place.get(main))['_links']?.['funded-transfer']?.['href']), 'W')
    assert.equal((await place.news()).join(' '), 'M:T+S M:T+R M:T✓S M:T✓R F:T+R F:T+A F:T✓R F:T✓A W:BT+R')
  })

  it('is not charged for a payment that fails or is cancelled', async () => {
    const place = await newPlace(server)
    const failing = await sendWithFees(place, 'U.bank', 'R.balance', 'R 2.00')
    await place.run('U.bank R01')
    const cancelled = await sendWithFees(place, 'S.balance', 'U.bank', 'S 2.00')
    assert.equal((await place.client.post(cancelled, { status: 'cancelled' })).status, 200)
    const funded = await sendWithFees(place, 'S.bank', 'R.bank', 'S 2.00')
    assert.equal((await place.client.post(funded, { status: 'cancelled' })).status, 200)
    await place.run()
    for (const transfer of [failing, cancelled, funded]) {
      assert.equal(await feesAt(place, transfer), '')
      assert.equal((await place.get(`${transfer}/fees`))['total'], 0)
    }
    for (const owner of ['A', 'S', 'R']) assert.equal(await place.balance(owner), '100.00')
    await assertLedgerHolds(server)
  })

  it('fails alone where it is not there, and leaves the payment as it is', async () => {
    const place = await newPlace(server)
    const main = await sendWithFees(place, 'U.bank', 'A.balance', 'U 2.00')
    await place.run()
    await place.run('U.bank R01')
    const [fee] = listOf(await place.get(`${main}/fees`))
    assert.deepEqual([fee?.['status'], (await place.get(main))['status']], ['failed', 'processed'])
    assert.equal((await place.get(`/transfers/${fee?.['id']}/failure`))['code'], 'R01')
    assert.equal(await place.balance('A'), '110.00')

    // S has spent what a bank takes back
    assert.equal((await place.send('U.bank', 'S.balance')).status, 201)
    await place.run('U.bank R01-late')
    assert.equal((await place.send('S.balance', 'A.balance', '110.00')).status, 201)
    await place.run()
    assert.equal(await place.balance('S'), '-10.00')
    const owing = await sendWithFees(place, 'A.balance', 'S.balance', 'S 2.00 1.00')
    assert.deepEqual([await feesAt(place, owing), await place.balance('S')], ['2.00 failed, 1.00 failed', '0.00'])
    await assertLedgerHolds(server)
  })

  it('that a bank takes back later is taken from the account', async () => {
    const place = await newPlace(server)
    const main = await sendWithFees(place, 'U.bank', 'R.balance', 'U 2.00')
    await place.run()
    await place.run('U.bank R10-late')
    assert.deepEqual([await feesAt(place, main), await place.balance('A')], ['2.00 processed', '102.00'])
    await place.run()
    assert.deepEqual([await feesAt(place, main), await place.balance('A')], ['2.00 failed', '100.00'])
    assert.equal((await place.get(main))['status'], 'processed')
    await assertLedgerHolds(server)
  })

  it('of somebody who is not verified yet is charged when the money is released', async () => {
    const place = await newPlace(server)
    const customer = `/customers/${place.ids.get('H')}`
    const sent = await place.client.post('/transfers', {
      _links: {
        source: { href: `${server.origin}/funding-sources/${place.ids.get('S.balance')}` },
        destination: { href: server.origin + customer },
      },
      amount: { value: '10.00', currency: 'USD' },
      ...feesOf(place, 'H 2.00'),
    })
    assert.equal(sent.status, 201, sent.text)
    const main = `/transfers/${idIn(sent.location)}`
    assert.deepEqual([(await place.get(main))['status'], await feesAt(place, main)], ['pending', ''])
    const verified = await place.client.post(customer, again('personal', {}, { email: 'h@example.com' }))
    assert.equal(verified.body['status'], 'verified', verified.text)
    assert.deepEqual([(await place.get(main))['status'], await feesAt(place, main)], ['processed', '2.00 processed'])
    assert.deepEqual([await place.balance('S'), await place.balance('A')], ['90.00', '102.00'])
    await assertLedgerHolds(server)
  })

  it('does not count for the limit of the week', async () => {
    const place = await newPlace(server, { unverifiedWeeklyLimitCents: 1000 })
    await sendWithFees(place, 'U.bank', 'A.balance', 'U 5.00')
    assert.equal((await place.send('U.bank', 'A.balance', '0.01')).status, 400)
  })

  it('is not found for what is no transfer of the account', async () => {
    const place = await newPlace(server)
    const other = await newPlace(server)
    const foreign = await sendWithFees(other, 'S.balance', 'R.balance', 'R 2.00')
    for (const path of [foreign, `/transfers/${randomUUID()}`, '/transfers/none']) {
      const answer = await place.client.get(`${path}/fees`)
      assert.deepEqual(
        [answer.status, answer.body],
        [404, { code: 'NotFound', message: 'The requested resource was not found.' }],
      )
    }
  })
})
