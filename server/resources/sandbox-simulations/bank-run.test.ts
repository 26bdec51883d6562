/** A processing run: what it takes, how it is written, and that nothing is lost or doubled when it breaks off. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { clientWith, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { rounds } from '../../testing/rounds.ts'
import { topicsOf } from '../customers/customers-fixture.ts'
import { customers } from '../customers/store.ts'
import { decideCustomer } from '../customers/verification.ts'
import { idIn, newPlace, type Place } from '../transfers/transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** Sends a dollar this often from the account's bank to its balance. */
const deposit = async (place: Place, count: number): Promise<string[]> => {
  const sent = await Promise.all(Array.from({ length: count }, () => place.send('A.bank', 'A.balance', '1.00')))
  return sent.map((answer) => {
    assert.equal(answer.status, 201, answer.text)
    return idIn(answer.location)
  })
}

const simulate = async (place: Place, headers: Record<string, string> = {}): Promise<number> => {
  const { status, body, text } = await place.client.post('/sandbox-simulations', undefined, headers)
  assert.equal(status, 200, text)
  return Number(body['total'])
}

/** How many transfers there are of each status, and in how many transactions those were written. */
const countsOf = async ({ pool }: TestServer, { accountId }: Place) => {
  const { rows } = await pool.query<{ status: string; transfers: bigint; transactions: bigint }>(
    `select status, count(*) as transfers, count(distinct xmin::text) as transactions
     from transfers where account_id = $1 group by status`,
    [accountId],
  )
  return Object.fromEntries(rows.map(({ status, ...counts }) => [status, counts]))
}

describe('a run', () => {
  it('takes the latest five hundred, fifty a transaction, and leaves the others to the next', async () => {
    const place = await newPlace(server)
    const oldest = await deposit(place, 20)
    await deposit(place, 500)
    assert.equal(await simulate(place), 500)
    const { pending, processed } = await countsOf(server, place)
    assert.deepEqual([pending?.transfers, processed?.transfers, processed?.transactions], [20n, 500n, 10n])
    for (const id of oldest) assert.equal((await place.get(`/transfers/${id}`))['status'], 'pending')
    assert.equal(await place.balance('A'), '600.00')
    assert.equal(await simulate(place), 20)
    assert.equal(await simulate(place), 0)
    assert.equal(await place.balance('A'), '620.00')
    await assertLedgerHolds(server)
  })

  it('answers an empty body as it answers none, with a link and a total', async () => {
    const place = await newPlace(server)
    await deposit(place, 1)
    const { body } = await place.client.post('/sandbox-simulations', {})
    assert.deepEqual(body, {
      _links: {
        self: {
          href: `${server.origin}/sandbox-simulations`,
          type: 'application/vnd.dwolla.v1.hal+json',
          'resource-type': 'sandbox-simulation',
        },
      },
      total: 1,
    })
  })

  it('moves each payment by one leg', async () => {
    const place = await newPlace(server)
    const payments = 60
    for (let n = 0; n < payments; n += 10)
      await Promise.all(Array.from({ length: 10 }, () => place.send('A.bank', 'R.bank', '1.00')))
    const totals: number[] = []
    for (let n = 0; n < 3; n++) totals.push(await simulate(place))
    assert.deepEqual(totals, [payments, payments, 0])
    assert.equal(await place.balance('R'), '100.00')
    await assertLedgerHolds(server)
  })

  it('touches no other world', async () => {
    const [ours, theirs] = [await newPlace(server), await newPlace(server)]
    const [id] = await deposit(theirs, 1)
    assert.equal(await simulate(ours), 0)
    assert.equal((await theirs.get(`/transfers/${id}`))['status'], 'pending')
  })

  it('with a key that was answered before is not run again', async () => {
    const place = await newPlace(server)
    await deposit(place, 2)
    const key = { 'idempotency-key': 'run' }
    assert.equal(await simulate(place, key), 2)
    await deposit(place, 3)
    assert.equal(await simulate(place, key), 2)
    assert.equal((await countsOf(server, place))['pending']?.transfers, 3n)
    assert.equal(await simulate(place, { 'idempotency-key': 'another' }), 3)
  })

  it('beside others moves everything once', async () => {
    const place = await newPlace(server)
    await deposit(place, 120)
    const totals = await Promise.all(Array.from({ length: 4 }, () => simulate(place)))
    assert.equal(
      totals.reduce((sum, total) => sum + total, 0),
      120,
    )
    assert.equal(await place.balance('A'), '220.00')
    await assertLedgerHolds(server)
  })
})

