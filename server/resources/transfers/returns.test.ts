/**
 * What each code of a bank does beside failing a transfer: to the bank's funding source, to the bank account wherever
 * else it is, and to the customer who holds it. Typed from Dwolla's table of return codes.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { defaultSettings } from '../../worlds/settings.ts'
import { customerIn, newWorld, topicsOf } from '../customers/customers-fixture.ts'
import { stopForReturn } from '../customers/operations.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { idIn, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** Whether the code comes with debits and with credits, and what it does. */
const codes = textTable(
  ['code', 'debit', 'credit', 'source', 'customer', 'blocked'],
  `
  R01 | Y | – | verified             | verified    | –
  R02 | Y | Y | unverified, removed  | verified    | –
  R03 | Y | Y | unverified, removed  | verified    | –
  R04 | Y | Y | unverified, removed  | verified    | –
  R05 | Y | – | unverified, removed  | suspended   | Y
  R06 | Y | Y | unverified, removed  | suspended   | Y
  R07 | Y | – | unverified, removed  | deactivated | –
  R08 | Y | – | unverified, removed  | verified    | –
  R09 | Y | – | verified             | verified    | –
  R10 | Y | – | unverified, removed  | suspended   | Y
  R11 | Y | – | unverified, removed  | deactivated | –
  R12 | Y | Y | verified, removed    | verified    | –
  R13 | Y | Y | unverified, removed  | verified    | Y
  R14 | Y | Y | verified, removed    | suspended   | –
  R15 | Y | Y | unverified, removed  | suspended   | Y
  R16 | Y | Y | unverified, removed  | suspended   | Y
  R17 | Y | Y | unverified, removed  | suspended   | Y
  R20 | Y | Y | verified, removed    | verified    | Y
  R22 | Y | Y | unverified           | verified    | –
  R23 | – | Y | unverified, removed  | verified    | –
  R29 | Y | – | unverified, removed  | suspended   | Y
  R31 | Y | Y | unverified, removed  | suspended   | Y
  R37 | Y | – | verified, removed    | verified    | –
  R38 | Y | – | unverified, removed  | suspended   | Y
  R51 | Y | – | unverified, removed  | suspended   | Y
  `,
)

const rename = (place: Place, bank: string, name: string): Promise<void> =>
  place.write((ctx) => {
    fundingSources.set(ctx, fundingSources.get(ctx, place.ids.get(bank) ?? ''), { name })
  })

const statusOf = async (place: Place, path: string): Promise<unknown> => (await place.get(path))['status']

const sourceOf = async (place: Place, bank: string): Promise<string> => {
  const { status, removed } = await place.get(`/funding-sources/${place.ids.get(bank)}`)
  return `${status}${String(removed) === 'true' ? ', removed' : ''}`
}

const isBlocked = async (place: Place, bank: string): Promise<boolean> => {
  const { rowCount } = await server.pool.query(
    `select from blocked_banks b join funding_sources f on f.account_id = b.account_id and f.fingerprint = b.id
     where f.account_id = $1 and f.id = $2`,
    [place.accountId, place.ids.get(bank)],
  )
  return rowCount === 1
}

/** The topics told since there were this many. */
const toldSince = async ({ client }: Place, count: number): Promise<string[]> => (await topicsOf(client)).slice(count)

/** What follows a failed transfer of a customer, in order. */
const following = (source: string, customer: string): string[] => [
  ...(source.startsWith('unverified') ? ['customer_funding_source_unverified'] : []),
  ...(source.endsWith('removed') ? ['customer_funding_source_removed'] : []),
  ...(customer === 'verified' ? [] : [`customer_${customer}`]),
]

const payments = {
  debit: { bank: 'S.bank', from: 'S.bank', to: 'S.balance' },
  credit: { bank: 'S.bank2', from: 'S.balance', to: 'S.bank2' },
} as const

