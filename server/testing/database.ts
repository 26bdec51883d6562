/**
 * Fresh databases for tests, on a real PostgreSQL 18.
 *
 * `CLEARYARD_TEST_POSTGRES` names the server as its superuser (`npm test` starts one for the whole run and sets it);
 * without it, as for a single `node --test file`, this process starts its own and takes it along when it ends.
 */
import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { startTestPostgres } from './postgres.ts'

export type DatabaseUrls = {
  /** of the role that the server runs as: it owns nothing */
  readonly url: string
  /** of the role that owns the database and, through migrations, its tables */
  readonly ownerUrl: string
}

export type TestDatabase = DatabaseUrls & {
  /** Ends every connection to it, whatever it is doing. */
  disconnect(): Promise<void>
  drop(): Promise<void>
}

type Cluster = { readonly url: string; readonly owner: Role; readonly app: Role }
type Role = { readonly name: string; readonly password: string }

const run = process.env.CLEARYARD_TEST_RUN ?? randomBytes(4).toString('hex')
const quote = pg.escapeIdentifier

/** What a name that is taken answers: a unique violation when the two who want it are too close to see each other. */
const takenStates = { duplicateObject: '42710', duplicateDatabase: '42P04', uniqueViolation: '23505' }

const isTaken = (error: unknown) =>
  error instanceof pg.DatabaseError && Object.values(takenStates).some((state) => state === error.code)

/** Runs `work` on a connection of its own. */
export const connected = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Every process of a run derives the same two roles from the superuser's URL, so nobody has to tell the other. */
const role = (url: string, kind: 'owner' | 'app'): Role => {
  const digest = createHash('sha256').update(`${kind} ${url}`).digest('hex')
  return { name: `clearyard_test_${kind}_${digest.slice(0, 8)}`, password: digest.slice(8, 56) }
}

const createRole = async (client: pg.Client, { name, password }: Role) => {
  try {
    await client.query(`create role ${quote(name)} login password ${pg.escapeLiteral(password)}`)
  } catch (error) {
    // another process of the run was first
    if (!isTaken(error)) throw error
  }
}

const openCluster = async (): Promise<Cluster> => {
  const url = process.env.CLEARYARD_TEST_POSTGRES ?? (await startTestPostgres()).url
  const cluster = { url, owner: role(url, 'owner'), app: role(url, 'app') }
  await connected(url, async (client) => {
    await createRole(client, cluster.owner)
    await createRole(client, cluster.app)
  })
  return cluster
}

let opened: Promise<Cluster> | undefined
const cluster = () => {
  opened ??= openCluster()
  return opened
}

const urlOf = (server: string, { name, password }: Role, database: string) => {
  const url = new URL(server)
  url.username = name
  url.password = password
  url.pathname = `/${database}`
  return url.href
}

const create = async (database: string, source: string): Promise<TestDatabase> => {
  const { url, owner, app } = await cluster()
  await connected(url, (client) =>
    client.query(`create database ${quote(database)} owner ${quote(owner.name)} template ${quote(source)}`),
  )
  return {
    url: urlOf(url, app, database),
    ownerUrl: urlOf(url, owner, database),
    disconnect: () =>
      connected(url, async (client) => {
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database])
      }),
    drop: async () => {
      await connected(url, (client) => client.query(`drop database if exists ${quote(database)} with (force)`))
    },
  }
}

const newName = () => `clearyard_${run}_${randomBytes(6).toString('hex')}`

/** Drops what a run left on a server that outlives it. */
export const dropDatabasesOfRun = (url: string, ofRun: string): Promise<void> =>
  connected(url, async (client) => {
    const left = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [`clearyard_${ofRun}_`],
    )
    for (const { datname } of left.rows) await client.query(`drop database if exists ${quote(datname)} with (force)`)
  })

/** A fresh empty database. The app role may connect to it, owns nothing in it, and is granted nothing yet. */
export const testDatabase = (): Promise<TestDatabase> => create(newName(), 'template0')

/**
 * Gives a maker of copies of one prepared database. `prepare` runs on the first call of a run, the rest copy what it
 * made. Processes that are first at the same time both prepare, and the second to finish throws its own away.
 */
export const template = (name: string, prepare: (urls: DatabaseUrls) => Promise<void>) => {
  const finished = `clearyard_${run}_template_${name}`
  let prepared: Promise<void> | undefined

  const makeSure = async () => {
    const { url } = await cluster()
    const exists = await connected(url, (client) =>
      client.query('select from pg_database where datname = $1', [finished]),
    )
    if (exists.rowCount) return
    const draftName = newName()
    const draft = await create(draftName, 'template0')
    try {
      await prepare(draft)
    } catch (error) {
      await draft.drop()
      throw error
    }
    try {
      await connected(url, (client) => client.query(`alter database ${quote(draftName)} rename to ${quote(finished)}`))
    } catch (error) {
      await draft.drop()
      if (!isTaken(error)) throw error
    }
  }

  return async (): Promise<TestDatabase> => {
    prepared ??= makeSure()
    await prepared
    return create(newName(), finished)
  }
}
