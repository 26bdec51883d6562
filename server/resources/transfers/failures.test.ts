/**
 * What becomes of a payment that does not go as it was meant: refused by a bank, returned after it had settled,
 * cancelled, or held because its receiver may not have it yet. Typed from Dwolla's pages on failures and cancelling.
 * The names are those of the flows; everybody who has a balance begins with 100.00, and pays 10.00.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { anOwner } from '../beneficial-owners/owners-fixture.ts'
import { again, errorsOf } from '../customers/customers-fixture.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { releaseHeld } from './process.ts'
import { idIn, nameLegs, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** `M processed, W failed` */
const statusesOf = async (place: Place): Promise<string> => {
  const statuses: string[] = []
  for (const leg of ['P', 'M', 'W'])
    for (const [id, name] of place.names)
      if (name === leg) statuses.push(`${leg} ${(await place.get(`/transfers/${id}`))['status']}`)
  return statuses.join(', ')
}

/** `S 90.00, R 110.00`, of those who have another balance than they began with. */
const balancesOf = async (place: Place): Promise<string> => {
  const changed: string[] = []
  for (const owner of ['A', 'S', 'R', 'H']) {
    const held = place.ids.has(`${owner}.balance`) ? await place.balance(owner) : '100.00'
    if (held !== '100.00') changed.push(`${owner} ${held}`)
  }
  return changed.join(', ')
}

const start = async (place: Place, from: string, to: string): Promise<string> => {
  const sent = await place.send(from, to)
  assert.equal(sent.status, 201, sent.text)
  for (const [id, name] of place.names) if (name.length === 1 && 'PMW'.includes(name)) place.names.set(id, 'earlier')
  const main = idIn(sent.location)
  await nameLegs(place, main)
  return main
}