describe('a bank that sends back', () => {
  for (const { code, source, customer, blocked, ...comes } of codes)
    for (const direction of ['debit', 'credit'] as const)
      for (const late of ['', '-late'])
        it(`a ${direction} with ${code}${late}`, async () => {
          const place = await newPlace(server)
          const { bank, from, to } = payments[direction]
          await rename(place, bank, `${code}${late}`)
          const sent = await place.send(from, to)
          assert.equal(sent.status, 201, sent.text)
          const transfer = `/transfers/${idIn(sent.location)}`
          const before = (await topicsOf(place.client)).length

          await place.run()
          if (late) {
            assert.equal(await statusOf(place, transfer), 'processed')
            assert.equal(await sourceOf(place, bank), 'verified')
            await place.run()
          }

          const told = await toldSince(place, before)
          const settled = comes[direction] === 'Y' ? [] : ['customer_bank_transfer_completed']
          if (settled.length > 0) {
            assert.equal(await statusOf(place, transfer), 'processed')
            assert.deepEqual(told, settled)
            assert.equal(await sourceOf(place, bank), 'verified')
            return
          }
          assert.equal(await statusOf(place, transfer), 'failed')
          assert.equal((await place.get(`${transfer}/failure`))['code'], code)
          assert.equal(await sourceOf(place, bank), source)
          assert.equal(await statusOf(place, `/customers/${place.ids.get('S')}`), customer)
          assert.equal(await isBlocked(place, bank), blocked === 'Y')
          assert.equal(await place.balance('S'), '100.00')
          assert.deepEqual(told, [
            ...(late ? ['customer_bank_transfer_completed'] : []),
            'customer_bank_transfer_failed',
            ...following(source, customer),
          ])
          await assertLedgerHolds(server)
        })

  it('money of the account tells of the account’s bank, and stops nobody', async () => {
    const place = await newPlace(server)
    await rename(place, 'A.bank', 'R05')
    await place.send('A.bank', 'A.balance')
    const before = (await topicsOf(place.client)).length
    await place.run()
    assert.deepEqual(await toldSince(place, before), [
      'bank_transfer_failed',
      'funding_source_unverified',
      'funding_source_removed',
    ])
    assert.equal(await sourceOf(place, 'A.bank'), 'unverified, removed')
  })

  it('money of those without a balance has the same effects on them', async () => {
    const place = await newPlace(server)
    await rename(place, 'U.bank', 'R10')
    await rename(place, 'O.bank', 'R16')
    await place.send('U.bank', 'A.balance')
    await place.send('A.balance', 'O.bank')
    await place.run()
    for (const owner of ['U', 'O']) {
      assert.equal(await statusOf(place, `/customers/${place.ids.get(owner)}`), 'suspended')
      assert.equal(await sourceOf(place, `${owner}.bank`), 'unverified, removed')
    }
    assert.equal(await place.balance('A'), '100.00')
  })

  it('two transfers at once has its effects once', async () => {
    const place = await newPlace(server)
    await rename(place, 'S.bank', 'R06')
    for (let n = 0; n < 2; n++) await place.send('S.bank', 'S.balance')
    const before = (await topicsOf(place.client)).length
    await place.run()
    assert.deepEqual(await toldSince(place, before), [
      'customer_bank_transfer_failed',
      'customer_funding_source_unverified',
      'customer_funding_source_removed',
      'customer_suspended',
      'customer_bank_transfer_failed',
    ])
  })

  it('one transfer has what was still to reach that bank cancelled', async () => {
    const place = await newPlace(server)
    await rename(place, 'S.bank2', 'R03')
    const [failing, other] = [await place.send('S.balance', 'S.bank2'), await place.send('S.balance', 'S.bank2')]
    await place.run()
    assert.equal(await statusOf(place, `/transfers/${idIn(failing.location)}`), 'failed')
    assert.equal(await statusOf(place, `/transfers/${idIn(other.location)}`), 'cancelled')
    assert.equal(await place.balance('S'), '100.00')
  })

  it('something bars the bank account from the next payment, whoever has it', async () => {
    const place = await newPlace(server)
    await rename(place, 'S.bank2', 'R20')
    await place.send('S.balance', 'S.bank2')
    await place.run()
    await place.write((ctx) => {
      const { fingerprint } = fundingSources.get(ctx, place.ids.get('S.bank2') ?? '')
      fundingSources.set(ctx, fundingSources.get(ctx, place.ids.get('U.bank') ?? ''), { fingerprint })
    })
    const sent = await place.send('U.bank', 'A.balance')
    assert.notEqual(sent.status, 201, 'a bank account that is barred was debited')
    const paid = await place.send('A.balance', 'U.bank')
    assert.notEqual(paid.status, 201, 'a bank account that is barred was paid')
  })
})

describe('a code that stops a customer', () => {
  const states = textTable(
    ['kind', 'state', 'R10', 'R07'],
    `
    unverified   | unverified  | suspended   | deactivated
    receive-only | unverified  | suspended   | deactivated
    personal     | retry       | suspended   | deactivated
    personal     | kba         | suspended   | deactivated
    personal     | document    | suspended   | deactivated
    personal     | verified    | suspended   | deactivated
    personal     | suspended   | suspended   | suspended
    personal     | deactivated | deactivated | deactivated
    `,
  )
  for (const { kind, state, ...expected } of states)
    for (const code of ['R10', 'R07'] as const)
      it(`finds a ${kind} one ${state}: ${code} leaves it ${expected[code]}`, async () => {
        const { accountId, client } = await newWorld(server)
        const path = await customerIn(client, kind as 'personal', state)
        const before = (await topicsOf(client)).length
        await server.gate.write({
          context: { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() },
          run: (ctx) => stopForReturn(ctx, { customerId: idIn(path), code }),
        })
        assert.equal((await client.get(path)).body['status'], expected[code])
        const told = (await topicsOf(client)).slice(before)
        assert.deepEqual(told, state === expected[code] ? [] : [`customer_${expected[code]}`])
      })
})
