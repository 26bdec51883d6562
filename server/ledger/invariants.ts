/**
 * What must hold of the ledger whatever happened, as a table of checks: each counts what it looks at and selects what
 * is wrong with it. All of them see one snapshot, so they can be asked while the server serves.
 */
import type { ClientBase } from 'pg'
import { postingKinds } from './postings.ts'
import { transferPaths } from './transfer-paths.ts'

/**
 * @property name what holds
 * @property of what it counts
 * @property count SQL: `count`, of what it looks at
 * @property defects SQL: `account_id`, `id` and `says` of each thing of which it does not hold
 * @property values the parameters of `defects`
 */
type LedgerCheck = {
  readonly name: string
  readonly of: string
  readonly count: string
  readonly defects: string
  readonly values?: readonly unknown[]
}

const overdrawing = Object.entries(postingKinds).flatMap(([kind, { mayOverdraw }]) => (mayOverdraw ? [kind] : []))

const ledgerChecks: readonly LedgerCheck[] = [
  {
    name: 'each transaction sums to zero in each currency',
    of: 'transactions',
    count: 'select count(*) from ledger_transactions',
    defects: `
      select account_id, transaction_id as id, 'the transaction is off by ' || sum(amount_cents) || ' ' || currency as says
      from ledger_entries group by account_id, transaction_id, currency having sum(amount_cents) <> 0`,
  },
  {
    name: 'each entry has its transaction, and each transaction its entries',
    of: 'entries',
    count: 'select count(*) from ledger_entries',
    defects: `
      select coalesce(t.account_id, e.account_id) as account_id, coalesce(t.id, e.transaction_id) as id,
        case when t.id is null then 'there is no such transaction, but entries of it'
          else 'the transaction has ' || coalesce(e.entries, 0) || ' entries' end as says
      from ledger_transactions t
      full join (select account_id, transaction_id, count(*) as entries from ledger_entries group by 1, 2) e
        on e.account_id = t.account_id and e.transaction_id = t.id
      where t.id is null or coalesce(e.entries, 0) < 2`,
  },
  {
    name: 'each balance is the sum of its entries',
    of: 'balances',
    count: 'select count(*) from balances',
    defects: `
      select coalesce(b.account_id, e.account_id) as account_id, coalesce(b.id, e.balance_id) as id,
        'the balance holds ' || coalesce(b.amount_cents::text, 'nothing, for there is none') ||
          ', and its entries come to ' || coalesce(e.amount_cents, 0) as says
      from balances b
      full join (
        select account_id, balance_id, sum(amount_cents) as amount_cents from ledger_entries
        where balance_id is not null group by 1, 2
      ) e on e.account_id = b.account_id and e.balance_id = b.id
      where b.id is null or b.amount_cents <> coalesce(e.amount_cents, 0)`,
  },
  {
    name: 'each balance is that of a funding source, and each such funding source has one',
    of: 'funding sources',
    count: `select count(*) from funding_sources where type = 'balance'`,
    defects: `
      select coalesce(b.account_id, f.account_id) as account_id, coalesce(b.id, f.id) as id,
        case when f.id is null then 'the balance has no funding source' else 'the funding source has no balance' end
          as says
      from balances b
      full join (select account_id, id from funding_sources where type = 'balance') f
        on f.account_id = b.account_id and f.id = b.id
      where b.id is null or f.id is null`,
  },
  {
    name: 'a balance is below zero only where money was taken back',
    of: 'balances below zero',
    count: 'select count(*) from balances where amount_cents < 0',
    defects: `
      select b.account_id, b.id, 'the balance is ' || b.amount_cents || ', and nothing may have taken it there' as says
      from balances b
      where b.amount_cents < 0 and not exists (
        select from ledger_entries e
        join ledger_transactions t on t.account_id = e.account_id and t.id = e.transaction_id
        where e.account_id = b.account_id and e.balance_id = b.id and e.amount_cents < 0 and t.kind = any($1)
      )`,
    values: [overdrawing],
  },
  {
    name: 'each transfer has the postings of its path',
    of: 'transfers',
    count: 'select count(*) from transfers',
    defects: `
      select account_id, id, 'no transfer may be ' || path as says
      from (
        select t.account_id, t.id, concat(
          case when t.from_balance is null then 'in' when t.to_balance is null then 'out' when t.role = 'fee' then 'fee'
            else 'between' end,
          ' ', t.status, case when t.status = 'pending' then ' ' || t.awaits end, ': ', p.kinds) as path
        from transfers t
        left join (
          select account_id, transfer_id, string_agg(kind, ' ' order by kind collate "C") as kinds
          from ledger_transactions where transfer_id is not null group by account_id, transfer_id
        ) p on p.account_id = t.account_id and p.transfer_id = t.id
      ) t
      where not path = any($1)`,
    values: [transferPaths],
  },
  {
    name: 'each posting of a transfer moves its amount, and between its balances',
    of: 'postings of transfers',
    count: `
      select count(*) from ledger_transactions p join transfers t on t.account_id = p.account_id and t.id = p.transfer_id`,
    defects: `
      select t.account_id, t.id, 'the posting ' || p.kind || ' has ' || e.amount_cents || ' on ' ||
        coalesce(e.balance_id::text, e.account) as says
      from ledger_transactions p
      join transfers t on t.account_id = p.account_id and t.id = p.transfer_id
      join ledger_entries e on e.account_id = p.account_id and e.transaction_id = p.id
      where abs(e.amount_cents) <> t.amount_cents or (
        e.balance_id is not null and p.kind <> 'debit-returned' and
        e.balance_id is distinct from t.from_balance and e.balance_id is distinct from t.to_balance)`,
  },
  {
    // an account that no world has any more is gone, with its transfers, in whatever order they go
    name: 'each posting of a transfer has its transfer',
    of: 'postings of transfers',
    count: `
      select count(*) from ledger_transactions p join worlds w on w.account_id = p.account_id
      where p.transfer_id is not null`,
    defects: `
      select p.account_id, p.id, 'there is no transfer ' || p.transfer_id || ' for the posting ' || p.kind as says
      from ledger_transactions p join worlds w on w.account_id = p.account_id
      where p.transfer_id is not null
        and not exists (select from transfers t where t.account_id = p.account_id and t.id = p.transfer_id)`,
  },
]

