import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connected, testDatabase } from '../server/testing/database.ts'
import { describeSchema, firstDifference } from './schema-dump.ts'

const describeAfter = async (statements: string) => {
  const database = await testDatabase()
  const appRole = new URL(database.url).username
  try {
    return await connected(database.ownerUrl, async (client) => {
      await client.query(statements.replaceAll('APP', client.escapeIdentifier(appRole)))
      return describeSchema(client, appRole)
    })
  } finally {
    await database.drop()
  }
}

test('columns, keys, checks, indexes and privileges of a table are all described', async () => {
  const described = await describeAfter(`
    create table notes (account_id uuid not null, id uuid, size bigint default 7 check (size > 0),
      twice bigint generated always as (size * 2) stored, primary key (account_id, id));
    create index notes_by_size on notes (account_id, size) where size > 1;
    grant select, insert on notes to APP`)
  assert.equal(
    described,
    `create table notes (
  account_id uuid not null,
  id uuid not null,
  size bigint default 7,
  twice bigint generated always as ((size * 2)),
  constraint notes_pkey PRIMARY KEY (account_id, id),
  constraint notes_size_check CHECK ((size > 0))
);
CREATE INDEX notes_by_size ON public.notes USING btree (account_id, size) WHERE (size > 1);
grant insert, select on notes to the server's role;`,
  )
})

test('what is neither a table nor an index is described too', async () => {
  const described = await describeAfter(`
    create table notes (id int generated always as identity);
    create view all_notes as select * from notes;
    create type mood as enum ('good');
    create function f() returns trigger language plpgsql as 'begin return null; end';
    create trigger t after insert on notes execute function f()`)
  assert.deepEqual(
    described.split('\n').filter((line) => line.startsWith('-- besides: ')),
    ['function f()', 'sequence notes_id_seq', 'trigger t on notes', 'type mood', 'view all_notes'].map(
      (it) => `-- besides: ${it}`,
    ),
  )
})

test('the first line that differs is named', () => {
  assert.equal(firstDifference('a\nb\n', 'a\nb\n'), null)
  assert.equal(firstDifference('a\nc\n', 'a\nb\n'), 'line 2 is "c", and the migrations make "b"')
  assert.equal(firstDifference('', 'a\n'), 'line 1 is "", and the migrations make "a"')
  assert.equal(firstDifference('a\nb\nc', 'a\nb'), 'line 3 is "c", and the migrations make null')
})
