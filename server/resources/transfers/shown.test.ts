/** What a transfer shows beside its links, and what its events say of it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { idIn, nameLegs, newPlace } from './transfers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

describe('a transfer shows', () => {
  it('exactly this, when it is pending and paid for by another', async () => {
    const place = await newPlace(server)
    const sent = await place.send('A.bank', 'U.bank')
    const id = idIn(sent.location)
    assert.equal(sent.location, `${server.origin}/transfers/${id}`)
    assert.equal(sent.text, '')
    const link = (path: string, type: string) => ({
      href: server.origin + path,
      type: 'application/vnd.dwolla.v1.hal+json',
      'resource-type': type,
    })
    const { created, ...main } = await place.get(`/transfers/${id}`)
    assert.match(String(created), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    const paying = idIn(main['_links']?.['funding-transfer']?.['href'])
    assert.notEqual(paying, id)
    assert.deepEqual(main, {
      _links: {
        self: link(`/transfers/${id}`, 'transfer'),
        source: link(`/accounts/${place.accountId}`, 'account'),
        destination: link(`/customers/${place.ids.get('U')}`, 'customer'),
        'source-funding-source': link(`/funding-sources/${place.ids.get('A.bank')}`, 'funding-source'),
        'destination-funding-source': link(`/funding-sources/${place.ids.get('U.bank')}`, 'funding-source'),
        'funding-transfer': link(`/transfers/${paying}`, 'transfer'),
        cancel: link(`/transfers/${id}`, 'transfer'),
      },
      id,
      status: 'pending',
      amount: { value: '10.00', currency: 'USD' },
      clearing: { source: 'standard' },
    })
  })

  const legs = textTable(
    ['from', 'to', 'asked', 'leg', 'clearing', 'bank knows it at first', 'and in the end'],
    `
    A.bank    | A.balance | {}                                                | M | {"source":"standard"}        | yes | yes
    A.balance | A.bank    | {}                                                | M | {"destination":"next-day"}   | yes | yes
    S.bank    | R.bank    | {}                                                | P | {"source":"standard"}        | yes | yes
    S.bank    | R.bank    | {}                                                | M | {"source":"standard"}        | no  | no
    S.bank    | R.bank    | {}                                                | W | {"destination":"next-day"}   | yes | yes
    S.bank    | U.bank    | {}                                                | M | {"source":"standard"}        | no  | yes
    U.bank    | A.balance | {}                                                | M | {"source":"standard"}        | no  | yes
    A.balance | U.bank    | {}                                                | M | -                            | no  | yes
    A.balance | R.balance | {}                                                | M | -                            | no  | no
    S.bank    | R.bank    | {"source":"next-available"}                       | P | {"source":"next-available"}  | yes | yes
    S.balance | R.bank    | {"destination":"next-available"}                  | W | {"destination":"next-available"} | yes | yes
    `,
  )

  for (const { from, to, asked, leg, clearing, ...known } of legs)
    it(`how fast ${leg} of ${from} to ${to} is, asked for ${asked}, and what its bank knows it by`, async () => {
      const place = await newPlace(server, { mayClearSameDay: true })
      const main = idIn((await place.send(from, to, '10.00', { clearing: JSON.parse(asked) })).location)
      const read = async () => {
        await nameLegs(place, main)
        const [id] = [...place.names].find(([, name]) => name === leg) ?? []
        return id === undefined ? null : await place.get(`/transfers/${id}`)
      }
      const achId = (body: Awaited<ReturnType<typeof read>>) => {
        const id = body?.['individualAchId']
        if (id !== undefined) assert.match(String(id), /^I[0-9A-Z]{7}$/)
        return id === undefined ? 'no' : 'yes'
      }
      const first = (await read()) ?? (await place.run().then(read))
      assert.deepEqual(
        [JSON.stringify(first?.['clearing']) ?? '-', achId(first)],
        [clearing, known['bank knows it at first']],
      )
      for (let run = 0; run < 2; run++) await place.run()
      const last = await read()
      assert.deepEqual([last?.['status'], achId(last)], ['processed', known['and in the end']])
    })

  it('the metadata, addenda and correlation id it was given, and its events the latter', async () => {
    const place = await newPlace(server, { maySendAddenda: true })
    const more = {
      metadata: { paymentId: '12345678', note: 'Payment for completed work Dec. 1' },
      correlationId: '8a2cdc8d-629d-4a24-98ac-40b735229fe2',
      achDetails: { source: { addenda: { values: ['ABC123_AddendaValue'] } } },
    }
    const main = idIn((await place.send('A.bank', 'R.balance', '10.00', more)).location)
    const { metadata, correlationId, achDetails } = await place.get(`/transfers/${main}`)
    assert.deepEqual({ metadata, correlationId, achDetails }, more)
    await place.run()
    const { _embedded } = JSON.parse((await place.client.get('/events?limit=200')).text)
    type Event = { topic: string; resourceId: string; correlationId?: string }
    const ofTransfers = _embedded.events.filter(({ topic }: Event) => topic.includes('transfer'))
    assert.equal(ofTransfers.length, 6)
    for (const event of ofTransfers) {
      assert.equal(event.correlationId, more.correlationId)
      const read = await place.get(`/events/${event.id}`)
      assert.deepEqual(read, event)
    }
    for (const event of _embedded.events)
      if (!event.topic.includes('transfer')) assert.equal(event.correlationId, undefined)
  })
})
