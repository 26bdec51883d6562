/**
 * Worlds whose clock settles what their banks do: over weekends and holidays, leg after leg in the order of time, and
 * not before a leg has gone out can it no longer be cancelled. Times are typed from Dwolla's page on processing times.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pino from 'pino'
import { type Loose, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { workOnce } from '../../workers.ts'
import { again, errorsOf } from '../customers/customers-fixture.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { idIn, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** A place whose clock stands at an instant, and settles. */
const at = (set: string): Promise<Place> =>
  newPlace(server, { settlement: 'clock' }, { clock: { mode: 'frozen', set } })

const move = async ({ worldId }: Place, change: object): Promise<void> => {
  const { status, text } = await server.operate('POST', `/worlds/${worldId}/clock`, change)
  assert.equal(status, 200, text)
}

const send = async (place: Place, from: string, to: string, more: object = {}): Promise<string> => {
  const sent = await place.send(from, to, '10.00', more)
  assert.equal(sent.status, 201, sent.text)
  return `/transfers/${idIn(sent.location)}`
}

const rename = (place: Place, bank: string, name: string): Promise<void> =>
  place.write((ctx) => {
    fundingSources.set(ctx, fundingSources.get(ctx, place.ids.get(bank) ?? ''), { name })
  })

const statusOf = async (place: Place, path: string): Promise<unknown> => (await place.get(path))['status']

const millisecondBefore = (instant: string): string => new Date(Date.parse(instant) - 1).toISOString()

/** What was told of transfers and when, in the order it was told. */
const toldOf = async ({ client }: Place, topic: RegExp): Promise<string[]> => {
  const events: Loose[] = JSON.parse((await client.get('/events?limit=200')).text)._embedded.events
  return events
    .filter((event) => topic.test(String(event['topic'])))
    .map(({ topic, created }) => `${String(created)} ${String(topic)}`)
    .reverse()
}

describe('a leg of a bank settles at its hour, and not before,', () => {
  const rows = textTable(
    ['made', 'from', 'to', 'asked', 'settles', 'why'],
    `
    2026-11-16T15:00-06:00 | A.bank    | A.balance | standard standard  | 2026-11-19T07:30-06:00 | on the third banking day
    2026-11-20T16:00-06:00 | S.bank    | S.balance | standard standard  | 2026-11-25T07:30-06:00 | over a weekend
    2026-11-20T16:01-06:00 | U.bank    | A.balance | standard standard  | 2026-11-27T07:30-06:00 | after the cut-off, over a weekend and Thanksgiving
    2026-11-25T15:00-06:00 | A.balance | A.bank    | standard standard  | 2026-11-27T07:30-06:00 | a credit, over Thanksgiving
    2026-12-24T23:00-06:00 | A.balance | O.bank    | standard standard  | 2026-12-29T07:30-06:00 | a credit, over Christmas and a weekend
    2027-07-02T15:00-05:00 | S.balance | U.bank    | standard standard  | 2027-07-06T07:30-05:00 | a credit, over a Fourth of July on a Sunday
    2026-11-17T09:00-06:00 | A.bank    | A.balance | next-available standard | 2026-11-17T11:30-06:00 | on the same day
    2026-11-25T15:01-06:00 | A.bank    | A.balance | next-available standard | 2026-11-27T11:30-06:00 | with the first window after Thanksgiving
    2026-11-17T10:00-06:00 | A.balance | A.bank    | standard next-available | 2026-11-17T17:00-06:00 | a credit on the same day
    2026-11-17T10:00-06:00 | A.balance | U.bank    | standard next-available | 2026-11-17T17:00-06:00 | a credit to somebody else on the same day
    2026-03-06T15:00-06:00 | A.balance | A.bank    | standard standard  | 2026-03-09T07:30-05:00 | a credit, over the change of the clock
    `,
  )
  for (const { made, from, to, asked, settles, why } of rows)
    it(`${from} to ${to}: ${why}`, async () => {
      const place = await at(made)
      const [source, destination] = asked.split(/ +/)
      const clearing = {
        ...(source === 'standard' ? {} : { source }),
        ...(destination === 'standard' ? {} : { destination }),
      }
      const transfer = await send(place, from, to, { clearing })
      assert.deepEqual((await server.operate('POST', `/worlds/${place.worldId}/flush`, {})).body, { done: [] })
      await move(place, { set: millisecondBefore(settles) })
      assert.equal(await statusOf(place, transfer), 'pending')
      await move(place, { set: settles })
      assert.equal(await statusOf(place, transfer), 'processed')
      await assertLedgerHolds(server)
    })
})

