/** What the only writer of the ledger enters, what it refuses, and that nothing else can change what it entered. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Ctx } from '../gate/operation.ts'
import { openBalanceSource } from '../resources/funding-sources/operations.ts'
import { startTestServer, type TestServer } from '../testing/harness.ts'
import { assertLedgerHolds } from '../testing/ledger.ts'
import { rounds } from '../testing/rounds.ts'
import { defaultSettings } from '../worlds/settings.ts'
import { balance as balanceOf, bank } from './chart.ts'
import { Overdraft, post, spendableCents } from './post.ts'
import { creditSettled, creditStarted, creditUndone, debitReturned, debitSettled, moved, seeded } from './postings.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const now = new Date('2026-11-23T14:00:00Z')

/** A fresh account, to write into as an operation would. */
const freshAccount = () => {
  const accountId = randomUUID()
  const context = { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now } as const
  const write = <O>(run: (ctx: Ctx) => O): Promise<O> => server.gate.write({ context, run })
  const open = (amountCents = 0n): Promise<string> =>
    write((ctx) => {
      const { id } = openBalanceSource(ctx, randomUUID())
      if (amountCents > 0n) post(ctx, seeded({ amountCents, to: id }))
      return id
    })
  const held = (id: string): Promise<bigint> => write((ctx) => spendableCents(ctx, id))
  return { accountId, write, open, held }
}

const transfer = (amountCents: bigint) => ({ transferId: randomUUID(), amountCents })

test('a posting is a transaction with its entries, and changes the balances it names', async () => {
  const { accountId, write, open, held } = freshAccount()
  const [ada, eve] = [await open(5000n), await open()]
  const leg = transfer(1234n)
  assert.deepEqual(await write((ctx) => post(ctx, moved({ ...leg, from: ada, to: eve }))), [])
  assert.deepEqual([await held(ada), await held(eve)], [3766n, 1234n])
  const stored = await server.pool.query(
    `select t.kind, t.transfer_id, t.created, e.account, e.balance_id, e.amount_cents, e.currency
     from ledger_transactions t join ledger_entries e on e.account_id = t.account_id and e.transaction_id = t.id
     where t.account_id = $1 order by t.ordinal, e.amount_cents`,
    [accountId],
  )
  const lines = [
    ['seed', null, 'bank', null, -5000n],
    ['seed', null, 'balance', ada, 5000n],
    ['moved', leg.transferId, 'balance', ada, -1234n],
    ['moved', leg.transferId, 'balance', eve, 1234n],
  ]
  assert.deepEqual(
    stored.rows,
    lines.map(([kind, transfer_id, account, balance_id, amount_cents]) => {
      return { kind, transfer_id, created: now, account, balance_id, amount_cents, currency: 'USD' }
    }),
  )
  await assertLedgerHolds(server)
})

test('a posting that takes more than there is is refused, and with it everything its operation did', async () => {
  const { write, open, held } = freshAccount()
  const [ada, eve] = [await open(1000n), await open()]
  const spend = (amountCents: bigint) =>
    write((ctx) => post(ctx, creditStarted({ ...transfer(amountCents), from: ada })))
  await assert.rejects(
    write((ctx) => {
      post(ctx, moved({ ...transfer(600n), from: ada, to: eve }))
      post(ctx, moved({ ...transfer(401n), from: ada, to: eve }))
    }),
    (error) => error instanceof Overdraft && error.balanceId === ada,
  )
  await assert.rejects(spend(1001n), Overdraft)
  assert.deepEqual([await held(ada), await held(eve)], [1000n, 0n])
  await spend(1000n)
  await assert.rejects(spend(1n), Overdraft)
  assert.equal(await held(ada), 0n)
  await assertLedgerHolds(server)
})