describe('a bank', () => {
  const failures = textTable(
    ['from', 'to', 'bank', 'request', 'run 1', 'run 2', 'statuses', 'balances'],
    `
    S.bank    | R.balance | S.bank R01      | P:BT+S M:T+S M:T+R | P:BT✗S M:T✗S M:T✗R        |                               | P failed, M failed               |
    A.bank    | R.balance | A.bank R01      | P:BT+A M:T+A M:T+R | P:BT✗A M:T✗A M:T✗R        |                               | P failed, M failed               |
    S.bank    | R.bank    | S.bank R01      | P:BT+S M:T+S M:T+R | P:BT✗S M:T✗S M:T✗R        |                               | P failed, M failed               |
    S.bank    | U.bank    | S.bank R01      | P:BT+S M:T+S M:T+U | P:BT✗S M:T✗S M:T✗U        |                               | P failed, M failed               |
    S.bank    | S.balance | S.bank R01      | M:BT+S             | M:BT✗S                    |                               | M failed                         |
    S.bank    | S.bank2   | S.bank R01      | M:BT+S             | M:BT✗S                    |                               | M failed                         |
    U.bank    | R.balance | U.bank R01      | M:T+U M:T+R        | M:T✗U M:T✗R               |                               | M failed                         |
    U.bank    | R.bank    | U.bank R01      | M:T+U M:T+R        | M:T✗U M:T✗R               |                               | M failed                         |
    S.bank    | R.bank    | R.bank R03      | P:BT+S M:T+S M:T+R | P:BT✓S M:T✓S M:T✓R W:BT+R | W:BT✗R                        | P processed, M processed, W failed | R 110.00
    S.balance | R.bank    | R.bank R03      | M:T+S M:T+R M:T✓S M:T✓R W:BT+R | W:BT✗R        |                               | M processed, W failed            | S 90.00, R 110.00
    U.bank    | A.bank    | A.bank R03      | M:T+U M:T+A        | M:T✓U M:T✓A W:BT+A        | W:BT✗A                        | M processed, W failed            | A 110.00
    S.bank    | S.bank2   | S.bank2 R03     | M:BT+S             | M:BT✓S W:BT+S             | W:BT✗S                        | M processed, W failed            | S 110.00
    A.balance | A.bank    | A.bank R03      | M:BT+A             | M:BT✗A                    |                               | M failed                         |
    S.balance | O.bank    | O.bank R03      | M:T+S M:T+O        | M:T✗O M:T✗S               |                               | M failed                         |
    A.balance | U.bank    | U.bank R03      | M:T+A M:T+U        | M:T✗U M:T✗A               |                               | M failed                         |
    S.bank    | U.bank    | U.bank R03      | P:BT+S M:T+S M:T+U | P:BT✓S                    | M:T✗U M:T✗S                   | P processed, M failed            | S 110.00
    S.bank    | R.balance | S.bank R01-late | P:BT+S M:T+S M:T+R | P:BT✓S M:T✓S M:T✓R        | P:BT✗S M:T✗S M:T✗R            | P failed, M failed               |
    S.bank    | A.bank    | S.bank R01-late | P:BT+S M:T+S M:T+A | P:BT✓S M:T✓S M:T✓A W:BT+A | P:BT✗S M:T✗S M:T✗A W:BT✓A     | P failed, M failed, W processed  | A 90.00
    S.bank    | U.bank    | S.bank R01-late | P:BT+S M:T+S M:T+U | P:BT✓S                    | P:BT✗S M:T✗S M:T✗U            | P failed, M failed               |
    S.bank    | S.balance | S.bank R01-late | M:BT+S             | M:BT✓S                    | M:BT✗S                        | M failed                         |
    S.bank    | S.bank2   | S.bank R01-late | M:BT+S             | M:BT✓S W:BT+S             | M:BT✗S W:BT✓S                 | M failed, W processed            | S 90.00
    U.bank    | A.balance | U.bank R01-late | M:T+U M:T+A        | M:T✓U M:T✓A               | M:T✗U M:T✗A                   | M failed                         |
    S.balance | S.bank    | S.bank R03-late | M:BT+S             | M:BT✓S                    | M:BT✗S                        | M failed                         |
    A.balance | U.bank    | U.bank R03-late | M:T+A M:T+U        | M:T✓A M:T✓U               | M:T✗U M:T✗A                   | M failed                         |
    `,
  )

  for (const { from, to, bank, request, statuses, balances, ...runs } of failures)
    it(`named ${bank} has ${from} to ${to} end as it should`, async () => {
      const place = await newPlace(server)
      const main = await start(place, from, to)
      const told = [(await place.news()).join(' ')]
      await place.run(bank)
      await nameLegs(place, main)
      told.push((await place.news()).join(' '))
      await place.run()
      told.push((await place.news()).join(' '))
      assert.deepEqual(told, [request, runs['run 1'], runs['run 2']])
      assert.deepEqual([await statusesOf(place), await balancesOf(place)], [statuses, balances])
      await place.run()
      assert.deepEqual(await place.news(), [])
      await assertLedgerHolds(server)
    })

  it('takes back what its receiver has spent: the balance falls below zero, once, and nothing leaves it', async () => {
    const place = await newPlace(server)
    await start(place, 'A.bank', 'S.balance')
    await place.run('A.bank R01-late')
    assert.equal((await place.send('S.balance', 'A.balance', '105.00')).status, 201)
    await place.news()
    await place.run()
    assert.deepEqual(await place.news(), ['P:BT✗A', 'M:T✗A', 'M:T✗S', 'negative S'])
    assert.equal(await balancesOf(place), 'A 205.00, S -5.00')
    assert.deepEqual(errorsOf(await place.send('S.balance', 'A.balance', '0.01')), [
      'InsufficientFunds /_links/source/href Insufficient funds.',
    ])
    await start(place, 'A.balance', 'S.balance')
    assert.equal(await balancesOf(place), 'A 195.00, S 5.00')
    await assertLedgerHolds(server)
  })

  it('is not paid out of a balance that is short: the payout is not made, and the money stays', async () => {
    const place = await newPlace(server)
    await start(place, 'A.bank', 'S.balance')
    await place.run('A.bank R01-late')
    assert.equal((await place.send('S.balance', 'A.balance', '110.00')).status, 201)
    await place.run()
    await place.news()
    await start(place, 'A.balance', 'S.bank')
    assert.deepEqual(await place.news(), ['M:T+A', 'M:T+S', 'M:T✓A', 'M:T✓S', 'M:BT?S'])
    assert.equal(await balancesOf(place), 'A 200.00, S 0.00')
    await assertLedgerHolds(server)
  })

  it('gets nothing from the balance of a business that has not said who owns it', async () => {
    const place = await newPlace(server)
    await anOwner(place.client, `/customers/${place.ids.get('R')}`, 'incomplete')
    await start(place, 'S.balance', 'R.bank')
    assert.deepEqual(await place.news(), ['M:T+S', 'M:T+R', 'M:T✓S', 'M:T✓R', 'M:BT?R'])
    assert.equal(await balancesOf(place), 'S 90.00, R 110.00')
    await assertLedgerHolds(server)
  })

  it('has a balance below zero swallow the debit that was to pay for a transfer', async () => {
    const place = await newPlace(server)
    await start(place, 'S.bank', 'S.balance')
    await place.run('S.bank R01-late')
    assert.equal((await place.send('S.balance', 'A.balance', '110.00')).status, 201)
    await start(place, 'S.bank2', 'U.bank')
    await place.news()
    await place.run()
    assert.deepEqual(await place.news(), ['earlier:BT✗S', 'negative S', 'P:BT✓S', 'M:T✗S', 'M:T✗U'])
    assert.equal(await statusesOf(place), 'P processed, M failed')
    assert.equal(await balancesOf(place), 'A 210.00, S 0.00')
    await assertLedgerHolds(server)
  })

  it('tells why: its code, what it means, where it was and whose it is', async () => {
    const place = await newPlace(server)
    const main = await start(place, 'S.bank', 'A.balance')
    const none = await place.client.get(`/transfers/${main}/failure`)
    assert.deepEqual([none.status, none.body['code']], [404, 'NotFound'])
    await place.run('S.bank R01')
    const link = (path: string, type: string) => ({
      href: server.origin + path,
      type: 'application/vnd.dwolla.v1.hal+json',
      'resource-type': type,
    })
    for (const [id, name] of place.names) {
      if (name !== 'M' && name !== 'P') continue
      const transfer = await place.get(`/transfers/${id}`)
      assert.deepEqual(transfer['_links']?.['failure'], link(`/transfers/${id}/failure`, 'failure'))
      const { created, ...failure } = await place.get(`/transfers/${id}/failure`)
      assert.ok(!Number.isNaN(Date.parse(String(created))))
      assert.deepEqual(failure, {
        _links: {
          self: link(`/transfers/${id}/failure`, 'failure'),
          'failed-funding-source': link(`/funding-sources/${place.ids.get('S.bank')}`, 'funding-source'),
          customer: link(`/customers/${place.ids.get('S')}`, 'customer'),
        },
        code: 'R01',
        description: 'Insufficient Funds',
        explanation: 'Available balance is not sufficient to cover the dollar amount of the debit entry.',
      })
    }
    await start(place, 'A.balance', 'A.bank')
    await place.run('A.bank R03')
    const failed = [...place.names].find(([, name]) => name === 'M')?.[0]
    const failure = await place.get(`/transfers/${failed}/failure`)
    assert.deepEqual(
      [failure['code'], failure['_links']?.['account']],
      ['R03', link(`/accounts/${place.accountId}`, 'account')],
    )
  })
})

