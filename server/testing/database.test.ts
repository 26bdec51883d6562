import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { template, testDatabase } from './database.ts'

const ask = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a fresh database is empty, and only its owner may create tables in it', async () => {
  const database = await testDatabase()
  await ask(database.ownerUrl, 'create table notes (id text primary key)')
  assert.deepEqual(await ask(database.ownerUrl, 'select id from notes'), [])
  await assert.rejects(ask(database.url, 'create table mine (id text)'), { code: '42501' })
  await assert.rejects(ask(database.url, 'select id from notes'), { code: '42501' })
  await database.drop()
  await assert.rejects(ask(database.url, 'select 1'), { code: '3D000' })
})

test('a template is prepared once, and its copies share nothing', async () => {
  let preparations = 0
  const notes = template('notes', async ({ ownerUrl }) => {
    preparations++
    await ask(ownerUrl, "create table notes (id text primary key); insert into notes values ('first')")
  })
  const [one, other] = await Promise.all([notes(), notes()])
  await ask(one.ownerUrl, "insert into notes values ('second')")
  assert.equal(preparations, 1)
  assert.deepEqual(await ask(other.ownerUrl, 'select id from notes'), [{ id: 'first' }])
  await Promise.all([one.drop(), other.drop()])
})

test('several who prepare one template at the same time end up with copies of one', async () => {
  const all = Promise.withResolvers<void>()
  let preparing = 0
  const makers = [1, 2, 3, 4, 5, 6, 7, 8].map((maker, _, { length }) =>
    template('raced', async ({ ownerUrl }) => {
      await ask(ownerUrl, `create table made as select ${maker} as by`)
      if (++preparing === length) all.resolve()
      await all.promise
    }),
  )
  const copies = await Promise.all(makers.map((make) => make()))
  const rows = await Promise.all(copies.map(({ ownerUrl }) => ask(ownerUrl, 'select by from made')))
  assert.equal(new Set(rows.map((row) => JSON.stringify(row))).size, 1)
  await Promise.all(copies.map((copy) => copy.drop()))
})

test('the PostgreSQL that a process started for itself ends with it, even when it is killed', async () => {
  const program = `import { testDatabase } from ${JSON.stringify(import.meta.resolve('./database.ts'))}
    console.log((await testDatabase()).ownerUrl); setInterval(() => {}, 1000)`
  const env = { ...process.env }
  delete env.CLEARYARD_TEST_POSTGRES
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  const url = String(line).trim()
  assert.deepEqual(await ask(url, 'select 1 as one'), [{ one: 1 }])
  child.kill('SIGKILL')
  await once(child, 'exit')
  for (;;) {
    try {
      await ask(url, 'select 1')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') break
    }
    await sleep(20)
  }
})
