/**
 * The schema: numbered SQL files, forward only, each in a transaction of its own. Several processes may start at once:
 * they take turns at a row.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { StartError } from '../start-error.ts'
import { connectOnce } from './pool.ts'

export type Migration = { readonly version: number; readonly name: string; readonly sql: string }

/** The server adds to these tables and never changes what is there: its role is not granted more. */
const insertOnlyTables = ['audit_entries', 'ledger_entries', 'ledger_transactions']

export type MigrateOptions = {
  /** The role that the server runs as; when it is another than the owner, it is granted what it needs. */
  appRole?: string
  /** Tables that the server may add to and never change; those of the product unless given. */
  insertOnly?: readonly string[]
  migrations?: readonly Migration[]
}

export type Migrated = {
  /** Of the schema as it is now. */
  version: number
  /** Whether the server's role is kept from changing the insert-only tables: false when it owns them. */
  appRoleIsBound: boolean
}

const sqlStates = {
  uniqueViolation: '23505',
  duplicateTable: '42P07',
  duplicateObject: '42710',
  undefinedTable: '42P01',
  notAllowed: '42501',
}

const isState = (error: unknown, ...states: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && states.includes(error.code)

/**
 * The migrations of a folder, in order.
 * @throws Error when a number is missing or there twice, or a name is not `NNNN_name.sql`
 */
export const readMigrations = (folder: URL = new URL('./migrations/', import.meta.url)): Migration[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file, index) => {
      const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file)
      if (!match?.[1] || !match[2] || Number(match[1]) !== index + 1)
        throw new Error(
          `migration ${file} should be number ${String(index + 1).padStart(4, '0')} with a name in lower case`,
        )
      return { version: index + 1, name: match[2], sql: readFileSync(new URL(file, folder), 'utf8') }
    })

const currentVersion = async (client: pg.Client | pg.Pool): Promise<number | null> => {
  try {
    const found = await client.query<{ version: number | null }>(
      'select max(version) as version from schema_migrations',
    )
    return found.rows[0]?.version ?? null
  } catch (error) {
    if (isState(error, sqlStates.undefinedTable)) return null
    throw error
  }
}

/** Version 0 is no migration: it is the row that processes take turns at. */
const makeTable = async (client: pg.Client): Promise<void> => {
  for (;;) {
    try {
      await client.query(`create table if not exists schema_migrations (
        version integer primary key, name text not null, applied timestamptz not null)`)
      break
    } catch (error) {
      if (isState(error, sqlStates.notAllowed))
        throw new StartError(
          `the database's role ${client.user} may not create tables: ` +
            'grant it create on the schema, or set DATABASE_OWNER_URL',
        )
      // two at once: `if not exists` looks before it locks, and the other's table is there when we look again
      if (!isState(error, sqlStates.uniqueViolation, sqlStates.duplicateTable, sqlStates.duplicateObject)) throw error
    }
  }
  await client.query(
    `insert into schema_migrations (version, name, applied) values (0, 'turn', now()) on conflict do nothing`,
  )
}