describe('cancelling', () => {
  const cancels = textTable(
    ['from', 'to', 'runs', 'leg', 'told', 'statuses', 'balances'],
    `
    S.bank    | R.balance | 0 | M | P:BT-S M:T-S M:T-R | P cancelled, M cancelled               |
    S.bank    | R.balance | 0 | P | P:BT-S M:T-S M:T-R | P cancelled, M cancelled               |
    A.bank    | U.bank    | 0 | M | P:BT-A M:T-A M:T-U | P cancelled, M cancelled               |
    A.bank    | U.bank    | 1 | M | M:T-A M:T-U        | P processed, M cancelled               | A 110.00
    A.bank    | U.bank    | 1 | P | refused            | P processed, M pending                 |
    A.bank    | U.bank    | 2 | M | refused            | P processed, M processed               |
    S.bank    | R.bank    | 1 | W | W:BT-R             | P processed, M processed, W cancelled  | R 110.00
    S.bank    | R.bank    | 1 | M | refused            | P processed, M processed, W pending    |
    S.balance | R.bank    | 0 | W | W:BT-R             | M processed, W cancelled               | S 90.00, R 110.00
    S.balance | R.balance | 0 | M | refused            | M processed                            | S 90.00, R 110.00
    S.balance | U.bank    | 0 | M | M:T-S M:T-U        | M cancelled                            |
    S.balance | S.bank    | 0 | M | M:BT-S             | M cancelled                            |
    S.bank    | S.balance | 0 | M | M:BT-S             | M cancelled                            |
    U.bank    | A.balance | 0 | M | M:T-U M:T-A        | M cancelled                            |
    S.balance | H.bank    | 0 | M | M:T-S M:T-H        | M cancelled                            |
    `,
  )

  for (const { from, to, runs, leg, told, statuses, balances } of cancels)
    it(`${leg} of ${from} to ${to} after ${runs} runs: ${told}`, async () => {
      const place = await newPlace(server)
      const main = await start(place, from, to)
      for (let run = 0; run < Number(runs); run++) await place.run()
      await nameLegs(place, main)
      await place.news()
      const [id] = [...place.names].find(([, name]) => name === leg) ?? assert.fail(leg)
      const answer = await place.client.post(`/transfers/${id}`, { status: 'cancelled' })
      if (told === 'refused') assert.deepEqual(errorsOf(answer), ['NotAllowed /status Status not allowed.'])
      else {
        assert.deepEqual([answer.status, answer.body['id'], answer.body['status']], [200, id, 'cancelled'])
        assert.equal(answer.body['_links']?.['cancel'], undefined)
        assert.deepEqual(await place.get(`/transfers/${id}`), answer.body)
        const twice = await place.client.post(`/transfers/${id}`, { status: 'cancelled' })
        assert.deepEqual(errorsOf(twice), ['NotAllowed /status Status not allowed.'])
      }
      assert.equal((await place.news()).join(' '), told === 'refused' ? '' : told)
      assert.deepEqual(
        [await statusesOf(place), told === 'refused' && statuses.includes('pending') ? '' : await balancesOf(place)],
        [statuses, balances],
      )
      if (told !== 'refused') {
        await place.run()
        assert.deepEqual(await place.news(), [])
      }
      await assertLedgerHolds(server)
    })

  it('takes no other status, and knows no transfer that is nobody’s', async () => {
    const place = await newPlace(server)
    const main = await start(place, 'S.balance', 'S.bank')
    for (const body of [
      {},
      { status: 'canceled' },
      { status: 'processed' },
      { status: null },
      { status: ['cancelled'] },
    ])
      assert.deepEqual(
        errorsOf(await place.client.post(`/transfers/${main}`, body)),
        ['Invalid /status Status invalid.'],
        JSON.stringify(body),
      )
    const unknown = '/transfers/00000000-0000-4000-8000-000000000000'
    const answer = await place.client.post(unknown, { status: 'cancelled' })
    assert.deepEqual([answer.status, answer.body['code']], [404, 'NotFound'])
  })
})