describe('one move of the clock', () => {
  it('goes through all legs of a payment, each at its own time', async () => {
    const place = await at('2026-11-20T15:00-06:00')
    await send(place, 'S.bank', 'R.bank')
    await move(place, { advance: 'P30D' })
    assert.deepEqual(await toldOf(place, /transfer_(created|completed)$/), [
      '2026-11-20T21:00:00.000Z customer_bank_transfer_created',
      '2026-11-20T21:00:00.000Z customer_transfer_created',
      '2026-11-20T21:00:00.000Z customer_transfer_created',
      '2026-11-25T13:30:00.000Z customer_bank_transfer_completed',
      '2026-11-25T13:30:00.000Z customer_transfer_completed',
      '2026-11-25T13:30:00.000Z customer_transfer_completed',
      '2026-11-25T13:30:00.000Z customer_bank_transfer_created',
      '2026-11-27T13:30:00.000Z customer_bank_transfer_completed',
    ])
    assert.equal(await place.balance('R'), '100.00')
    await assertLedgerHolds(server)
  })

  it('brings back what is returned late, two banking days after it settled', async () => {
    const place = await at('2026-11-20T15:00-06:00')
    await rename(place, 'S.bank', 'R01-late')
    const transfer = await send(place, 'S.bank', 'S.balance')
    await move(place, { set: '2026-11-30T07:29:59.999-06:00' })
    assert.equal(await statusOf(place, transfer), 'processed')
    assert.equal(await place.balance('S'), '110.00')
    await move(place, { set: '2026-11-30T07:30-06:00' })
    assert.equal(await statusOf(place, transfer), 'failed')
    assert.equal(await place.balance('S'), '100.00')
    await assertLedgerHolds(server)
  })

  it('does everything in the order of time, whatever kind of work it is', async () => {
    const place = await at('2026-11-16T15:00-06:00')
    await rename(place, 'S.bank', 'R01-late')
    await send(place, 'S.bank', 'S.balance')
    await move(place, { set: '2026-11-19T15:00-06:00' })
    await send(place, 'U.bank', 'R.bank')
    await send(place, 'A.balance', 'A.bank')
    await move(place, { advance: 'P30D' })
    assert.deepEqual(await toldOf(place, /transfer_(completed|failed)$/), [
      '2026-11-19T13:30:00.000Z customer_bank_transfer_completed',
      '2026-11-20T13:30:00.000Z bank_transfer_completed',
      '2026-11-23T13:30:00.000Z customer_bank_transfer_failed',
      '2026-11-24T13:30:00.000Z customer_transfer_completed',
      '2026-11-24T13:30:00.000Z customer_transfer_completed',
      '2026-11-25T13:30:00.000Z customer_bank_transfer_completed',
    ])
    await assertLedgerHolds(server)
  })

  it('has what is held wait for the verification, and go on by the time of that', async () => {
    const place = await at('2026-11-16T15:00-06:00')
    const transfer = await send(place, 'U.bank', 'H.bank')
    await move(place, { advance: 'P10D' })
    assert.equal(await statusOf(place, transfer), 'pending')
    const email = 'h@example.com'
    const verified = await place.client.post(`/customers/${place.ids.get('H')}`, again('personal', {}, { email }))
    assert.equal(verified.body['status'], 'verified', verified.text)
    assert.equal(await statusOf(place, transfer), 'processed')
    await move(place, { set: '2026-11-30T07:30-06:00' })
    assert.deepEqual(await toldOf(place, /bank_transfer_(created|completed)$/), [
      '2026-11-26T21:00:00.000Z customer_bank_transfer_created',
      '2026-11-30T13:30:00.000Z customer_bank_transfer_completed',
    ])
    await assertLedgerHolds(server)
  })
})

