/**
 * Every way money can go, typed from Dwolla's recordings: what is told in the request and in each run that follows, in
 * order, and what each transfer shows. M is the transfer that is answered, P the one that pays for it, W the one that
 * it pays for; A is the account, S and R are verified, U is unverified and O receive-only.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Loose, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { idIn, nameLegs, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const flows = textTable(
  ['flow', 'from', 'to', 'kind', 'request', 'run 1', 'run 2'],
  `
  a1  | A.bank    | A.balance | in       | M:BT+A                      | M:BT✓A                             |
  a2  | A.bank    | O.bank    | over     | P:BT+A M:T+A M:T+O          | P:BT✓A                             | M:T✓A M:T✓O
  a3  | A.bank    | U.bank    | over     | P:BT+A M:T+A M:T+U          | P:BT✓A                             | M:T✓A M:T✓U
  a4  | A.bank    | R.balance | into     | P:BT+A M:T+A M:T+R          | P:BT✓A M:T✓A M:T✓R                 |
  a5  | A.bank    | R.bank    | through  | P:BT+A M:T+A M:T+R          | P:BT✓A M:T✓A M:T✓R W:BT+R          | W:BT✓R
  a6  | A.balance | A.bank    | out      | M:BT+A                      | M:BT✓A                             |
  a7  | A.balance | O.bank    | direct   | M:T+A M:T+O                 | M:T✓A M:T✓O                        |
  a8  | A.balance | U.bank    | direct   | M:T+A M:T+U                 | M:T✓A M:T✓U                        |
  a9  | A.balance | R.balance | at once  | M:T+A M:T+R M:T✓A M:T✓R     |                                    |
  a10 | A.balance | R.bank    | at once, then out | M:T+A M:T+R M:T✓A M:T✓R W:BT+R | W:BT✓R                  |
  c1  | U.bank    | A.balance | direct   | M:T+U M:T+A                 | M:T✓U M:T✓A                        |
  c2  | U.bank    | A.bank    | direct, then out | M:T+U M:T+A         | M:T✓U M:T✓A W:BT+A                 | W:BT✓A
  c3  | U.bank    | R.balance | direct   | M:T+U M:T+R                 | M:T✓U M:T✓R                        |
  c4  | U.bank    | R.bank    | direct, then out | M:T+U M:T+R         | M:T✓U M:T✓R W:BT+R                 | W:BT✓R
  v1  | S.bank    | A.balance | into     | P:BT+S M:T+S M:T+A          | P:BT✓S M:T✓S M:T✓A                 |
  v2  | S.bank    | A.bank    | through  | P:BT+S M:T+S M:T+A          | P:BT✓S M:T✓S M:T✓A W:BT+A          | W:BT✓A
  v3  | S.bank    | O.bank    | over     | P:BT+S M:T+S M:T+O          | P:BT✓S                             | M:T✓S M:T✓O
  v4  | S.bank    | U.bank    | over     | P:BT+S M:T+S M:T+U          | P:BT✓S                             | M:T✓S M:T✓U
  v5  | S.bank    | S.balance | in       | M:BT+S                      | M:BT✓S                             |
  v6  | S.bank    | R.bank    | through  | P:BT+S M:T+S M:T+R          | P:BT✓S M:T✓S M:T✓R W:BT+R          | W:BT✓R
  v7  | S.balance | A.balance | at once  | M:T+S M:T+A M:T✓S M:T✓A     |                                    |
  v8  | S.balance | S.bank    | out      | M:BT+S                      | M:BT✓S                             |
  v9  | S.balance | O.bank    | direct   | M:T+S M:T+O                 | M:T✓S M:T✓O                        |
  v10 | S.balance | U.bank    | direct   | M:T+S M:T+U                 | M:T✓S M:T✓U                        |
  v11 | S.balance | R.balance | at once  | M:T+S M:T+R M:T✓S M:T✓R     |                                    |
  v12 | S.balance | R.bank    | at once, then out | M:T+S M:T+R M:T✓S M:T✓R W:BT+R | W:BT✓R                  |
  not recorded | S.bank | R.balance | into | P:BT+S M:T+S M:T+R         | P:BT✓S M:T✓S M:T✓R                 |
  not recorded | S.bank | S.bank2   | in, then out | M:BT+S             | M:BT✓S W:BT+S                      | W:BT✓S
  not recorded | A.bank | A.bank2   | in, then out | M:BT+A             | M:BT✓A W:BT+A                      | W:BT✓A
  not recorded | S.balance | A.bank | at once, then out | M:T+S M:T+A M:T✓S M:T✓A W:BT+A | W:BT✓A                  |
  `,
)

/** The transfers of each kind of flow: their status after the request and after each run, and their links. */
const legs = textTable(
  ['kind', 'leg', 'status', 'source', 'destination', 'sources', 'funding', 'funded'],
  `
  in                | M | pending processed processed  | from     | sender   | from -  | - | -
  out               | M | pending processed processed  | sender   | to       | - to    | - | -
  in, then out      | M | pending processed processed  | from     | sender   | from to | - | W
  in, then out      | W | - pending processed          | sender   | to       | - to    | M | -
  over              | P | pending processed processed  | from     | sender   | from -  | - | M
  over              | M | pending pending processed    | sender   | receiver | from to | P | -
  into              | P | pending processed processed  | from     | sender   | from -  | - | M
  into              | M | pending processed processed  | sender   | receiver | from to | P | -
  through           | P | pending processed processed  | from     | sender   | from -  | - | M
  through           | M | pending processed processed  | sender   | receiver | from to | P | W
  through           | W | - pending processed          | receiver | to       | - to    | M | -
  direct            | M | pending processed processed  | sender   | receiver | from to | - | -
  direct, then out  | M | pending processed processed  | sender   | receiver | from to | - | W
  direct, then out  | W | - pending processed          | receiver | to       | - to    | M | -
  at once           | M | processed processed processed | sender  | receiver | from to | - | -
  at once, then out | M | processed processed processed | sender  | receiver | from to | - | W
  at once, then out | W | pending processed processed  | receiver | to       | - to    | M | -
  `,
)

