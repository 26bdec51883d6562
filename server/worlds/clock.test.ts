import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, startTestServer, type TestServer } from '../testing/harness.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const hourMs = 60 * 60 * 1000

const move = (id: string, change: unknown): Promise<Answer> => server.operate('POST', `/worlds/${id}/clock`, change)

const clockOf = async (id: string): Promise<{ mode: string; now: string }> => {
  const clock = await server.operate('GET', `/worlds/${id}/clock`)
  assert.equal(clock.status, 200)
  assert.deepEqual(Object.keys(clock.body), ['mode', 'now'])
  return JSON.parse(clock.text)
}

/** A world whose clock stands on the last day of January. */
const frozen = async () => server.newWorld({ clock: { mode: 'frozen', set: '2026-01-31T12:00:00Z' } })

const errorsOf = (answer: Answer, sent: unknown): string => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], `${sent} ${answer.text}`)
  return JSON.parse(answer.text)
    ._embedded.errors.map((e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`)
    .join(' + ')
}

/** Runs `act`, and tells that `now` was on the world's clock meanwhile, which runs with real time from `from` on. */
const runsFrom = async (from: string, act: () => Promise<string>): Promise<void> => {
  const startedAt = Date.now()
  const now = Date.parse(await act())
  const elapsedMs = Date.now() - startedAt
  const ahead = now - Date.parse(from)
  assert.ok(ahead >= 0 && ahead <= elapsedMs, `${ahead} ms ahead of ${from} after ${elapsedMs} ms`)
}

describe('POST /_clearyard/worlds/{id}/clock answers 200', () => {
  it('and a frozen clock stands where it is put', async () => {
    const rows = textTable(
      ['change', 'now'],
      `
      {"advance":"PT1H"}                            | 2026-01-31T13:00:00.000Z
      {"advance":"PT0.5S"}                          | 2026-01-31T12:00:00.500Z
      {"advance":"P1DT2H"}                          | 2026-02-01T14:00:00.000Z
      {"advance":"P2W"}                             | 2026-02-14T12:00:00.000Z
      {"advance":"P1M"}                             | 2026-02-28T12:00:00.000Z
      {"advance":"P1M1D"}                           | 2026-03-01T12:00:00.000Z
      {"advance":"P25M"}                            | 2028-02-29T12:00:00.000Z
      {"advance":"P1Y2M3DT4H5M6.007S"}              | 2027-04-03T16:05:06.007Z
      {"advance":"PT0S"}                            | 2026-01-31T12:00:00.000Z
      {"advance":"PT1H","mode":"frozen"}            | 2026-01-31T13:00:00.000Z
      {"mode":"frozen"}                             | 2026-01-31T12:00:00.000Z
      {"set":"2026-01-31T12:00:00Z"}                | 2026-01-31T12:00:00.000Z
      {"set":"2026-02-01T00:00Z"}                   | 2026-02-01T00:00:00.000Z
      {"set":"2026-02-01T00:00:00.123456789Z"}      | 2026-02-01T00:00:00.123Z
      {"set":"2026-02-01T00:00:00+02:00"}           | 2026-01-31T22:00:00.000Z
      {"set":"2026-02-01T00:00:00-05:30"}           | 2026-02-01T05:30:00.000Z
      {"set":"2028-02-29T12:00:00Z"}                | 2028-02-29T12:00:00.000Z
      {"set":"9998-12-31T23:59:59.999Z"}            | 9998-12-31T23:59:59.999Z
      `,
    )
    for (const { change, now } of rows) {
      const { id } = await frozen()
      const moved = await move(id, change)
      assert.equal(moved.status, 200, moved.text)
      assert.deepEqual(moved.body, { mode: 'frozen', now }, change)
      assert.deepEqual(await clockOf(id), { mode: 'frozen', now })
      assert.deepEqual((await server.operate('GET', `/worlds/${id}`)).body['clock'], { mode: 'frozen', now })
    }
  })

  it('and a frozen clock that is to run goes on from where it stood', async () => {
    const { id } = await frozen()
    server.passRealTime(hourMs)
    assert.equal((await clockOf(id)).now, '2026-01-31T12:00:00.000Z')
    const startedAt = Date.now()
    assert.equal((await move(id, { mode: 'running' })).body['mode'], 'running')
    server.passRealTime(hourMs)
    const ahead = Date.parse((await clockOf(id)).now) - Date.parse('2026-01-31T13:00:00Z')
    assert.ok(ahead >= 0 && ahead <= Date.now() - startedAt)
  })

  it('and a running clock runs on from where it is put, and stands where it is frozen', async () => {
    const { id } = await server.newWorld()
    await runsFrom('2040-06-01T00:00:00Z', async () => {
      const moved = await move(id, { set: '2040-06-01T00:00:00Z' })
      assert.deepEqual([moved.status, moved.body['mode']], [200, 'running'])
      return (await clockOf(id)).now
    })
    const stopped = await move(id, { mode: 'frozen' })
    assert.equal(stopped.body['mode'], 'frozen')
    server.passRealTime(hourMs)
    assert.deepEqual(await clockOf(id), stopped.body)
  })

  it('and a real clock that is advanced runs ahead of real time', async () => {
    const { id } = await server.newWorld()
    assert.equal((await clockOf(id)).mode, 'real')
    const startedAt = Date.now()
    const before = Date.parse((await clockOf(id)).now)
    assert.equal((await move(id, { advance: 'PT48H' })).body['mode'], 'running')
    const ahead = Date.parse((await clockOf(id)).now) - before - 48 * hourMs
    assert.ok(ahead >= 0 && ahead <= Date.now() - startedAt, String(ahead))
  })

  it('and a clock that is behind follows real time again', async () => {
    for (const mode of ['frozen', 'running']) {
      const { id } = await server.newWorld({ clock: { mode, set: '2020-01-01T00:00:00Z' } })
      assert.equal((await move(id, { mode: 'real' })).body['mode'], 'real')
      const { id: reference } = await server.newWorld()
      const startedAt = Date.now()
      const [a, b] = [await clockOf(id), await clockOf(reference)]
      assert.equal(a.mode, 'real')
      const apart = Date.parse(b.now) - Date.parse(a.now)
      assert.ok(apart >= 0 && apart <= Date.now() - startedAt)
    }
  })

  it('and moves the clock of one world alone', async () => {
    const [one, other] = [await frozen(), await frozen()]
    await move(one.id, { advance: 'P1D' })
    assert.equal((await clockOf(other.id)).now, '2026-01-31T12:00:00.000Z')
  })

  it('to ten months at once, each from where the last one led', async () => {
    const { id } = await server.newWorld({ clock: { mode: 'frozen', set: '2026-01-15T00:00:00Z' } })
    const moved = await Promise.all(Array.from({ length: 10 }, () => move(id, { advance: 'P1M' })))
    assert.deepEqual(
      moved.map((answer) => answer.body['now']).sort(),
      ['02', '03', '04', '05', '06', '07', '08', '09', '10', '11'].map((month) => `2026-${month}-15T00:00:00.000Z`),
    )
    assert.equal((await clockOf(id)).now, '2026-11-15T00:00:00.000Z')
  })
})

describe('POST /_clearyard/worlds/{id}/clock answers 400', () => {
  const set = 'Invalid /set set must be an instant such as 2026-11-23T14:00:00Z, in the years 1970 to 9998.'
  const advance =
    'Invalid /advance advance must be an ISO 8601 duration such as PT1H or P1DT2H, to the year 9998 at most.'
  const one = 'Invalid  Give one of set and advance, and neither with the mode real.'
  const rows = textTable(
    ['change', 'error'],
    `
    {}                                                   | Invalid  Give mode, set or advance.
    {"set":"2026-01-31T11:59:59.999Z"}                   | NotAllowed /set The clock is at 2026-01-31T12:00:00.000Z and does not go back.
    {"set":"2026-01-31T13:00:00+02:00"}                  | NotAllowed /set The clock is at 2026-01-31T12:00:00.000Z and does not go back.
    {"set":"1970-01-01T00:00:00Z","mode":"running"}      | NotAllowed /set The clock is at 2026-01-31T12:00:00.000Z and does not go back.
    {"set":"tomorrow"}                                   | ${set}
    {"set":"2026-02-01"}                                 | ${set}
    {"set":"2026-02-01T00:00:00"}                        | ${set}
    {"set":"2026-02-01 00:00:00Z"}                       | ${set}
    {"set":"2026-02-30T00:00:00Z"}                       | ${set}
    {"set":"2026-13-01T00:00:00Z"}                       | ${set}
    {"set":"2026-02-01T25:00:00Z"}                       | ${set}
    {"set":"2027-02-29T00:00:00Z"}                       | ${set}
    {"set":"9999-01-01T00:00:00Z"}                       | ${set}
    {"set":"0001-01-01T00:00:00Z"}                       | ${set}
    {"set":"+012026-01-01T00:00:00Z"}                    | ${set}
    {"set":1800000000}                                   | ${set}
    {"set":null}                                         | ${set}
    {"advance":"-PT1S"}                                  | ${advance}
    {"advance":"PT-1H"}                                  | ${advance}
    {"advance":"-P1D"}                                   | ${advance}
    {"advance":"1h"}                                     | ${advance}
    {"advance":"P"}                                      | ${advance}
    {"advance":"PT"}                                     | ${advance}
    {"advance":"P1.5D"}                                  | ${advance}
    {"advance":""}                                       | ${advance}
    {"advance":3600}                                     | ${advance}
    {"advance":null}                                     | ${advance}
    {"advance":{}}                                       | ${advance}
    {"advance":"P9000Y"}                                 | ${advance}
    {"advance":"P999999999Y"}                            | ${advance}
    {"set":"2026-02-01T00:00:00Z","advance":"PT1H"}      | ${one}
    {"mode":"real","advance":"PT1H"}                     | ${one}
    {"mode":"real","set":"2040-01-01T00:00:00Z"}         | ${one}
    {"mode":"paused"}                                    | Invalid /mode mode must be one of frozen, running, real.
    {"mode":null}                                        | Invalid /mode mode must be one of frozen, running, real.
    {"mode":["frozen"]}                                  | Invalid /mode mode must be one of frozen, running, real.
    {"now":"2026-02-01T00:00:00Z"}                       | Invalid /now There is no now here; known are mode, set, advance.
    {"mode":"x","set":"y","to":1}                        | Invalid /to There is no to here; known are mode, set, advance. + Invalid /mode mode must be one of frozen, running, real. + ${set}
    `,
  )

  it('to what is no change, and to every way back', async () => {
    const { id } = await frozen()
    for (const { change, error } of rows) assert.equal(errorsOf(await move(id, change), change), error, change)
    assert.deepEqual(await clockOf(id), { mode: 'frozen', now: '2026-01-31T12:00:00.000Z' })
  })

  it('to real time, for a clock that is ahead of it', async () => {
    const { id } = await server.newWorld({ clock: { mode: 'frozen', set: '2900-01-01T00:00:00Z' } })
    assert.equal(
      errorsOf(await move(id, { mode: 'real' }), 'real'),
      'NotAllowed /mode The clock is at 2900-01-01T00:00:00.000Z and does not go back.',
    )
  })
})

describe('the clock that a world begins with', () => {
  it('stands or runs at any time, past or to come', async () => {
    const rows = textTable(
      ['clock', 'mode', 'now'],
      `
      {"mode":"frozen","set":"1970-01-01T00:00:00Z"}   | frozen  | 1970-01-01T00:00:00.000Z
      {"mode":"frozen","set":"2999-01-01T00:00:00Z"}   | frozen  | 2999-01-01T00:00:00.000Z
      {"set":"1999-12-31T23:59:59Z"}                   | running | 1999-12-31T23:59:59.000Z
      {"mode":"running","set":"2050-01-01T00:00:00Z"}  | running | 2050-01-01T00:00:00.000Z
      `,
    )
    for (const { clock, mode, now } of rows) {
      const made = await server.operate('POST', '/worlds', `{"clock":${clock}}`)
      assert.equal(made.status, 201, made.text)
      assert.deepEqual(made.body['clock'], { mode, now }, clock)
      assert.equal(made.body['created'], now)
    }
  })

  it('is refused with the path to what is wrong', async () => {
    const rows = textTable(
      ['clock', 'error'],
      `
      7                       | Invalid /clock clock must be an object with mode, set or advance.
      null                    | Invalid /clock clock must be an object with mode, set or advance.
      []                      | Invalid /clock clock must be an object with mode, set or advance.
      {}                      | Invalid /clock Give mode, set or advance.
      {"set":"x"}             | Invalid /clock/set set must be an instant such as 2026-11-23T14:00:00Z, in the years 1970 to 9998.
      {"mode":"frozen","advance":"P9000Y"} | Invalid /clock/advance advance must be an ISO 8601 duration such as PT1H or P1DT2H, to the year 9998 at most.
      {"set":"0000-01-01T00:00:00Z"}       | Invalid /clock/set set must be an instant such as 2026-11-23T14:00:00Z, in the years 1970 to 9998.
      {"offsetMs":5}          | Invalid /clock/offsetMs There is no offsetMs here; known are mode, set, advance.
      `,
    )
    for (const { clock, error } of rows)
      assert.equal(errorsOf(await server.operate('POST', '/worlds', `{"clock":${clock}}`), clock), error, clock)
  })
})

describe('the business of a world goes by its clock', () => {
  const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

  it('what is created bears the world’s time, to the ends of what a clock can say', async () => {
    for (const now of ['1970-01-01T00:00:00.000Z', '2026-02-28T23:59:59.999Z', '9998-12-31T23:59:59.999Z']) {
      const { id, application } = await server.newWorld({ clock: { mode: 'frozen', set: now } })
      const client = await server.as(application)
      const created = await client.post('/customers', jane, { 'idempotency-key': 'k' })
      assert.equal(created.status, 201, created.text)
      const path = new URL(created.location ?? '').pathname
      assert.equal((await client.get(path)).body['created'], now)
      assert.equal(JSON.parse((await client.get('/events')).text)._embedded.events[0].created, now)
      const minted = await client.post('/client-tokens', {
        action: 'customer.read',
        _links: { customer: { href: path } },
      })
      const read = await client.get(path, { authorization: `Bearer ${minted.body['token']}` })
      assert.equal(read.status, 200)
      assert.equal((await server.operate('POST', `/worlds/${id}/applications`, {})).body['created'], now)
    }
  })

  it('an idempotency key is kept for 24 hours of it, to the millisecond, however real time goes', async () => {
    const { id, application } = await server.newWorld({ clock: { mode: 'frozen' } })
    const create = async (email: string) =>
      (await (await server.as(application)).post('/customers', { ...jane, email }, { 'idempotency-key': 'k' })).location
    const first = await create('a@example.com')
    server.passRealTime(48 * hourMs)
    assert.equal(await create('a@example.com'), first)
    await move(id, { advance: 'PT23H59M59.999S' })
    assert.equal(await create('a@example.com'), first)
    const client = await server.as(application)
    assert.equal((await client.post(first ?? '', { email: 'free@example.com' })).status, 200)
    assert.equal(await create('a@example.com'), first)
    await move(id, { advance: 'PT0.001S' })
    const second = await create('a@example.com')
    assert.notEqual(second, first)
    assert.equal(await create('a@example.com'), second)
  })
})