describe('cancelling', () => {
  const statusNotAllowed = ['NotAllowed /status Status not allowed.']
  const cancel = (place: Place, path: string) => place.client.post(path, { status: 'cancelled' })

  for (const [from, to] of [
    ['A.balance', 'A.bank'],
    ['S.bank', 'S.balance'],
    ['S.bank', 'R.bank'],
    ['U.bank', 'A.balance'],
  ] as const)
    it(`is offered and taken until the leg goes out (${from} to ${to})`, async () => {
      const place = await at('2026-11-16T15:00-06:00')
      const [kept, cancelled] = [await send(place, from, to), await send(place, from, to)]
      await move(place, { set: '2026-11-16T15:59:59.999-06:00' })
      assert.ok((await place.get(cancelled))['_links']?.['cancel'])
      const answer = await cancel(place, cancelled)
      assert.equal(answer.status, 200, answer.text)
      assert.ok((await place.get(kept))['_links']?.['cancel'])
      await move(place, { set: '2026-11-16T16:00-06:00' })
      const legs = [kept, ...linksOf(await place.get(kept))]
      for (const leg of legs) {
        assert.equal((await place.get(leg))['_links']?.['cancel'], undefined)
        assert.deepEqual(errorsOf(await cancel(place, leg)), statusNotAllowed)
      }
      await move(place, { advance: 'P10D' })
      assert.equal(await statusOf(place, kept), 'processed')
      assert.equal(await statusOf(place, cancelled), 'cancelled')
      await assertLedgerHolds(server)
    })

  it('is offered anew for the next leg, until that goes out', async () => {
    const place = await at('2026-11-16T15:00-06:00')
    const transfer = await send(place, 'A.bank', 'U.bank')
    await move(place, { set: '2026-11-19T07:29-06:00' })
    assert.deepEqual(errorsOf(await cancel(place, transfer)), statusNotAllowed)
    await move(place, { set: '2026-11-19T07:30-06:00' })
    const answer = await cancel(place, transfer)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(await place.balance('A'), '110.00')
    await assertLedgerHolds(server)
  })
})

/** The paths of the legs that a transfer is linked to. */
const linksOf = ({ _links: links }: Loose): string[] =>
  ['funding-transfer', 'funded-transfer'].flatMap((rel) => {
    const href = links?.[rel]?.['href']
    return href === undefined ? [] : [`/transfers/${idIn(href)}`]
  })

describe('a world', () => {
  it('that settles by its clock is moved by a simulation as well', async () => {
    const place = await at('2026-11-16T15:00-06:00')
    const transfer = await send(place, 'S.bank', 'S.balance')
    assert.equal((await place.client.post('/sandbox-simulations')).body['total'], 1)
    assert.equal(await statusOf(place, transfer), 'processed')
    await move(place, { advance: 'P10D' })
    assert.equal((await toldOf(place, /transfer_completed$/)).length, 1)
  })

  it('that does not settle by its clock waits for a simulation, however far its clock goes', async () => {
    const place = await newPlace(server, {}, { clock: { mode: 'frozen', set: '2026-11-16T15:00-06:00' } })
    const transfer = await send(place, 'S.bank', 'S.balance')
    await move(place, { advance: 'P1Y' })
    assert.equal(await statusOf(place, transfer), 'pending')
    assert.ok((await place.get(transfer))['_links']?.['cancel'])
  })

  it('can be told to settle by its clock, and not by anything else', async () => {
    const { id } = await server.newWorld()
    const change = async (settlement: unknown) =>
      (await server.operate('POST', `/worlds/${id}`, { settings: { settlement } })).status
    assert.equal(await change('clock'), 200)
    assert.equal(await change('simulation'), 200)
    assert.equal(await change('daily'), 400)
    assert.equal(await change(null), 400)
  })
})

