/**
 * `POST /transfers` beside pgbench on the same PostgreSQL, in turns: from one balance to another, of ten thousand and
 * of ten that everybody wants.
 */
import { halType } from '@clearyard/contract/hal.ts'
import { embeddedPostgres } from '../e2e/embedded-postgres.ts'
import { connectOnce } from '../server/db/pool.ts'
import { whole } from '../server/resources/customers/customers-fixture.ts'
import { send, takeToken } from '../server/testing/harness.ts'
import type { Scope } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { startChild } from './child.ts'
import { cpuSecondsOf, median, tableOf } from './figures.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import { findPgbench } from './pgbench.ts'

type Options = { rounds: number; connections: number; forMs: number }

const balancesInAll = 10_000
const bodiesEach = 20_000
const seedCents = 1_000_000_000_000

const contenders = [
  { name: 'POST /transfers, 10,000 balances', balances: balancesInAll, target: 0.7 },
  { name: 'POST /transfers, 10 balances', balances: 10, target: 1 },
] as const

const bodyOf = (source: string | undefined, destination: string | undefined, value: string): string =>
  JSON.stringify({
    _links: {
      source: { href: `/funding-sources/${source}` },
      destination: { href: `/funding-sources/${destination}` },
    },
    amount: { value, currency: 'USD' },
  })

/** A cent each from a random balance to another. */
const randomBodies = (ids: readonly string[]): string[] =>
  Array.from({ length: bodiesEach }, () => {
    const from = Math.floor(Math.random() * ids.length)
    const to = (from + 1 + Math.floor(Math.random() * (ids.length - 1))) % ids.length
    return bodyOf(ids[from], ids[to], '0.01')
  })

const createBank = async (scope: Scope, connections: number) => {
  const server = await startServerProcess(scope)
  const made = await send(server.url, 'POST', '/_clearyard/worlds', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { seedBalanceCents: seedCents } }),
  })
  const token = await takeToken(server.url, made.body['application'] as unknown as { key: string; secret: string })
  const child = startChild<LoadOrder, LoadResult>('./load-process.ts')
  scope.after(() => child.end())
  const headers = { accept: halType, 'content-type': 'application/json', authorization: `Bearer ${token}` }

  /** Posts bodies in turn, for a time, or a number of them. */
  const post = async (path: string, bodies: readonly string[], until: { forMs: number; count?: number }) => {
    const template = { method: 'POST', path, headers, body: '' }
    const result = await child.ask({ origin: server.url, template, connections, bodies, expected: 201, ...until })
    if (result.unexpected !== null) throw new Error(`${path} answered\n${result.unexpected}`)
    return result
  }
  const { ownerUrl } = embeddedPostgres(server.dataFolder)
  return { server, post, ownerUrl, accountId: String(made.body['accountId']) }
}

type Bank = Awaited<ReturnType<typeof createBank>>

const balanceIds = async ({ ownerUrl, accountId }: Bank, whose: 'account' | 'customers'): Promise<string[]> => {
  const client = await connectOnce(ownerUrl)
  try {
    const { rows } = await client.query<{ id: string }>(
      `select id from funding_sources
       where account_id = $1 and type = 'balance' and (customer_id is null) = $2`,
      [accountId, whose === 'account'],
    )
    return rows.map(({ id }) => id)
  } finally {
    await client.end()
  }
}

/** Verified customers, with a thousand dollars each. */
const fill = async (bank: Bank): Promise<string[]> => {
  const all = { forMs: 600_000, count: balancesInAll }
  const customers = Array.from({ length: balancesInAll }, (_, n) =>
    JSON.stringify(whole('personal', {}, { email: `customer.${n}@example.com`, correlationId: undefined })),
  )
  await bank.post('/customers', customers, all)
  const [account] = await balanceIds(bank, 'account')
  const ids = await balanceIds(bank, 'customers')
  await bank.post(
    '/transfers',
    ids.map((id) => bodyOf(account, id, '1000.00')),
    all,
  )
  return ids
}

/** Measures, and prints a table; says so and gives up where there is no pgbench. */
export const compareTransfers = async (
  scope: Scope,
  { rounds, connections, forMs }: Options,
  say: (line: string) => void,
): Promise<void> => {
  say(`making ${balancesInAll} balances`)
  const bank = await createBank(scope, connections)
  const ids = await fill(bank)
  const pgbench = await findPgbench(bank.ownerUrl)
  if (!pgbench) say('there is no pgbench on the path: transfers have nothing to be beside')
  const outcomes = contenders.map((contender) => ({
    ...contender,
    bodies: randomBodies(ids.slice(0, contender.balances)),
    measured: [] as { perSecond: number; p50Ms: number; p99Ms: number; cpuMicroseconds: number; ratio: number }[],
  }))
  const theirs: number[] = []
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    const beside = pgbench ? await pgbench.run(connections, forMs / 1000) : Number.NaN
    for (const { bodies, measured } of outcomes) {
      const before = cpuSecondsOf(bank.server.pid)
      const { answered, seconds, p50Ms, p99Ms } = await bank.post('/transfers', bodies, { forMs })
      const cpuMicroseconds = ((cpuSecondsOf(bank.server.pid) - before) / answered) * 1e6
      const perSecond = answered / seconds
      if (round > 0) measured.push({ perSecond, p50Ms, p99Ms, cpuMicroseconds, ratio: perSecond / beside })
    }
    if (round > 0) theirs.push(beside)
  }
  const heads = ['', 'req/s', 'pgbench', 'ratio', 'to reach', 'p50 ms', 'p99 ms', 'CPU µs']
  const rows = outcomes.map(({ name, target, measured }) => {
    const of = (key: keyof (typeof measured)[number]) => median(measured.map((one) => one[key]))
    return [
      name,
      of('perSecond').toFixed(0),
      median(theirs).toFixed(0),
      of('ratio').toFixed(2),
      target.toFixed(1),
      of('p50Ms').toFixed(1),
      of('p99Ms').toFixed(1),
      of('cpuMicroseconds').toFixed(0),
    ]
  })
  console.log(tableOf([heads, ...rows]))
}