/** What a transfer shows, in the words of the table. */
const shown = ({ names }: Place, transfer: Loose, words: ReadonlyMap<string, string>): string => {
  const end = (rel: string): string => {
    const href = transfer['_links']?.[rel]?.['href'] as unknown
    const name = href === undefined ? '-' : (names.get(idIn(href)) ?? 'unknown')
    return words.get(name) ?? name
  }
  return [
    end('source'),
    end('destination'),
    `${end('source-funding-source')} ${end('destination-funding-source')}`,
    end('funding-transfer'),
    end('funded-transfer'),
  ].join(' | ')
}

describe('money goes from', () => {
  for (const { flow, from, to, kind, request, ...runs } of flows)
    it(`${from} to ${to} (${flow})`, async () => {
      const place = await newPlace(server)
      const sent = await place.send(from, to)
      assert.equal(sent.status, 201, sent.text)
      const main = idIn(sent.location)
      const statuses: { [leg: string]: string[] } = { P: [], M: [], W: [] }
      const told: string[] = []
      for (const step of ['request', 'run 1', 'run 2']) {
        if (step !== 'request') await place.run()
        await nameLegs(place, main)
        told.push((await place.news()).join(' '))
        for (const [id, name] of place.names) {
          if (!statuses[name]) continue
          const { status, _links } = await place.get(`/transfers/${id}`)
          statuses[name].push(String(status))
          assert.equal(_links?.['cancel'] !== undefined, String(status) === 'pending')
        }
        for (const leg of Object.values(statuses)) if (leg.length < told.length) leg.push('-')
      }
      assert.deepEqual(told, [request, runs['run 1'], runs['run 2']])

      const words = new Map([
        [from, 'from'],
        [to, 'to'],
        [from.split('.')[0] ?? '', 'sender'],
        ...(from[0] === to[0] ? [] : [[to.split('.')[0] ?? '', 'receiver'] as const]),
      ])
      const expected = legs.filter((leg) => leg.kind === kind)
      const found: string[] = []
      for (const name of ['P', 'M', 'W'])
        for (const [id, called] of place.names)
          if (called === name) {
            const body = await place.get(`/transfers/${id}`)
            found.push(`${name} | ${statuses[name]?.join(' ')} | ${shown(place, body, words)}`)
          }
      assert.deepEqual(
        found,
        expected.map((leg) =>
          [leg.leg, leg.status, leg.source, leg.destination, leg.sources, leg.funding, leg.funded].join(' | '),
        ),
      )
      await assertLedgerHolds(server)
    })
})