export type LedgerReport = {
  /** Whether everything holds, and there is something of which it does. */
  readonly holds: boolean
  /** How many transactions there are. */
  readonly transactions: number
  readonly checks: readonly {
    readonly name: string
    readonly of: string
    readonly counted: number
    /** One line a defect, and at most as many as a person reads. */
    readonly defects: readonly string[]
  }[]
}

const mostDefects = 100

const countOf = async (client: ClientBase, sql: string): Promise<number> => {
  const { rows } = await client.query<{ count: bigint }>(sql)
  return Number(rows[0]?.count)
}

const take = async (client: ClientBase, { name, of, count, defects, values = [] }: LedgerCheck) => {
  const found = await client.query<{ account_id: string; id: string; says: string }>(
    `${defects} limit ${mostDefects}`,
    [...values],
  )
  return {
    name,
    of,
    counted: await countOf(client, count),
    defects: found.rows.map(({ account_id, id, says }) => `account ${account_id}, ${id}: ${says}`),
  }
}

/** Takes all checks, of all worlds. A ledger in which nothing ever moved does not hold: nothing was checked. */
export const checkLedger = async (client: ClientBase): Promise<LedgerReport> => {
  await client.query('begin transaction isolation level repeatable read read only')
  try {
    const checks: LedgerReport['checks'][number][] = []
    for (const check of ledgerChecks) checks.push(await take(client, check))
    const transactions = await countOf(client, 'select count(*) from ledger_transactions')
    const holds = transactions > 0 && checks.every(({ defects }) => defects.length === 0)
    return { holds, transactions, checks }
  } finally {
    await client.query('rollback')
  }
}
