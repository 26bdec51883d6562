/** Tables, worlds and a watched database for the tests of the gate: small, and none of the product's. */
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import pg from 'pg'
import type { Reactions } from '../causes.ts'
import { connect } from '../db/pool.ts'
import { createReactions } from '../reactions.ts'
import { createSealer } from '../sealing.ts'
import { testDatabase } from '../testing/database.ts'
import { defaultSettings } from '../worlds/settings.ts'
import { createGate, type Gate, type GateOptions } from './gate.ts'
import type { RequestContext } from './operation.ts'
import type { Sealed } from './sealed.ts'
import { table } from './tables.ts'

/** Nothing follows from any change. */
const noReactions = Object.fromEntries(
  Object.keys(createReactions(null)).map((cause) => [cause, []]),
) as unknown as Reactions

/** What a gate needs beside its database. */
export const besides = {
  reactions: noReactions,
  sealer: createSealer([{ id: 'test', key: randomBytes(32) }], randomBytes(32)),
} satisfies Partial<GateOptions>

export type Person = { id: string; email: string; nick: string | null; team: string | null; cents: bigint }

/** Rows that are found in every way there is. */
export const people = table<Person>({
  name: 'people',
  columns: { id: 'uuid', email: 'text', nick: 'text', team: 'uuid', cents: 'bigint' },
  uniques: ['email', 'nick'],
  parents: ['team'],
  ordinal: true,
})

export const teams = table<{ id: string; size: number }>({ name: 'teams', columns: { id: 'uuid', size: 'integer' } })

/** Rows whose key is what must be unique. */
export const marks = table<{ id: string }>({ name: 'marks', columns: { id: 'text' } })

export const entries = table<{ id: string; person: string; cents: bigint }>({
  name: 'entries',
  columns: { id: 'uuid', person: 'uuid', cents: 'bigint' },
  parents: ['person'],
  ordinal: true,
  insertOnly: true,
})

export type Specimen = {
  id: string
  text: string | null
  whole: bigint | null
  small: number | null
  yes: boolean | null
  at: Date | null
  json: unknown
  bytes: Buffer | null
  other: string | null
  secret: Sealed | null
}

/** A column of every type. */
export const specimens = table<Specimen>({
  name: 'specimens',
  columns: {
    id: 'uuid',
    text: 'text',
    whole: 'bigint',
    small: 'integer',
    yes: 'boolean',
    at: 'timestamptz',
    json: 'jsonb',
    bytes: 'bytea',
    other: 'uuid',
    secret: 'sealed',
  },
})

/** The columns of a specimen without a value in any. */
export const empty = {
  text: null,
  whole: null,
  small: null,
  yes: null,
  at: null,
  json: null,
  bytes: null,
  other: null,
  secret: null,
}

const schema = `
  create table people (
    account_id uuid not null, id uuid not null, email text not null, nick text, team uuid, cents bigint not null,
    ordinal bigint not null, primary key (account_id, id), unique (account_id, email), unique (account_id, nick),
    check (cents > -1000000));
  create index people_of_team on people (account_id, team);
  create table teams (account_id uuid not null, id uuid not null, size integer not null, primary key (account_id, id));
  create table marks (account_id uuid not null, id text not null, primary key (account_id, id));
  create table entries (
    account_id uuid not null, id uuid not null, person uuid not null, cents bigint not null, ordinal bigint not null,
    primary key (account_id, id));
  create index entries_of_person on entries (account_id, person);
  create table specimens (
    account_id uuid not null, id uuid not null, text text, whole bigint, small integer, yes boolean, at timestamptz,
    json jsonb, bytes bytea, other uuid, secret bytea, primary key (account_id, id));`

export const person = (values: Partial<Person> = {}): Person => {
  const id = values.id ?? crypto.randomUUID()
  return { id, email: `${id}@example.com`, nick: null, team: null, cents: 0n, ...values }
}

/** A request of a world; a fresh one unless its account is given. */
export const contextOf = (accountId: string = crypto.randomUUID()): RequestContext => ({
  accountId,
  actor: { kind: 'operator' },
  settings: defaultSettings,
  now: new Date('2026-01-01T00:00:00Z'),
})

