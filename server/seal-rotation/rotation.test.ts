/**
 * Keys change while servers read and write; what is sealed opens in its own cell, with the keys of now, or not at all.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { openCell } from '../gate/sealed.ts'
import { type Production, startProduction } from '../reviews/reviews-fixture.ts'
import { createSealer, keyIdOf, type SealKey, type SealRing } from '../sealing.ts'
import { fileOf, upload } from '../testing/forms.ts'
import { rounds } from '../testing/rounds.ts'
import { resealEverything } from './reseal.ts'
import { sealedColumns } from './sealed-columns.ts'

const newKey = (id: string): SealKey => ({ id, key: randomBytes(32) })

/** What the bearer tokens of the tests are sealed with, so it stays to the end. */
const tokenKey = newKey('0')
let keys: SealRing = [tokenKey]
let production: Production
before(async () => {
  production = await startProduction({ sealKeys: () => keys })
})
after(() => production.server.stop())

const reseal = (ring: SealRing = keys): Promise<number> => {
  const { pool } = production.server
  const sealer = createSealer(ring, randomBytes(32))
  return resealEverything({ pool, sealer, keyId: ring[0].id, onProgress: () => {} })
}

const putFirst = (key: SealKey): void => {
  keys = [key, ...keys]
}

/**
 * As an operator does it: known to all, then first, then everything sealed with it; the one before goes the next time.
 */
const rotate = async (): Promise<number> => {
  const [old] = keys
  const made = newKey(String(Number(old.id) + 1))
  keys = [old, made, tokenKey]
  keys = [made, old, tokenKey]
  return reseal()
}

/** The names of the keys that the stored values of every sealed column were sealed with. */
const keysInUse = async (): Promise<string[]> => {
  const used = new Set<string>()
  for (const { table, column } of sealedColumns) {
    const { rows } = await production.server.pool.query(`select ${column} as sealed from ${table}`)
    for (const { sealed } of rows) if (sealed) used.add(keyIdOf(sealed))
  }
  return [...used].sort()
}

const newSsn = () => `${randomInt(100, 665)}-${randomInt(10, 99)}-${randomInt(1000, 9999)}`

type Person = { id: string; ssn: string; reviewId: string }

const newPerson = async (): Promise<Person> => {
  const ssn = newSsn()
  const id = await production.create('personal', { ssn })
  return { id, ssn, reviewId: (await production.openReviewOf(id)).id }
}

/** What the operator is shown of a person. */
const shownSsn = async ({ reviewId }: Person): Promise<string> => {
  const { status, text } = await production.read(reviewId)
  assert.equal(status, 200, text)
  return JSON.parse(text).submitted.customer.ssn
}

const plainDigits = (ssn: string) => ssn.replaceAll('-', '')

it('knows every column that holds something sealed', async () => {
  const { rows } = await production.server.pool.query<{ name: string }>(
    `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where a.atttypid = 'bytea'::regtype and c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`,
  )
  // what is compared and never opened; and the proof of the keys, which a rotation seals again at its end
  const digests = ['application_keys.secret_hash', 'instance.index_check', 'instance.seal_check']
  const known = sealedColumns.map(({ table, column }) => `${table}.${column}`)
  assert.ok(known.length >= 6)
  assert.deepEqual([...known, ...digests].sort(), rows.map(({ name }) => name).sort())
})

describe('keys that change under load', () => {
  it('fail no read, lose no write, and leave nothing to the old ones', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, newPerson))
    const documented = people[0]?.id ?? ''
    await production.decideOpen(documented, { decision: 'document' })
    const { origin } = production.server
    const file = fileOf('png')
    const sent = await upload({ origin, token: production.client.token }, `/customers/${documented}/documents`, {
      file,
    })
    assert.equal(sent.status, 201, sent.text)
    const { id: fileReview } = await production.openReviewOf(documented)
    const answered = await production.client.post('/customers', { firstName: 'A', lastName: 'B', email: 'a@b.test' })
    const path = new URL(answered.location ?? '').pathname
    const change = () => production.client.post(path, { firstName: 'Once' }, { 'idempotency-key': 'the same' })
    const first = await change()
    assert.equal(first.status, 200, first.text)

    let over = false
    const counts = { reads: 0, replays: 0, files: 0 }
    const until = async (work: () => Promise<void>) => {
      while (!over) await work()
    }
    const readers = people.map((one) =>
      until(async () => {
        assert.equal(plainDigits(await shownSsn(one)), plainDigits(one.ssn))
        counts.reads++
      }),
    )
    const replays = until(async () => {
      const { status, text } = await change()
      assert.deepEqual([status, text], [200, first.text])
      counts.replays++
    })
    const files = until(async () => {
      const answer = await production.server.operate('GET', `/worlds/default/reviews/${fileReview}/file`)
      assert.equal(answer.status, 200, answer.text)
      counts.files++
    })
    const written: Person[] = []
    const writers = Array.from({ length: 3 }, () =>
      until(async () => {
        const ssn = newSsn()
        const one = { id: await production.create('personal', { ssn }), ssn, reviewId: '' }
        written.push(one)
      }),
    )
    const load = Promise.all([...readers, replays, files, ...writers])
    load.catch(() => {})
    const work = async () => {
      let resealed = 0
      for (let round = 0; round < rounds(40); round++) resealed += await rotate()
      return resealed
    }
    const resealed = await work().finally(() => {
      over = true
    })
    await load

    assert.ok(resealed > people.length && written.length > 0 && Math.min(...Object.values(counts)) > 0)
    await reseal()
    const sealer = createSealer([keys[0]], randomBytes(32))
    const { accountId } = production.server.world
    const { rows } = await production.server.pool.query<{ id: string; sealed: Buffer }>(
      'select id, sealed_identity as sealed from customers where sealed_identity is not null',
    )
    const stored = new Map(rows.map(({ id, sealed }) => [id, sealed]))
    for (const { id, ssn } of [...people, ...written]) {
      const cell = { accountId, table: 'customers', id, column: 'sealed_identity' }
      const opened = JSON.parse(openCell(sealer, cell, stored.get(id) ?? Buffer.alloc(0)))
      assert.equal(plainDigits(opened.ssn), plainDigits(ssn))
    }
    assert.deepEqual(await keysInUse(), [keys[0].id])
  })

  it('are done with at once when nothing is left to do', async () => {
    await reseal()
    assert.equal(await reseal(), 0)
  })
})

