import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, judgeFragment } from './rules.ts'

const planted = `
a trigger          | create trigger t after insert on events execute function f()
a function         | create function f() returns int language sql as 'select 1'
a function         | create or replace procedure p() language sql as 'select 1'
a function         | do 'begin perform 1; end'
an extension       | create extension citext
a sequence         | create sequence s
a sequence         | create table worlds (n bigserial, id uuid)
a sequence         | create table worlds (n int generated always as identity)
a sequence         | insert into events (ordinal) values (nextval('s'))
an advisory lock   | select pg_advisory_xact_lock(1)
an advisory lock   | select pg_catalog.pg_try_advisory_lock(1)
LISTEN or NOTIFY   | listen events
LISTEN or NOTIFY   | notify events
LISTEN or NOTIFY   | select pg_notify('a', 'b')
an enum            | create type status as enum ('a')
an enum            | create domain email as text
an enum            | create type pair as (a int, b int)
a savepoint        | savepoint a
a savepoint        | rollback to savepoint a
a savepoint        | release savepoint a
SET                | set search_path = x
SET                | set local statement_timeout = 1
SET                | select set_config('a.b', 'c', true)
TRUNCATE           | truncate events
SKIP LOCKED        | select id from events for update skip locked
SKIP LOCKED        | update events set id = 1 where id in (select id from events for update skip locked)
a temporary table  | create temp table t (a int)
a temporary table  | select 1 as a into temp t
a foreign key      | create table worlds (id uuid references accounts (id))
a foreign key      | alter table customers add constraint c foreign key (account_id) references worlds (account_id)
a key of notes     | create table notes (id uuid primary key)
a key of notes     | create table notes (account_id uuid, id uuid, unique (id, account_id))
a key of notes     | create unique index i on notes (lower(name))
a key of notes     | create unique index i on notes (id, account_id)
a key of notes     | alter table notes add column code text unique
a key of notes     | alter table notes add primary key (id)
SQL that PostgreSQL cannot read | selec 1
`

test('every banned thing is seen', () => {
  const rows = planted.trim().split('\n')
  for (const row of rows) {
    const [says = '', text = ''] = row.split(/\s*\| /)
    const found = judge(text).map((finding) => finding.says)
    assert.equal(found.length, 1, `${text}: ${found.join('; ')}`)
    assert.ok(found[0]?.startsWith(says), `${text}: ${found.join('; ')}`)
  }
})

test('what the product says is not', () => {
  const allowed = [
    'create table notes (account_id uuid not null, id uuid not null, code text, primary key (account_id, id), unique (account_id, code))',
    'create unique index i on notes (account_id, code) where code is not null; create index j on notes (code)',
    'create table worlds (id uuid primary key, account_id uuid not null unique)',
    'create table notes (account_id uuid, foreign key (account_id, customer_id) references customers (account_id, id))',
    'begin; select 1 from notes where account_id = $1 for update; update notes set code = $2; commit',
    'begin isolation level repeatable read; rollback',
    'grant select, insert, update on notes to app',
  ]
  for (const text of allowed) assert.deepEqual(judge(text), [], text)
})

test('a finding names its line, also after letters of several bytes', () => {
  const text = "-- é\ncreate table notes (\n  account_id uuid,\n  name text default 'é'\n);\n\ntruncate notes;\n"
  assert.deepEqual(
    judge(text).map((finding) => finding.line),
    [7],
  )
})

test('the words of a banned thing are seen in a part of a statement', () => {
  assert.deepEqual(judgeFragment(' limit 1\nfor update skip locked'), [{ line: 2, says: 'SKIP LOCKED' }])
  assert.deepEqual(judgeFragment('where account_id = $1 for update'), [])
})