describe('a bank that is removed', () => {
  const removals = textTable(
    ['from', 'to', 'bank', 'told', 'statuses', 'run', 'balances'],
    `
    S.balance | U.bank    | U.bank | M:T-S M:T-U | M cancelled              |                                  |
    A.balance | A.bank    | A.bank | M:BT-A      | M cancelled              |                                  |
    S.balance | R.bank    | R.bank | W:BT-R      | M processed, W cancelled |                                  | S 90.00, R 110.00
    S.bank    | U.bank    | U.bank | M:T-S M:T-U | P pending, M cancelled   | P:BT✓S                           | S 110.00
    S.bank    | R.balance | S.bank |             | P pending, M pending     | P:BT✓S M:T✓S M:T✓R               | R 110.00
    U.bank    | A.balance | U.bank |             | M pending                | M:T✓U M:T✓A                      | A 110.00
    S.bank    | R.bank    | R.bank |             | P pending, M pending     | P:BT✓S M:T✓S M:T✓R M:BT?R        | R 110.00
    S.bank    | S.bank2   | S.bank2 |            | M pending                | M:BT✓S M:BT?S                    | S 110.00
    `,
  )

  for (const { from, to, bank, told, statuses, run, balances } of removals)
    it(`${bank}, between ${from} and ${to}, lets what leaves it go on, and gets nothing more`, async () => {
      const place = await newPlace(server)
      await start(place, from, to)
      await place.news()
      const fundingSourceId = place.ids.get(bank) ?? ''
      await place.write((ctx) => {
        fundingSources.set(ctx, fundingSources.get(ctx, fundingSourceId), { is_removed: true })
        ctx.react('bankRemoved', { fundingSourceId })
      })
      assert.deepEqual([(await place.news()).join(' '), await statusesOf(place)], [told, statuses])
      await place.run()
      assert.equal((await place.news()).join(' '), run)
      assert.equal(await balancesOf(place), balances)
      await assertLedgerHolds(server)
    })
})