/** A statement on its way to the server; whatever the watcher gives is waited for before it is sent. */
export type Sent = { readonly text: string; readonly values: readonly string[]; readonly client: pg.PoolClient }
export type Watcher = (sent: Sent) => Promise<unknown> | undefined

/** Shows every statement of a pool to one watcher before it is sent, and to another before its answer is given. */
const watch = (pool: pg.Pool, watcher: Watcher, afterwards: Watcher): void => {
  pool.on('connect', (client) => {
    const send = client.query.bind(client) as (query: unknown, ...rest: unknown[]) => Promise<unknown>
    const watched = (query: string | { text: string; values?: string[] }, ...rest: unknown[]) => {
      const sent = typeof query === 'string' ? { text: query, values: [] } : { values: [], ...query }
      const onWay = { ...sent, client }
      const before = watcher(onWay)
      const answer = before ? before.then(() => send(query, ...rest)) : send(query, ...rest)
      return answer.then((result) => Promise.resolve(afterwards(onWay)).then(() => result))
    }
    client.query = watched as typeof client.query
  })
}

export type Fixture = {
  readonly url: string
  /** The pool of the gate. */
  readonly pool: pg.Pool
  readonly gate: Gate
  /** Connections beside the gate's. */
  readonly admin: pg.Pool
  /** Another pool, that ends with the test. */
  newPool(options?: pg.PoolConfig): pg.Pool
  /** Every statement the gate sent so far. */
  readonly sent: Sent[]
  /** Called with every statement of the gate before it is sent; a test may put its own here. */
  watcher: Watcher
  /** Called when PostgreSQL has answered a statement, before the gate knows. */
  afterwards: Watcher
  /** Another gate on the same database, as another server would have, with a pool of its own. */
  another(options?: Partial<GateOptions>, watcher?: Watcher): Gate
}

export type FixtureOptions = Partial<GateOptions> & { isolation?: 'repeatable read' }

/** A gate on a fresh database with the tables above; all of it ends with the test. */
export const openGate = async (t: TestContext, { isolation, ...options }: FixtureOptions = {}): Promise<Fixture> => {
  const database = await testDatabase()
  const admin = connect(database.ownerUrl, { max: 4 })
  await admin.query(schema)
  if (isolation) {
    const name = new URL(database.ownerUrl).pathname.slice(1)
    await admin.query(`alter database "${name}" set default_transaction_isolation = '${isolation}'`)
  }
  const pools: pg.Pool[] = []
  const newPool = (config: pg.PoolConfig = {}): pg.Pool => {
    const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 6, ...config })
    // as db/pool.ts has it: connections die in these tests, some before anyone could listen to them
    pool.on('error', () => {})
    pool.on('connect', (client) => {
      client.on('error', () => {})
    })
    pools.push(pool)
    return pool
  }
  const pool = options.pool ?? newPool()
  const fixture: Fixture = {
    url: database.ownerUrl,
    pool,
    admin,
    newPool,
    gate: createGate({ ...besides, ...options, pool }),
    sent: [],
    watcher: () => undefined,
    afterwards: () => undefined,
    another: (own = {}, watcher = () => undefined) => {
      const anothers = newPool()
      watch(anothers, watcher, () => undefined)
      return createGate({ pool: anothers, ...besides, ...own })
    },
  }
  const watcher: Watcher = (sent) => {
    fixture.sent.push(sent)
    return fixture.watcher(sent)
  }
  watch(pool, watcher, (sent) => fixture.afterwards(sent))
  t.after(async () => {
    await Promise.all([...pools, admin].map((each) => each.end()))
    await database.drop()
  })
  return fixture
}

/** The statements of this kind that the gate sent, by their first words. */
export const sentLike = (fixture: Fixture, start: string): Sent[] =>
  fixture.sent.filter(({ text }) => text.startsWith(start))

/** Resolves when `resolve` is called: a point that a test brings two sides to. */
export const meetingPoint = (): { readonly reached: Promise<void>; reach: () => void } => {
  let reach = (): void => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return { reached, reach }
}
