/** Reads that are asked for together share statements, and each still gets its own answer, or its own error. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Pool } from 'pg'
import { testDatabase } from '../testing/database.ts'
import { gathered } from './gathered.ts'
import { connect } from './pool.ts'

let pool: Pool
let drop: () => Promise<void>

before(async () => {
  const database = await testDatabase()
  drop = database.drop
  pool = connect(database.ownerUrl, { max: 3 })
  await pool.query('create table squares (n integer primary key, square integer not null)')
  await pool.query('insert into squares select n, n * n from generate_series(1, 2000) n')
})

after(async () => {
  await pool.end()
  await drop()
})

type Row = { n: number; square: number }

/** A reader of squares, and the keys of each statement it sent. */
const reader = (
  text = 'select s.* from unnest($1::integer[]) wanted(n), lateral (select * from squares where n = wanted.n) s',
  mostWaiting?: number,
) => {
  const statements: number[][] = []
  const read = gathered<number, Row>(
    pool,
    {
      name: `squares_${Math.random()}`,
      text,
      values: (keys) => {
        statements.push(keys)
        return [keys]
      },
      slotOf: String,
      slotOfRow: (row) => String(row.n),
    },
    mostWaiting,
  )
  return { read, statements }
}

test('what is asked for in one turn goes out as one statement, each key once, and each asker gets its row', async () => {
  const { read, statements } = reader()
  const rows = await Promise.all([3, 1, 3, 2, 1, 3].map(read))
  assert.deepEqual(
    rows.map((row) => row?.square),
    [9, 1, 9, 4, 1, 9],
  )
  assert.deepEqual(statements, [[3, 1, 2]])
})

test('a key that is not there is null, beside others that are', async () => {
  const { read, statements } = reader()
  const rows = await Promise.all([0, 5, -1].map(read))
  assert.deepEqual(
    rows.map((row) => row?.square ?? row),
    [null, 25, null],
  )
  assert.equal(statements.length, 1)
  assert.equal(await read(0), null)
})

test('what is asked for while two statements are under way waits, and goes out together', async () => {
  const { read, statements } = reader()
  const lock = await pool.connect()
  await lock.query('begin')
  await lock.query('lock table squares in access exclusive mode')
  const asked: Promise<Row | null>[] = []
  for (let n = 1; n <= 40; n++) {
    asked.push(read(n), read(1000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await lock.query('commit')
  lock.release()
  const rows = await Promise.all(asked)
  for (let n = 1; n <= 40; n++) {
    assert.equal(rows[2 * (n - 1)]?.square, n * n)
    assert.equal(rows[2 * n - 1]?.square, 1_000_000)
  }
  assert.deepEqual(statements, [
    [1, 1000],
    [2, 1000],
    [3, 1000, ...Array.from({ length: 37 }, (_, at) => at + 4)],
  ])
})

test('a crowd is read in statements of at most 500 keys', async () => {
  const { read, statements } = reader()
  const rows = await Promise.all(Array.from({ length: 1700 }, (_, n) => read(n + 1)))
  assert.deepEqual(
    rows.map((row) => row?.n),
    Array.from({ length: 1700 }, (_, n) => n + 1),
  )
  assert.deepEqual(
    statements.map((keys) => keys.length),
    [500, 500, 500, 200],
  )
})

test('whoever is one too many is refused at once, and nobody before or after is', async () => {
  const { read } = reader(undefined, 3)
  const together = await Promise.allSettled([1, 2, 2, 3].map(read))
  assert.deepEqual(
    together.map((each) => (each.status === 'fulfilled' ? each.value?.square : each.reason.code)),
    [1, 4, 4, 'ServiceUnavailable'],
  )
  assert.equal((await read(3))?.square, 9)
})

test('an error reaches everybody who waited for that statement and nobody else, and reading goes on', async () => {
  const { read } = reader(
    'select s.*, 1 / (1 - (s.n = 13)::integer) from unnest($1::integer[]) wanted(n), lateral (select * from squares where n = wanted.n) s',
  )
  const together = await Promise.allSettled([1, 13, 2, 13].map(read))
  assert.deepEqual(
    together.map((each) => each.status),
    Array(4).fill('rejected'),
  )
  for (const each of together) if (each.status === 'rejected') assert.equal(each.reason.code, '22012')
  assert.equal((await read(2))?.square, 4)
  await assert.rejects(read(13), { code: '22012' })
  assert.equal((await read(1))?.square, 1)
})

test('a connection that dies under a statement is an error of its askers, and the next read has another', async () => {
  const { read } = reader(
    'select s.* from unnest($1::integer[]) wanted(n), lateral (select * from squares where n = wanted.n) s, pg_sleep((s.n = 7)::integer * 30)',
  )
  const reading = Promise.allSettled([read(7), read(8)])
  const sleeping = `select pid from pg_stat_activity where query like '%squares%pg_sleep%' and wait_event = 'PgSleep' and pid <> pg_backend_pid()`
  let killed = 0
  while (killed === 0)
    killed = (await pool.query(`select pg_terminate_backend(pid) from (${sleeping}) s`)).rowCount ?? 0
  assert.deepEqual(
    (await reading).map((each) => each.status),
    ['rejected', 'rejected'],
  )
  assert.equal((await read(8))?.square, 64)
})
