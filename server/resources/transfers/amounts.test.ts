/** Amounts and texts made to be misread: what is moved is what was meant to the cent, or nothing. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { errorsOf } from '../customers/customers-fixture.ts'
import { idIn, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
let place: Place
before(async () => {
  server = await startTestServer()
  place = await newPlace(server)
})
after(() => server.stop())

/** Sends money from S to R in a body that has this member besides, as JSON. */
const sendWith = (member: string) => {
  const hrefOf = (name: string) => ({ href: `${server.origin}/funding-sources/${place.ids.get(name)}` })
  const links = JSON.stringify({ source: hrefOf('S.balance'), destination: hrefOf('R.balance') })
  return place.client.post('/transfers', `{"_links":${links},${member}}`)
}

/** What is no amount, as JSON, one a line. */
const bombs = `
"1e3"
"1E3"
"0.001"
"-1"
"-0"
"0"
"0.00"
"0.005"
"+5"
" 5"
"5 "
"5\\n"
"5."
".5"
"05.00"
"1,000.00"
"0x10"
"NaN"
"Infinity"
"９.00"
"٥.00"
"1_000"
"1000000000000000000000000000000"
"1000000000000.00"
"5.00\\u200b"
"5\\u0000"
"\\ud800"
"$5.00"
"5.00 USD"
"five"
"1.0000000000000000000001"
-1
0
1e30
0.001
true
[]
{}
["5.00"]
[5]
{"value":"5.00"}
`

describe('amounts', () => {
  it('that are none are refused in the same words, and nothing comes of them', async () => {
    const values = bombs.trim().split('\n')
    assert.ok(values.length > 35)
    const stored = await storedRows(server.pool, place.accountId)
    const said = async (value: string) =>
      errorsOf(await sendWith(`"amount":{"value":${value},"currency":"USD"}`), value).join(' + ')
    const notPositive = 'InvalidFormat /amount/value Invalid amount. The supplied amount must be a positive number.'
    for (const value of values) assert.equal(await said(value), notPositive, value)
    for (const value of ['null', '""', '"  "', '"\\t"'])
      assert.equal(await said(value), 'Required /amount/value Value required.', value)
    assert.deepEqual(await storedRows(server.pool, place.accountId), stored)
    await assertLedgerHolds(server)
  })

  it('that older clients send are moved to the cent', async () => {
    const sent = textTable(
      ['amount', 'moves'],
      `
      {"value":1,"currency":"USD"}                       | 1.00
      {"value":0.1,"currency":"USD"}                     | 0.10
      {"value":1.005,"currency":"usd"}                   | 1.00
      {"value":"0.015","currency":"USD"}                 | 0.02
      {"value":"0.025","currency":"USD"}                 | 0.02
      {"value":"9","value":"2","currency":"USD"}         | 2.00
      {"value":"0.01","currency":"USD","toString":"90"}  | 0.01
      `,
    )
    for (const { amount, moves } of sent) {
      const answer = await sendWith(`"amount":${amount}`)
      assert.equal(answer.status, 201, answer.text)
      const { amount: moved } = await place.get(`/transfers/${idIn(answer.location)}`)
      assert.deepEqual(moved, { value: moves, currency: 'USD' }, amount)
    }
    assert.deepEqual([await place.balance('S'), await place.balance('R')], ['95.85', '104.15'])
    await assertLedgerHolds(server)
  })

  it('count for a week that ends on Sunday, whatever comes of them', async () => {
    const weekly = await newPlace(server)
    const found = await server.pool.query('select id from worlds where account_id = $1', [weekly.accountId])
    const setClock = async (at: string) =>
      assert.equal(
        (await server.operate('POST', `/worlds/${found.rows[0].id}/clock`, { mode: 'frozen', set: at })).status,
        200,
      )
    const sends = async (value: string) => (await weekly.send('U.bank', 'A.balance', value)).status
    const nextSunday = new Date()
    nextSunday.setUTCDate(nextSunday.getUTCDate() + (7 - nextSunday.getUTCDay()))
    const day = nextSunday.toISOString().slice(0, 10)
    await setClock(`${day}T23:59:59.999Z`)
    assert.equal(await sends('4999.99'), 201)
    assert.equal(await sends('0.02'), 400)
    const last = await weekly.send('U.bank', 'A.balance', '0.01')
    assert.equal((await weekly.client.post(new URL(last.location ?? '').pathname, { status: 'cancelled' })).status, 200)
    assert.equal(await sends('0.01'), 400)
    nextSunday.setUTCDate(nextSunday.getUTCDate() + 1)
    await setClock(`${nextSunday.toISOString().slice(0, 10)}T00:00:00.000Z`)
    assert.equal(await sends('5000.00'), 201)
    assert.equal(await sends('0.01'), 400)
    await assertLedgerHolds(server)
  })
})

describe('metadata', () => {
  it('is answered as it was given, whatever it is called', async () => {
    const metadata = '{"toString":"","valueOf":"x","名":"💸 \\u202e","a\\"b":"\\t"}'
    const answer = await sendWith(`"amount":{"value":"0.01","currency":"USD"},"metadata":${metadata}`)
    assert.equal(answer.status, 201, answer.text)
    const { text } = await place.client.get(`/transfers/${idIn(answer.location)}`)
    const entries = Object.entries(JSON.parse(text).metadata).sort()
    assert.deepEqual(entries, Object.entries(JSON.parse(metadata)).sort())
  })
})