/** Runs `work` in a transaction in which no other process migrates. */
const inTurn = async <T>(client: pg.Client, work: () => Promise<T>): Promise<T> => {
  await client.query('begin')
  try {
    await client.query('select version from schema_migrations where version = 0 for update')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

const apply = async (client: pg.Client, { version, name, sql }: Migration): Promise<void> => {
  try {
    await inTurn(client, async () => {
      if (((await currentVersion(client)) ?? 0) >= version) return
      await client.query(sql)
      await client.query('insert into schema_migrations (version, name, applied) values ($1, $2, now())', [
        version,
        name,
      ])
    })
  } catch (error) {
    const file = `${String(version).padStart(4, '0')}_${name}.sql`
    throw new StartError(
      `migration ${file} failed and was undone (${error instanceof Error ? error.message : String(error)}): ` +
        'the database is as it was before it',
    )
  }
}

type Grant = { name: string; wanted: string[]; surplus: string[] }

/** What the server's role lacks, and has too much, of each table of the schema. */
const wrongGrants = async (client: pg.Client, appRole: string, insertOnly: readonly string[]): Promise<Grant[]> => {
  const tables = await client.query<{ name: string; held: string[] }>(
    `select c.relname::text as name,
       array(select p from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p
         where has_table_privilege($1, c.oid, p)) as held
     from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')`,
    [appRole],
  )
  return tables.rows.flatMap(({ name, held }) => {
    const due =
      name === 'schema_migrations'
        ? ['select']
        : insertOnly.includes(name)
          ? ['select', 'insert']
          : ['select', 'insert', 'update']
    const grant = {
      name,
      wanted: due.filter((privilege) => !held.includes(privilege)),
      surplus: held.filter((privilege) => !due.includes(privilege)),
    }
    return grant.wanted.length + grant.surplus.length > 0 ? [grant] : []
  })
}

/** @returns whether the role then holds exactly that: what it has through another role cannot be taken here */
const grantTo = async (client: pg.Client, appRole: string, insertOnly: readonly string[]): Promise<boolean> => {
  if ((await wrongGrants(client, appRole, insertOnly)).length === 0) return true
  return inTurn(client, async () => {
    const role = client.escapeIdentifier(appRole)
    for (const { name, wanted, surplus } of await wrongGrants(client, appRole, insertOnly)) {
      const table = client.escapeIdentifier(name)
      if (wanted.length > 0) await client.query(`grant ${wanted.join(', ')} on ${table} to ${role}`)
      if (surplus.length > 0) await client.query(`revoke ${surplus.join(', ')} on ${table} from ${role}`)
    }
    return (await wrongGrants(client, appRole, insertOnly)).length === 0
  })
}

const isBound = async (client: pg.Client, appRole: string): Promise<boolean> => {
  const found = await client.query<{ bound: boolean }>(
    `select not rolsuper and not pg_has_role(oid, current_user, 'member') as bound from pg_roles where rolname = $1`,
    [appRole],
  )
  return found.rows[0]?.bound ?? false
}

const refuseNewer = (found: number | null, newest: number) => {
  if (found !== null && found > newest)
    throw new StartError(
      `the database has schema version ${found} and this Clearyard knows ${newest}: ` +
        'start the newer Clearyard that migrated it',
    )
}

/**
 * For what works on a database beside its servers, and changes no schema.
 * @throws StartError when the schema is not exactly the one that this program knows
 */
export const demandSchema = async (pool: pg.Pool): Promise<void> => {
  const [found, newest] = [await currentVersion(pool), readMigrations().length]
  refuseNewer(found, newest)
  if (found !== newest)
    throw new StartError(
      `the database has ${found ? `schema version ${found}` : 'no schema'} and this Clearyard needs ${newest}: ` +
        'start the server of this version once, it brings the database up to it',
    )
}

/**
 * Brings the schema up to what this program knows, and the server's role to what it may do with it.
 * @param ownerUrl of the role that owns the tables, or will
 * @throws StartError when a migration fails or the schema is newer than the program
 */
export const migrate = async (
  ownerUrl: string,
  { appRole, insertOnly = insertOnlyTables, migrations = readMigrations() }: MigrateOptions = {},
): Promise<Migrated> => {
  const client = await connectOnce(ownerUrl, 'clearyard migrations')
  try {
    const newest = migrations.length
    const found = await currentVersion(client)
    refuseNewer(found, newest)
    if (found === null) await makeTable(client)
    for (const migration of migrations.slice(found ?? 0)) await apply(client, migration)
    refuseNewer(await currentVersion(client), newest)
    const appRoleIsBound =
      appRole !== undefined && (await isBound(client, appRole)) && (await grantTo(client, appRole, insertOnly))
    return { version: newest, appRoleIsBound }
  } finally {
    await client.end()
  }
}
