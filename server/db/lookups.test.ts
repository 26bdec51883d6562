import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { events } from '../events/emit.ts'
import { idempotencyRecords } from '../gate/idempotency.ts'
import { balances } from '../ledger/tables.ts'
import { customers } from '../resources/customers/store.ts'
import { documents } from '../resources/documents/store.ts'
import { fundingSources } from '../resources/funding-sources/store.ts'
import { transfers } from '../resources/transfers/store.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { applicationKeys, applications, worlds } from '../worlds/tables.ts'
import { migrate } from './migrate.ts'
import { connect } from './pool.ts'

/** The index that holds what is looked for to the last column, so that no more than the row is read. */
const rightIndexes = `
  application_keys by application_id   application_keys_of_application
  application_keys by id               application_keys_pkey
  applications by id                   applications_pkey
  balances by id                       balances_pkey
  customers by correlation_id          customers_by_correlation
  customers by email_key               customers_by_email
  customers by id                      customers_pkey
  documents by content_key             documents_by_content
  documents by customer_id             documents_of_customer
  documents by id                      documents_pkey
  events by id                         events_pkey
  funding_sources by balance_of        funding_sources_by_balance
  funding_sources by bank_key          funding_sources_by_bank
  funding_sources by id                funding_sources_pkey
  funding_sources by owner_id          funding_sources_of_owner
  idempotency_records by id            idempotency_records_pkey
  transfers by held_for                transfers_held_for
  transfers by id                      transfers_pkey
  transfers by owed_to                 transfers_owed_to
  worlds by id                         worlds_account_id_key`

const tables = [
  applicationKeys,
  applications,
  balances,
  customers,
  documents,
  events,
  fundingSources,
  idempotencyRecords,
  transfers,
  worlds,
]
const accountId = '00000000-0000-4000-8000-000000000000'

let database: TestDatabase
let client: pg.Client
before(async () => {
  database = await testDatabase()
  await migrate(database.ownerUrl)
  client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
})
after(async () => {
  await client.end()
  await database.drop()
})

/** The indexes that the gate's loads are planned to use, in the form of the table above. */
const plannedIndexes = async (mode: 'generic' | 'custom'): Promise<string> => {
  await client.query(`set plan_cache_mode = force_${mode}_plan`)
  const lines: string[] = []
  for (const { shape } of tables)
    for (const load of [shape.byId, ...shape.uniques, ...shape.parents]) {
      await client.query(`prepare load (uuid, ${load.keyType}[]) as ${load.text}`)
      const plan = await client.query<{ 'QUERY PLAN': string }>(
        `explain execute load ('${accountId}', array['${accountId}']::${load.keyType}[])`,
      )
      await client.query('deallocate load')
      const index = /Index Scan using (\w+)/.exec(plan.rows.map((row) => row['QUERY PLAN']).join('\n'))?.[1]
      lines.push(`  ${`${shape.name} by ${load.column}`.padEnd(36)} ${index}`)
    }
  return `\n${lines.sort().join('\n')}`
}

/** Customers of the account with e-mails numbered so. */
const insertCustomers = (account: string, first: number, last: number) =>
  client.query(
    `insert into customers (account_id, id, type, status, first_name, last_name, email, email_key, correlation_id,
       search_text, created, ordinal)
     select ${account}, gen_random_uuid(), 'unverified', 'unverified', 'A', 'B', e, e, n, e, now(), n
     from generate_series($1::integer, $2::integer) n, lateral (select 'somebody.with.a.name.as.long.as.this.' || n || '@example.com' e) email`,
    [first, last],
  )

test('a lookup in a new table, which PostgreSQL knows nothing about, reads the row it is for', async () => {
  assert.equal(await plannedIndexes('generic'), rightIndexes)
  assert.equal(await plannedIndexes('custom'), rightIndexes)
})

/** How many rows of customers the one connection of this pool has read so far, by whatever index or none. */
const rowsRead = async (pool: pg.Pool): Promise<number> => {
  await pool.query('select pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ read: string }>(
    `select (select seq_tup_read from pg_stat_user_tables where relname = 'customers') +
       (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'customers') as read`,
  )
  return Number(rows[0]?.read)
}

test('so does one that was asked for often while the table was small, when it has grown', async () => {
  const pool = connect(database.ownerUrl, { max: 1 })
  const values = {
    id: Array.from({ length: 20 }, () => randomUUID()),
    email_key: Array.from({ length: 20 }, (_, index) => `nobody.${index}@example.com`),
    correlation_id: Array.from({ length: 20 }, (_, index) => `none ${index}`),
  }
  const { shape } = customers
  const lookEach = async () => {
    for (const { name, text, column } of [shape.byId, ...shape.uniques])
      await pool.query({ text, values: [accountId, values[column as 'id']], ...(name === undefined ? {} : { name }) })
  }
  await insertCustomers(`'${accountId}'`, 1, 150)
  for (let turn = 0; turn < 10; turn++) await lookEach()
  await insertCustomers(`'${accountId}'`, 151, 5000)
  const before = await rowsRead(pool)
  await lookEach()
  assert.equal(await rowsRead(pool), before)
  await pool.end()
})

test('so does one where every account has had one row so far', async () => {
  await insertCustomers('gen_random_uuid()', 1, 2000)
  await client.query('analyze customers')
  assert.equal(await plannedIndexes('generic'), rightIndexes)
  assert.equal(await plannedIndexes('custom'), rightIndexes)
})