describe('money for somebody who is not verified yet', () => {
  const held = textTable(
    ['from', 'request', 'run', 'verified', 'runs after', 'balances'],
    `
    S.balance | M:T+S M:T+H        |        | M:T✓S M:T✓H W:BT+H | W:BT✓H | S 90.00, H 0.00
    A.balance | M:T+A M:T+H        |        | M:T✓A M:T✓H W:BT+H | W:BT✓H | A 90.00, H 0.00
    S.bank    | P:BT+S M:T+S M:T+H | P:BT✓S | M:T✓S M:T✓H W:BT+H | W:BT✓H | H 0.00
    U.bank    | M:T+U M:T+H        |        | M:T✓U M:T✓H W:BT+H | W:BT✓H | H 0.00
    `,
  )

  for (const { from, request, run, verified, balances, ...later } of held)
    it(`from ${from} is held until then`, async () => {
      const place = await newPlace(server)
      const main = await start(place, from, 'H.bank')
      const told = [(await place.news()).join(' ')]
      await place.run()
      told.push((await place.news()).join(' '))
      const before = await balancesOf(place)
      await place.run()
      assert.deepEqual([await place.news(), await balancesOf(place)], [[], before])
      assert.equal((await place.get(`/transfers/${main}`))['status'], 'pending')

      const retried = await place.client.post(
        `/customers/${place.ids.get('H')}`,
        again('personal', {}, { email: 'h@example.com', correlationId: undefined }),
      )
      assert.equal(retried.body['status'], 'verified', retried.text)
      await nameLegs(place, main)
      told.push((await place.news()).join(' '))
      const sources = JSON.parse((await place.client.get(`/customers/${place.ids.get('H')}/funding-sources`)).text)
      const balance = sources._embedded['funding-sources'].find(({ type }: { type: string }) => type === 'balance')
      place.ids.set('H.balance', balance.id)
      await place.run()
      told.push((await place.news()).join(' '))
      assert.deepEqual(told, [request, run, verified, later['runs after']])
      assert.equal(await balancesOf(place), balances)
      await place.write((ctx) => releaseHeld(ctx, { customerId: place.ids.get('H') ?? '' }))
      assert.deepEqual(await place.news(), [])
      await assertLedgerHolds(server)
    })
})
