/** The simulator sees what is wrong with money: what is planted in a database behind it fails its next look. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connected } from '../server/testing/database.ts'
import { startTestServer } from '../server/testing/harness.ts'
import { assertNoDefects } from '../server/testing/ledger.ts'
import { textTable } from '../server/testing/text-table.ts'
import type { Books } from './money-simulator/books.ts'
import { compare } from './money-simulator/comparison.ts'
import { createDice } from './money-simulator/dice.ts'
import { openBooks } from './money-simulator/people.ts'
import { createWorld, type Site, type World } from './money-simulator/site.ts'
import { begin, takeStep } from './money-simulator/steps.ts'

const tables = ['ledger_transactions', 'ledger_entries', 'balances', 'transfers']
const mostSteps = 500

/** A payment between balances that the receiver still has, which the defects are about. */
const target =
  "select t.id from transfers t join kept_balances r on r.id = t.to_balance and r.amount_cents >= t.amount_cents where t.role = 'party' and t.status = 'processed' and t.from_balance is not null limit 1"
const posting = `select id from ledger_transactions where transfer_id = (${target})`
const entry = `select id from ledger_entries where transaction_id in (${posting}) and amount_cents > 0`
const itsEntries = `e.balance_id = b.id and e.transaction_id in (${posting})`
const undo = `update balances b set amount_cents = b.amount_cents - e.amount_cents from ledger_entries e where ${itsEntries}`
const forget = `delete from ledger_entries where transaction_id in (${posting})`
const copy = 'account_id, gen_random_uuid(), transaction_id, account, balance_id, amount_cents, currency'

/** Each with who sees it: the check of the ledger, or the client's books. */
const defects = textTable(
  ['defect', 'seen by', 'statements'],
  `
  a lost entry                  | ledger       | delete from ledger_entries where id in (${entry})
  a doubled entry               | ledger       | insert into ledger_entries select ${copy} from ledger_entries where id in (${entry})
  a changed amount              | ledger       | update ledger_entries set amount_cents = amount_cents + 1 where id in (${entry})
  an edited balance             | ledger books | update balances set amount_cents = amount_cents + 1 where id = (select to_balance from transfers where id = (${target}))
  a transfer without postings   | ledger books | ${undo}; ${forget}; delete from ledger_transactions where transfer_id = (${target})
  a payment that left no trace  | books        | ${undo}; ${forget}; with lost as (delete from ledger_transactions where transfer_id = (${target}) returning transfer_id) delete from transfers where id in (select transfer_id from lost)
  `,
)

describe('the simulator sees', () => {
  let site: Site
  let world: World
  let books: Books
  const owner = (...statements: string[]) =>
    connected(site.server.ownerUrl, async (client) => {
      for (const statement of statements) await client.query(statement)
    })

  before(async () => {
    site = { server: await startTestServer() }
    const dice = createDice(1)
    world = await createWorld(site, dice)
    books = openBooks(world.accountId)
    await begin({ world, books, dice })
    const isThere = () =>
      books.legs.some(
        ({ role, status, from, to, cents }) =>
          role === 'between' && status === 'processed' && from && to && to.cents >= cents,
      )
    for (let step = 0; step < mostSteps && !isThere(); step++) {
      await takeStep({ world, books, dice })
      await compare(world, books)
    }
    await owner(...tables.map((table) => `create table kept_${table} as select * from ${table}`))
  })
  after(() => site.server.stop())

  const sight: { readonly [who: string]: () => Promise<unknown> } = {
    ledger: () => assertNoDefects(site.server.pool),
    books: () => compare(world, books),
  }

  for (const { defect, 'seen by': seenBy, statements } of defects)
    it(`${defect} (${seenBy})`, async () => {
      await owner(statements)
      try {
        for (const [who, look] of Object.entries(sight))
          await (seenBy.includes(who) ? assert.rejects(look(), assert.AssertionError) : look())
      } finally {
        await owner(
          ...tables.flatMap((table) => [`delete from ${table}`, `insert into ${table} select * from kept_${table}`]),
        )
      }
      for (const look of Object.values(sight)) await look()
    })
})
