/** Who logs in to the embedded PostgreSQL: the owner of the database and its tables, and the role of the server. */
import { type Cluster, writeRecord } from './cluster.ts'

const database = 'clearyard'
const roles = { owner: 'clearyard_owner', app: 'clearyard' } as const
const superuser = 'postgres'

const urlOf = (socket: string, role: string, password: string, name: string) =>
  `postgresql://${role}:${password}@${encodeURIComponent(socket)}/${name}`

/** How to reach it as either, and the name of the role that the server runs as. */
export const urlsOf = ({ record }: Cluster, socket: string): { ownerUrl: string; url: string; role: string } => ({
  ownerUrl: urlOf(socket, roles.owner, record.passwords.owner, database),
  url: urlOf(socket, roles.app, record.passwords.app, database),
  role: roles.app,
})

/** Makes the roles and the database; what of them is there stays, so an interrupted first start is taken up again. */
export const prepareRoles = async (cluster: Cluster, socket: string): Promise<void> => {
  const { passwords } = cluster.record
  const { default: pg } = await import('pg')
  // not the database `postgres`: it is renamed, which is quicker than making another
  const client = new pg.Client({
    connectionString: urlOf(socket, superuser, passwords.superuser, 'template1'),
    ssl: false,
  })
  await client.connect()
  try {
    const found = await client.query<{ roles: string[]; renamed: boolean }>(
      `select array(select rolname::text from pg_roles) as roles,
        exists (select from pg_database where datname = $1) as renamed`,
      [database],
    )
    const { roles: known, renamed } = found.rows[0] ?? { roles: [], renamed: false }
    const steps = [
      ...(['owner', 'app'] as const)
        .filter((kind) => !known.includes(roles[kind]))
        .map((kind) => `create role ${roles[kind]} login password '${passwords[kind]}'`),
      ...(renamed ? [] : [`alter database postgres rename to ${database}`]),
      `alter database ${database} owner to ${roles.owner}`,
    ]
    await client.query(steps.join(';'))
  } finally {
    await client.end()
  }
  writeRecord(cluster.folder, { ...cluster.record, prepared: true })
}
