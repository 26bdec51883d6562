/** The check of the ledger finds what is wrong with it, whatever that is, and passes nothing that it did not see. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, describe, it, test } from 'node:test'
import { openBalanceSource } from '../resources/funding-sources/operations.ts'
import { connected, testDatabase } from '../testing/database.ts'
import { startTestServer, type TestServer } from '../testing/harness.ts'
import { assertLedgerHolds, ledgerReport } from '../testing/ledger.ts'
import { type Exit, runCommand, startServerProcess } from '../testing/server-process.ts'
import { textTable } from '../testing/text-table.ts'
import { defaultSettings } from '../worlds/settings.ts'
import { post } from './post.ts'
import { creditSettled, creditStarted, debitReturned, debitSettled, moved, seeded } from './postings.ts'

const tables = ['ledger_transactions', 'ledger_entries', 'balances', 'funding_sources', 'transfers']

describe('the check finds', () => {
  let server: TestServer
  const owner = (...statements: string[]) =>
    connected(server.ownerUrl, async (client) => {
      for (const statement of statements) await client.query(statement)
    })

  before(async () => {
    server = await startTestServer()
    const context = {
      accountId: randomUUID(),
      actor: { kind: 'operator' },
      settings: defaultSettings,
      now: new Date(),
    } as const
    await server.gate.write({
      context,
      run: (ctx) => {
        const open = () => openBalanceSource(ctx, randomUUID()).id
        const [ada, eve, joe] = [open(), open(), open()]
        const leg = (amountCents: bigint) => ({ transferId: ctx.newId(), amountCents })
        post(ctx, seeded({ amountCents: 5000n, to: ada }))
        post(ctx, moved({ ...leg(1234n), from: ada, to: eve }))
        const credit = leg(777n)
        post(ctx, creditStarted({ ...credit, from: ada }))
        post(ctx, creditSettled(credit))
        const debit = leg(50n)
        post(ctx, debitSettled({ ...debit, to: joe }))
        post(ctx, moved({ ...leg(50n), from: joe, to: eve }))
        post(ctx, debitReturned({ ...debit, from: joe }))
      },
    })
    // a transfer that is on its way to the bank: 33.33
    const client = await server.as()
    const { accountId } = server.world
    const { _embedded } = JSON.parse((await client.get(`/accounts/${accountId}/funding-sources`)).text)
    const linkTo = (type: string) =>
      _embedded['funding-sources'].find((source: { type: string }) => source.type === type)._links.self
    const _links = { source: linkTo('balance'), destination: linkTo('bank') }
    const sent = await client.post('/transfers', { _links, amount: { value: '33.33', currency: 'USD' } })
    assert.equal(sent.status, 201, sent.text)
    await owner(...tables.map((table) => `create table kept_${table} as select * from ${table}`))
  })
  after(() => server.stop())

  const [sum, orphan, stored, source, below, path, amount, lost] = [
    'each transaction sums to zero in each currency',
    'each entry has its transaction, and each transaction its entries',
    'each balance is the sum of its entries',
    'each balance is that of a funding source, and each such funding source has one',
    'a balance is below zero only where money was taken back',
    'each transfer has the postings of its path',
    'each posting of a transfer moves its amount, and between its balances',
    'each posting of a transfer has its transfer',
  ]
  const checks: { readonly [letter: string]: string | undefined } = {
    sum,
    orphan,
    stored,
    source,
    below,
    path,
    amount,
    lost,
  }

  const the1234 = 'transaction_id = (select transaction_id from ledger_entries where amount_cents = 1234)'
  const copy = 'account_id, gen_random_uuid(), transaction_id, account, balance_id, amount_cents, currency'
  const of3333 = 'select transaction_id from ledger_entries where amount_cents = 3333'
  const withoutThe3333 = [
    `with gone as (delete from ledger_transactions where id in (${of3333}))`,
    `back as (update balances set amount_cents = amount_cents + 3333 where id in (select from_balance from transfers))`,
    `delete from ledger_entries where transaction_id in (${of3333})`,
  ]
    .join(', ')
    .replace('), delete', ') delete')
  const defects = textTable(
    ['defect', 'found', 'statement'],
    `
    a lost entry of a balance        | sum, orphan, stored | delete from ledger_entries where amount_cents = 1234
    a lost entry of no balance       | sum, orphan         | delete from ledger_entries where account = 'in-transit' and amount_cents > 0
    a doubled entry                  | sum, stored         | insert into ledger_entries select ${copy} from ledger_entries where amount_cents = 1234
    a doubled transaction            | stored              | insert into ledger_entries select ${copy} from ledger_entries where ${the1234}
    a changed amount                 | sum, stored         | update ledger_entries set amount_cents = 1235 where amount_cents = 1234
    amounts changed alike            | stored              | update ledger_entries set amount_cents = amount_cents * 2 where ${the1234}
    an edited balance                | stored              | update balances set amount_cents = amount_cents + 1 where amount_cents = 1284
    an edited balance, below zero    | stored, below       | update balances set amount_cents = -1 where amount_cents = 1284
    a lost balance                   | stored, source      | delete from balances where amount_cents = 1284
    a lost transaction               | orphan              | delete from ledger_transactions where kind = 'credit-settled'
    all entries of one are lost      | orphan, stored      | delete from ledger_entries where ${the1234}
    an entry on another's balance    | stored              | update ledger_entries set balance_id = (select id from balances where amount_cents = 1284) where amount_cents = 5000
    an entry of an unknown balance   | stored              | update ledger_entries set balance_id = gen_random_uuid() where amount_cents = 5000
    a transaction in another account | orphan              | update ledger_transactions set account_id = gen_random_uuid() where kind = 'moved'
    another reason to be below zero  | below               | update ledger_transactions set kind = 'credit-returned' where kind = 'debit-returned'
    a lost funding source            | source              | delete from funding_sources where id = (select id from balances where amount_cents = 1284)
    a balance out of nowhere         | source              | insert into balances values (gen_random_uuid(), gen_random_uuid(), 0, now())
    a source without a balance       | stored, source      | update balances set id = gen_random_uuid() where amount_cents = 1284
    a transfer without postings      | path                | ${withoutThe3333}
    a transfer that nobody made      | path                | insert into transfers select * from (select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).* from transfers t) made
    a transfer said to have settled  | path                | update transfers set status = 'processed', awaits = null, owed_to = null
    a transfer said to be cancelled  | path                | update transfers set status = 'cancelled', awaits = null, owed_to = null
    a posting of another step        | path                | update ledger_transactions set kind = 'held' where kind = 'credit-started' and transfer_id in (select id from transfers)
    a transfer of another amount     | amount              | update transfers set amount_cents = 3334
    a transfer from another balance  | amount              | update transfers set from_balance = gen_random_uuid()
    a transfer that was lost         | lost                | delete from transfers
    a transfer of another account    | path, lost          | update transfers set account_id = gen_random_uuid()
    `,
  )

  for (const { defect, found, statement } of defects)
    it(defect, async () => {
      await owner(statement)
      try {
        const report = await ledgerReport(server.pool)
        assert.equal(report.holds, false)
        const failed = report.checks.filter((check) => check.defects.length > 0)
        assert.deepEqual(
          failed.map(({ name }) => name),
          found.split(', ').map((letter) => checks[letter]),
        )
        for (const line of failed.flatMap((check) => check.defects))
          assert.match(line, /^account [0-9a-f-]{36}, [0-9a-f-]{36}: \S/)
        await assert.rejects(assertLedgerHolds(server), assert.AssertionError)
      } finally {
        await owner(
          ...tables.flatMap((table) => [`delete from ${table}`, `insert into ${table} select * from kept_${table}`]),
        )
      }
      await assertLedgerHolds(server)
    })

  it('nothing wrong with a sound one, and counts what it looked at', async () => {
    const { holds, transactions, checks } = await ledgerReport(server.pool)
    assert.equal(holds, true)
    // what is made above, and the default world's seed
    assert.equal(transactions, 7 + 1 + 1)
    assert.deepEqual(
      checks.map(({ of, counted, defects }) => `${counted} ${of}, ${defects.length} defects`),
      [
        '9 transactions, 0 defects',
        '18 entries, 0 defects',
        '4 balances, 0 defects',
        '4 funding sources, 0 defects',
        '1 balances below zero, 0 defects',
        '1 transfers, 0 defects',
        '1 postings of transfers, 0 defects',
        '1 postings of transfers, 0 defects',
      ],
    )
  })

  it('that there is nothing to check', async () => {
    await owner(
      ...['ledger_entries', 'ledger_transactions', 'transfers'].map((table) => `delete from ${table}`),
      'update balances set amount_cents = 0',
    )
    const report = await ledgerReport(server.pool)
    assert.deepEqual([report.holds, report.transactions], [false, 0])
    assert.ok(report.checks.every(({ defects }) => defects.length === 0))
    await assert.rejects(assertLedgerHolds(server), /nothing was checked/)
  })
})

test('clearyard ledger check says whether the ledger holds, while the server serves and while none does', async (t) => {
  const database = await testDatabase()
  t.after(() => database.drop())
  const env = {
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    CLEARYARD_SEAL_KEYS: `first:${randomBytes(32).toString('hex')}`,
    CLEARYARD_INDEX_KEY: randomBytes(32).toString('hex'),
  }
  const check = (...flags: string[]): Promise<Exit> => runCommand(t, ['ledger', 'check', ...flags], { env })
  const server = await startServerProcess(t, { env })
  const serving = await check()
  assert.deepEqual([serving.code, serving.stderr], [0, ''])
  assert.equal(
    serving.stdout,
    [
      '✔ each transaction sums to zero in each currency (transactions: 1)',
      '✔ each entry has its transaction, and each transaction its entries (entries: 2)',
      '✔ each balance is the sum of its entries (balances: 1)',
      '✔ each balance is that of a funding source, and each such funding source has one (funding sources: 1)',
      '✔ a balance is below zero only where money was taken back (balances below zero: 0)',
      '✔ each transfer has the postings of its path (transfers: 0)',
      '✔ each posting of a transfer moves its amount, and between its balances (postings of transfers: 0)',
      '✔ each posting of a transfer has its transfer (postings of transfers: 0)',
      '✔ the ledger holds',
      '',
    ].join('\n'),
  )
  await server.end()
  const { code, stdout } = await check('--json')
  const { holds, transactions, checks } = JSON.parse(stdout)
  assert.deepEqual([code, stdout.split('\n').length, holds, transactions, checks.length], [0, 2, true, 1, 8])

  await connected(database.ownerUrl, (client) => client.query('update balances set amount_cents = 400000'))
  const wrong = await check()
  assert.equal(wrong.code, 1)
  assert.match(
    wrong.stdout,
    /^✖ each balance is the sum of its entries \(balances: 1\)\n {4}account [0-9a-f-]{36}, [0-9a-f-]{36}: the balance holds 400000, and its entries come to 500000$/m,
  )
  assert.match(wrong.stdout, /\n✖ the ledger does not hold\n$/)
  await connected(database.ownerUrl, async (client) => {
    for (const table of tables.slice(0, 3)) await client.query(`delete from ${table}`)
    await client.query('delete from funding_sources')
  })
  const nothing = await check()
  assert.equal(nothing.code, 1)
  assert.match(nothing.stdout, /\n✖ nothing was checked: no money has moved yet\n$/)
})