test('a debit that is returned takes a balance below zero, says so once, and nothing is spent until it is paid back', async () => {
  const { write, open, held } = freshAccount()
  const ada = await open()
  const debit = transfer(1000n)
  await write((ctx) => post(ctx, debitSettled({ ...debit, to: ada })))
  const credit = transfer(700n)
  await write((ctx) => post(ctx, creditStarted({ ...credit, from: ada })))
  assert.deepEqual(await write((ctx) => post(ctx, debitReturned({ ...debit, from: ada }))), [ada])
  assert.equal(await held(ada), -700n)
  assert.deepEqual(await write((ctx) => post(ctx, debitReturned({ ...transfer(50n), from: ada }))), [])
  await assert.rejects(
    write((ctx) => post(ctx, creditStarted({ ...transfer(1n), from: ada }))),
    Overdraft,
  )
  assert.deepEqual(await write((ctx) => post(ctx, debitSettled({ ...transfer(100n), to: ada }))), [])
  assert.equal(await held(ada), -650n)
  await assertLedgerHolds(server)
  await write((ctx) => post(ctx, creditUndone({ ...credit, to: ada })))
  assert.equal(await held(ada), 50n)
})

test('a posting that does not cancel out, has no entries, one of nothing, or an unknown balance enters nothing', async () => {
  const { accountId, write, open } = freshAccount()
  const ada = await open()
  const wrong = [
    [
      { ...bank, amountCents: -5n },
      { ...balanceOf(ada), amountCents: 4n },
    ],
    [{ ...balanceOf(ada), amountCents: 5n }],
    [],
    [
      { ...bank, amountCents: 0n },
      { ...balanceOf(ada), amountCents: 0n },
    ],
    [
      { ...bank, amountCents: -5n },
      { ...balanceOf(randomUUID()), amountCents: 5n },
    ],
  ]
  for (const entries of wrong)
    await assert.rejects(
      write((ctx) => post(ctx, { kind: 'debit-settled', transferId: randomUUID(), entries })),
      /does not sum to zero|an entry of nothing|there is no balance/,
    )
  const { rows } = await server.pool.query('select from ledger_transactions where account_id = $1', [accountId])
  assert.equal(rows.length, 0)
})

test('no step of a transfer is entered twice', async () => {
  const { write, open, held } = freshAccount()
  const ada = await open()
  const debit = { ...transfer(1000n), to: ada }
  await write((ctx) => post(ctx, debitSettled(debit)))
  await assert.rejects(write((ctx) => post(ctx, debitSettled(debit))))
  assert.equal(await held(ada), 1000n)
  await assertLedgerHolds(server)
})

test('the server’s role can neither change nor take away what was entered', async () => {
  for (const table of ['ledger_transactions', 'ledger_entries'])
    for (const statement of [
      `update ${table} set account_id = account_id`,
      `delete from ${table}`,
      `truncate ${table}`,
    ])
      await assert.rejects(server.pool.query(statement), { code: '42501' }, statement)
})

test('whatever is posted at once, every balance is what its postings come to and none is spent twice', async () => {
  const { write, open, held } = freshAccount()
  const model = new Map<string, bigint>()
  for (let n = 0; n < 4; n++) model.set(await open(10_000n), 10_000n)
  const ids = [...model.keys()]
  const any = <V>(values: readonly V[]): V => values[Math.floor(Math.random() * values.length)] as V
  const isTaken: boolean[] = []
  const attempt = async () => {
    const [from, to, leg] = [any(ids), any(ids), transfer(BigInt(1 + Math.floor(Math.random() * 3000)))]
    const kind = any(['in', 'out', 'between'] as const)
    const postings = {
      in: [debitSettled({ ...leg, to })],
      out: [creditStarted({ ...leg, from }), creditSettled(leg)],
      between: [moved({ ...leg, from, to })],
    }[kind]
    const done = await write((ctx) => postings.map((posting) => post(ctx, posting))).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Overdraft) return false
        throw error
      },
    )
    isTaken.push(done)
    if (!done) return
    if (kind !== 'in') model.set(from, (model.get(from) ?? 0n) - leg.amountCents)
    if (kind !== 'out') model.set(to, (model.get(to) ?? 0n) + leg.amountCents)
  }
  for (let round = 0; round < rounds(50); round++) await Promise.all(Array.from({ length: 20 }, attempt))
  for (const [id, cents] of model) {
    assert.equal(await held(id), cents)
    assert.ok(cents >= 0n)
  }
  assert.ok(isTaken.includes(true))
  await assertLedgerHolds(server)
})