it('a value that is written while it is sealed again stays as it was written', async () => {
  const { pool, world } = production.server
  const { id } = await newPerson()
  const [old] = keys
  putFirst(newKey('97'))
  const other = await pool.connect()
  try {
    await other.query('begin')
    await other.query('select id from customers where id = $1 for update', [id])
    const done = reseal()
    // it has read the value and waits for the row
    const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'update customers%'`
    while ((await pool.query(waits)).rowCount === 0) await new Promise(setImmediate)
    const cell = { accountId: world.accountId, table: 'customers', id, column: 'sealed_identity' }
    const place = `${cell.accountId}|customers|${id}|sealed_identity`
    const newest = createSealer([old], randomBytes(32)).seal('column', place, Buffer.from('{"ssn":"newest"}'))
    await other.query('update customers set sealed_identity = $2 where id = $1', [id, newest])
    await other.query('commit')
    assert.ok((await done) > 0)
    const { rows } = await pool.query('select sealed_identity as sealed from customers where id = $1', [id])
    assert.equal(openCell(production.server.sealer, cell, rows[0].sealed), '{"ssn":"newest"}')
    assert.deepEqual(await keysInUse(), ['97'])
  } finally {
    other.release()
  }
})

describe('what is sealed and was moved', () => {
  type Cell = { accountId: string; table: string; id: string; column: string }
  const at = async ({ table, id, column }: Cell): Promise<Buffer> =>
    (await production.server.pool.query(`select ${column} as sealed from ${table} where id = $1`, [id])).rows[0].sealed
  const put = ({ table, id, column }: Cell, sealed: Buffer) =>
    production.server.pool.query(`update ${table} set ${column} = $2 where id = $1`, [id, sealed])

  /** Two customers of the world and one of another, each with everything sealed. */
  const cells = async (): Promise<{ [name: string]: Cell }> => {
    const { accountId } = production.server.world
    const foreign = await production.server.newWorld()
    const business = await production.create('business')
    const neighbour = await production.create('business')
    const stranger = await production.create('business', {}, await production.server.as(foreign.application))
    const cell = (id: string, column: string, account = accountId) => ({
      accountId: account,
      table: 'customers',
      id,
      column,
    })
    return {
      own: cell(business, 'sealed_identity'),
      'another row': cell(neighbour, 'sealed_identity'),
      'another column': cell(business, 'sealed_controller'),
      'another world': cell(stranger, 'sealed_identity', foreign.accountId),
    }
  }

  it('does not open in another row, column or world, nor is it sealed again there', async () => {
    const { own, ...others } = await cells()
    assert.ok(own)
    const { sealer } = production.server
    const mine = await at(own)
    assert.match(openCell(sealer, own, mine), /12-?3456789/)
    assert.equal(Object.keys(others).length, 3)
    for (const [name, other] of Object.entries(others)) {
      const theirs = await at(other)
      assert.ok(openCell(sealer, other, theirs))
      assert.throws(() => openCell(sealer, other, mine), /does not open/, name)
      assert.throws(() => openCell(sealer, own, theirs), /does not open/, name)
      await put(own, theirs)
      await put(other, mine)
      putFirst(newKey(randomUUID()))
      await assert.rejects(reseal(), (error) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, /^2 sealed value\(s\) do not open /)
        assert.ok([own, other].some(({ table, column, id }) => error.message.includes(`${table}.${column} of ${id}`)))
        return true
      })
      assert.deepEqual([await at(own), await at(other)], [theirs, mine])
      await put(own, mine)
      await put(other, theirs)
      await reseal()
      assert.ok(openCell(sealer, own, await at(own)))
      assert.ok(openCell(sealer, other, await at(other)))
      await put(own, mine)
    }
  })

  it('does not open to the operator, who is told of a fault and not of a number', async () => {
    const [one, other] = [await newPerson(), await newPerson()]
    const cell = ({ id }: Person): Cell => ({ accountId: '', table: 'customers', id, column: 'sealed_identity' })
    const before = await at(cell(one))
    await put(cell(one), await at(cell(other)))
    const { status, text } = await production.read(one.reviewId)
    assert.equal(status, 500)
    assert.doesNotMatch(text, /ssn|\d{3}-\d{2}-\d{4}/)
    await put(cell(one), before)
    assert.equal(plainDigits(await shownSsn(one)), plainDigits(one.ssn))
  })
})

it('a rotation without a key that sealed something refuses, and seals the rest', async () => {
  await newPerson()
  await reseal()
  const [lost, next] = [newKey('lost'), newKey('next')]
  const [kept] = keys
  putFirst(lost)
  await newPerson()
  putFirst(next)
  await assert.rejects(reseal([next, kept]), /^StartError: \d+ sealed value\(s\) do not open .*sealed with key lost/)
  assert.deepEqual(await keysInUse(), ['lost', 'next'])
  assert.ok((await reseal()) > 0)
  assert.deepEqual(await keysInUse(), ['next'])
})
