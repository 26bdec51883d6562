import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { StartError } from '../start-error.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { rounds } from '../testing/rounds.ts'
import { type Migration, migrate, readMigrations } from './migrate.ts'
import { connectOnce } from './pool.ts'

const fresh = async (): Promise<TestDatabase & { role: string }> => {
  const database = await testDatabase()
  after(() => database.drop())
  return { ...database, role: new URL(database.url).username }
}

const ask = async (url: string, text: string) => {
  const client = await connectOnce(url)
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const migrations: Migration[] = [
  {
    version: 1,
    name: 'notes',
    sql: 'create table notes (id text primary key); create table entries (id text primary key)',
  },
  { version: 2, name: 'more', sql: "alter table notes add column body text; insert into notes values ('first', 'b')" },
]

test('migrations are applied in order and once', async () => {
  const { ownerUrl } = await fresh()
  for (let run = 0; run < 2; run++) assert.equal((await migrate(ownerUrl, { migrations })).version, 2)
  assert.deepEqual(await ask(ownerUrl, 'select * from notes'), [{ id: 'first', body: 'b' }])
  assert.deepEqual(await ask(ownerUrl, 'select version, name from schema_migrations where version > 0 order by 1'), [
    { version: 1, name: 'notes' },
    { version: 2, name: 'more' },
  ])
})

test('eight that migrate at once all succeed, and each migration is applied once', async () => {
  for (let round = 0; round < rounds(20); round++) {
    const { ownerUrl, role } = await fresh()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => migrate(ownerUrl, { migrations, appRole: role, insertOnly: ['entries'] })),
    )
    assert.deepEqual(new Set(answers.map(({ version }) => version)), new Set([2]))
    assert.deepEqual(await ask(ownerUrl, 'select id from notes'), [{ id: 'first' }])
    assert.deepEqual(await ask(ownerUrl, 'select version from schema_migrations order by 1'), [
      { version: 0 },
      { version: 1 },
      { version: 2 },
    ])
  }
})

test('a migration that fails leaves nothing of itself, keeps those before it, and can be mended', async () => {
  const { ownerUrl } = await fresh()
  const broken = { version: 3, name: 'broken', sql: 'create table half (id text); insert into nowhere values (1)' }
  await assert.rejects(migrate(ownerUrl, { migrations: [...migrations, broken] }), (error) => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /^migration 0003_broken\.sql failed and was undone \(.*"nowhere" does not exist\)/)
    return true
  })
  const tables = await ask(ownerUrl, `select relname::text as name from pg_class where relname in ('half', 'notes')`)
  assert.deepEqual(tables, [{ name: 'notes' }])
  const mended = { ...broken, sql: 'create table half (id text)' }
  assert.equal((await migrate(ownerUrl, { migrations: [...migrations, mended] })).version, 3)
})

test('a schema newer than the program is refused and left alone', async () => {
  const { ownerUrl } = await fresh()
  await migrate(ownerUrl, { migrations })
  await assert.rejects(migrate(ownerUrl, { migrations: migrations.slice(0, 1) }), (error) => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /^the database has schema version 2 and this Clearyard knows 1: .+$/)
    return true
  })
  assert.equal((await migrate(ownerUrl, { migrations })).version, 2)
})

test("the server's role may read, add and change, only add where entries are kept, and never remove", async () => {
  const { ownerUrl, url, role } = await fresh()
  const options = { migrations, appRole: role, insertOnly: ['entries'] }
  assert.equal((await migrate(ownerUrl, options)).appRoleIsBound, true)
  await ask(url, `insert into notes values ('second', 'b')`)
  await ask(url, `update notes set body = 'c' where id = 'second'`)
  await ask(url, `insert into entries values ('e')`)
  assert.deepEqual(await ask(url, 'select id from entries'), [{ id: 'e' }])
  assert.equal((await ask(url, 'select version from schema_migrations')).length, 3)
  const forbidden = [
    'delete from notes',
    'truncate notes',
    `update entries set id = 'x'`,
    'delete from entries',
    'truncate entries',
    'drop table entries',
    'alter table entries add column more text',
    'create table mine (id text)',
    `update schema_migrations set version = 9`,
    `insert into schema_migrations values (9, 'x', now())`,
  ]
  for (const text of forbidden) await assert.rejects(ask(url, text), { code: '42501' }, text)
})

test('a right too many is taken away at the next start', async () => {
  const { ownerUrl, url, role } = await fresh()
  await migrate(ownerUrl, { migrations, appRole: role })
  await ask(url, `update entries set id = 'x'`)
  assert.equal((await migrate(ownerUrl, { migrations, appRole: role, insertOnly: ['entries'] })).appRoleIsBound, true)
  await assert.rejects(ask(url, `update entries set id = 'x'`), { code: '42501' })
})

test('a role that owns the tables is told apart: it is bound by nothing', async () => {
  const { ownerUrl } = await fresh()
  const appRole = new URL(ownerUrl).username
  assert.equal((await migrate(ownerUrl, { migrations, appRole, insertOnly: ['entries'] })).appRoleIsBound, false)
})

test('a role that may not make tables is refused in one line', async () => {
  const { url } = await fresh()
  await assert.rejects(migrate(url, { migrations }), (error) => {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /^the database's role \S+ may not create tables: .*DATABASE_OWNER_URL$/)
    return true
  })
})

test('the migrations of the program are numbered without a gap and apply to an empty database', async () => {
  const { ownerUrl, role } = await fresh()
  const own = readMigrations()
  assert.ok(own.length > 0)
  assert.equal((await migrate(ownerUrl, { appRole: role })).version, own.length)
})

test('a folder of migrations with a gap, a repeated number or a strange name is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clearyard-'))
  after(() => rmSync(folder, { recursive: true }))
  const url = pathToFileURL(`${folder}/`)
  writeFileSync(join(folder, '0001_first.sql'), '')
  assert.deepEqual(readMigrations(url), [{ version: 1, name: 'first', sql: '' }])
  for (const name of ['0003_third.sql', '0001_again.sql', 'second.sql', '0002_Second.sql']) {
    writeFileSync(join(folder, name), '')
    assert.throws(() => readMigrations(url), /should be number/, name)
    rmSync(join(folder, name))
  }
})
