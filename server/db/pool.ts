/** Connections to PostgreSQL: pools with our types and time limits, and the check before the first use. */
import pg from 'pg'
import { StartError } from '../start-error.ts'

export type PoolOptions = {
  /** Most connections at a time. */
  max: number
  /** What `pg_stat_activity` shows. */
  applicationName?: string
}

const limitsMs = {
  connect: 5_000,
  statement: 30_000,
  lock: 15_000,
  idleInTransaction: 30_000,
}

const oldestServer = 150_000

const typeIds = { int8: 20, int8Array: 1016, date: 1082 }

const isDomainSocket = (url: string): boolean => /^[a-z]+:\/\/[^/]*@?%2f|[?&]host=(%2f|\/)/i.test(url)

/** int8 as BigInt and a date as its text (there is no instant in it); timestamptz as Date, which is pg's own way. */
const ourTypes = (): pg.CustomTypesConfig => {
  const types = new pg.TypeOverrides()
  types.setTypeParser(typeIds.int8, (text) => BigInt(text))
  types.setTypeParser(typeIds.int8Array, (text) =>
    text
      .slice(1, -1)
      .split(',')
      .filter(Boolean)
      .map((item) => (item === 'NULL' ? null : BigInt(item))),
  )
  types.setTypeParser(typeIds.date, (text) => text)
  return types
}

const settingsFor = (url: string, applicationName: string): pg.ClientConfig => ({
  connectionString: url,
  // PGSSLMODE of the environment is meant for other servers than the one behind a local socket
  ...(isDomainSocket(url) ? { ssl: false } : {}),
  types: ourTypes(),
  application_name: applicationName,
  connectionTimeoutMillis: limitsMs.connect,
  keepAlive: true,
})

/**
 * A pool whose connections may die at any time without harm: a query under way rejects, the next one gets another
 * connection. Time limits travel as connection parameters; the session is never `set`.
 */
export const connect = (url: string, { max, applicationName = 'clearyard' }: PoolOptions): pg.Pool => {
  const pool = new pg.Pool({
    ...settingsFor(url, applicationName),
    max,
    statement_timeout: limitsMs.statement,
    lock_timeout: limitsMs.lock,
    idle_in_transaction_session_timeout: limitsMs.idleInTransaction,
    // plans of prepared statements are kept: they must not read a whole table because it had a few rows when they were
    // made, and none is worth compiling
    options: '-c enable_seqscan=off -c jit=off',
  })
  pool.on('error', () => {})
  // the pool listens to idle clients only; one that dies while it is out and between two queries would end the process
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  return pool
}

/** One connection without time limits, for migrations and checks; the caller ends it. */
export const connectOnce = async (url: string, applicationName = 'clearyard'): Promise<pg.Client> => {
  const client = new pg.Client(settingsFor(url, applicationName))
  client.on('error', () => {})
  await client.connect()
  return client
}

/** The URL without what must not be shown: its password and its parameters. */
const shown = (url: string): string => {
  try {
    const { protocol, username, host, pathname } = new URL(url)
    return `${protocol}//${username ? `${username}@` : ''}${host}${pathname}`
  } catch {
    return 'the given address'
  }
}

/** Node gives one error per address tried, and an empty message above them. */
const reasonOf = (error: unknown): string => {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return (first instanceof Error ? first.message : String(first)).replaceAll('\n', ' ')
}

/**
 * @param name the setting that has the URL, for the message
 * @returns the role that the URL logs in as, and the server's version (180004 for 18.4)
 * @throws StartError, without the password, when nobody answers, the login is refused, or the server is too old
 */
export const checkReachable = async (
  url: string,
  name = 'DATABASE_URL',
): Promise<{ role: string; serverVersion: number }> => {
  let client: pg.Client
  try {
    client = await connectOnce(url)
  } catch (error) {
    throw new StartError(`unreachable ${name} ${shown(url)} (${reasonOf(error)}): check the address and the server`)
  }
  try {
    const answer = await client.query<{ role: string; version: string }>(
      `select current_user::text as role, current_setting('server_version_num') as version`,
    )
    const { role, version } = answer.rows[0] ?? { role: '', version: '0' }
    if (Number(version) < oldestServer)
      throw new StartError(
        `${name} ${shown(url)} is PostgreSQL ${Math.floor(Number(version) / 10_000)}: Clearyard needs 15 or newer`,
      )
    return { role, serverVersion: Number(version) }
  } finally {
    await client.end()
  }
}