describe('a worker', () => {
  let aheadMs = 0
  const days = (count: number): number => count * 86_400_000
  const pass = (ms: number): void => {
    aheadMs += ms
    server.passRealTime(ms)
  }
  const { signal } = new AbortController()
  const warned: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => warned.push(line) })
  const work = () =>
    workOnce({ pool: server.pool, runDue: server.app.runDue, realNow: () => Date.now() + aheadMs, log, signal })

  /** The status of a transfer, as it stands in the database: tokens end sooner than settling takes. */
  const storedStatus = async (path: string): Promise<string | undefined> => {
    const { rows } = await server.pool.query<{ status: string }>('select status from transfers where id = $1', [
      idIn(path),
    ])
    return rows[0]?.status
  }

  const running = () => newPlace(server, { settlement: 'clock' }, { clock: { mode: 'running', advance: 'PT1H' } })

  it('does what running clocks have made due, and leaves frozen ones and simulations alone', async () => {
    const [place, frozen, simulated] = [await running(), await at(new Date().toISOString()), await newPlace(server)]
    const transfers = [
      await send(place, 'S.bank', 'S.balance'),
      await send(frozen, 'S.bank', 'S.balance'),
      await send(simulated, 'S.bank', 'S.balance'),
    ]
    assert.deepEqual(await work(), [])
    pass(days(10))
    assert.deepEqual(await work(), [place.worldId])
    assert.deepEqual(await Promise.all(transfers.map(storedStatus)), ['processed', 'pending', 'pending'])
    assert.deepEqual(await work(), [])
    assert.deepEqual(warned, [])
    await assertLedgerHolds(server)
  })

  it('brings micro-deposits', async () => {
    const place = await running()
    const bank = { routingNumber: '222222226', accountNumber: '987654321', bankAccountType: 'checking', name: 'Bank' }
    const added = await place.client.post(`/customers/${place.ids.get('U')}/funding-sources`, bank)
    const path = `/funding-sources/${idIn(added.location)}/micro-deposits`
    assert.equal((await place.client.post(path)).status, 201, added.text)
    assert.deepEqual(await work(), [])
    pass(days(10))
    assert.deepEqual(await work(), [place.worldId])
    const { rows } = await server.pool.query('select status from micro_deposits where account_id = $1', [
      place.accountId,
    ])
    assert.deepEqual(rows, [{ status: 'processed' }])
  })

  it('is one of several that does it, and takes over from one that has died', async () => {
    const place = await running()
    const transfer = await send(place, 'S.bank', 'S.balance')
    pass(days(10))
    const claimed = (await Promise.all([1, 2, 3, 4].map(work))).flat()
    assert.deepEqual(claimed, [place.worldId])
    assert.equal(await storedStatus(transfer), 'processed')

    const next = await running()
    const other = await send(next, 'S.bank', 'S.balance')
    pass(days(10))
    await server.pool.query('insert into due_leases (account_id, world_id, until) values ($1, $2, $3)', [
      next.accountId,
      next.worldId,
      new Date(Date.now() + aheadMs + 60_000),
    ])
    assert.deepEqual(await work(), [])
    assert.equal(await storedStatus(other), 'pending')
    pass(60_000)
    assert.deepEqual(await work(), [next.worldId])
    assert.equal(await storedStatus(other), 'processed')
    await assertLedgerHolds(server)
  })
})