/** Adds a bank to U, and has small deposits sent there; gives the path of the bank. */
const sendDeposits = async (place: Place, name: string): Promise<string> => {
  const bank = { routingNumber: '222222226', accountNumber: '987654321', bankAccountType: 'checking', name }
  const added = await place.client.post(`/customers/${place.ids.get('U')}/funding-sources`, bank)
  assert.equal(added.status, 201, added.text)
  const path = `/funding-sources/${idIn(added.location)}`
  assert.equal((await place.client.post(`${path}/micro-deposits`)).status, 201)
  return path
}

describe('micro-deposits', () => {
  const depositsOf = async (place: Place, path: string) => (await place.get(`${path}/micro-deposits`))['status']

  it('arrive with a run, beside the transfers that it moves', async () => {
    const place = await newPlace(server)
    await deposit(place, 2)
    const path = await sendDeposits(place, 'Checking')
    assert.equal(await depositsOf(place, path), 'pending')
    assert.equal(await simulate(place), 3)
    assert.equal(await depositsOf(place, path), 'processed')
    assert.equal((await topicsOf(place.client)).at(-1), 'customer_microdeposits_completed')
    assert.equal(await simulate(place), 0)
  })

  it('that a bank sends back take it away, as a transfer does', async () => {
    const place = await newPlace(server)
    const path = await sendDeposits(place, 'R03')
    assert.equal(await simulate(place), 1)
    assert.equal(await depositsOf(place, path), 'failed')
    assert.equal(String((await place.get(path))['removed']), 'true')
    assert.deepEqual((await topicsOf(place.client)).slice(-2), [
      'customer_microdeposits_failed',
      'customer_funding_source_removed',
    ])
  })

  it('are among the latest that a run takes', async () => {
    const place = await newPlace(server)
    const path = await sendDeposits(place, 'Checking')
    await deposit(place, 500)
    assert.equal(await simulate(place), 500)
    assert.equal(await depositsOf(place, path), 'pending')
    assert.equal(await simulate(place), 1)
    assert.equal(await depositsOf(place, path), 'processed')
  })
})

it('a run that is killed in the middle loses nothing and doubles nothing', async () => {
  const count = 400
  for (let round = 0; round < rounds(10); round++) {
    const place = await newPlace(server)
    await deposit(place, count)
    const run = place.client.post('/sandbox-simulations').then(
      () => 'answered',
      () => 'broken off',
    )
    const wanted = BigInt(50 * (1 + (round % 3)))
    const processed = async () => (await countsOf(server, place))['processed']?.transfers ?? 0n
    while ((await processed()) < wanted);
    server = await server.crash()
    assert.equal(await run, 'broken off', 'the run was over before the server went down')
    await assertLedgerHolds(server)

    const done = Number(await processed())
    assert.equal(done % 50, 0)
    const client = clientWith(server.origin, place.client.token)
    const again = await client.post('/sandbox-simulations')
    assert.equal(again.body['total'], count - done, again.text)
    const told = await server.pool.query<{ resource_id: string }>(
      `select resource_id from events where account_id = $1 and topic = 'bank_transfer_completed'`,
      [place.accountId],
    )
    assert.equal(told.rows.length, count)
    assert.equal(new Set(told.rows.map(({ resource_id }) => resource_id)).size, count)
    const balance = await client.get(`/funding-sources/${place.ids.get('A.balance')}/balance`)
    assert.equal(balance.body['balance']?.['value'], '500.00')
    await assertLedgerHolds(server)
  }
})

describe('without a rail', () => {
  let production: TestServer
  before(async () => {
    production = await startTestServer({
      sandbox: false,
      operatorToken: 'operator-token-of-a-test',
      publicUrl: 'https://api.example.com',
    })
  })
  after(() => production.stop())

  it('what needs a bank is refused, and what does not is done', async () => {
    const place = await newPlace(production)
    const banks = [
      ['A.bank', 'A.balance'],
      ['A.balance', 'A.bank'],
      ['A.balance', 'S.bank'],
      ['U.bank', 'A.balance'],
    ] as const
    for (const [from, to] of banks) {
      const { status, body } = await place.send(from, to)
      assert.equal(status, 403)
      assert.deepEqual(
        [body['code'], body['message']],
        ['Forbidden', 'This server has no rail to a bank: it transfers between balances alone.'],
      )
    }
    await place.write((ctx) =>
      decideCustomer(ctx, customers.get(ctx, place.ids.get('R') ?? ''), { status: 'verified' }),
    )
    const sent = await place.send('A.balance', 'R.balance')
    assert.equal(sent.status, 201, sent.text)
    assert.equal((await place.get(`/transfers/${idIn(sent.location)}`))['status'], 'processed')
    assert.equal(await place.balance('R'), '110.00')
    assert.equal((await place.client.post('/sandbox-simulations')).status, 404)
    await assertLedgerHolds(production)
  })
})
