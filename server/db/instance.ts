/** The database's own proof that a server's keys are the ones its contents were sealed and indexed with. */
import pg from 'pg'
import type { Sealer } from '../sealing.ts'
import { StartError } from '../start-error.ts'
import { connectOnce } from './pool.ts'

const place = 'instance|seal_check'
const words = Buffer.from('clearyard')

/**
 * Leaves the proof in a new database, and checks it in any other.
 * @throws StartError when the keys are not this database's
 */
export const checkKeys = async (pool: pg.Pool, sealer: Sealer): Promise<void> => {
  const [sealed, index] = [sealer.seal('check', place, words), sealer.digest('check', 'clearyard')]
  await pool.query(
    'insert into instance (id, seal_check, index_check) values (1, $1, $2) on conflict (id) do nothing',
    [sealed, index],
  )
  const { rows } = await pool.query<{ seal_check: Buffer; index_check: Buffer }>(
    'select seal_check, index_check from instance where id = 1',
  )
  const proof = rows[0]
  if (!proof || sealer.open('check', place, proof.seal_check)?.equals(words) !== true)
    throw new StartError('CLEARYARD_SEAL_KEYS does not open this database: give the keys it was first started with.')
  if (!proof.index_check.equals(index))
    throw new StartError('CLEARYARD_INDEX_KEY is not the one of this database: give the key it was first started with.')
}

const lockNotAvailable = '55P03'

/**
 * Runs `work` while nobody else can do the same, on any machine, and then seals the proof with the first key: it is the
 * last thing that an old key is needed for, so a server that lacks that key too early refuses to start.
 * @throws StartError when somebody else is at it
 */
export const holdInstance = async <T>(url: string, sealer: Sealer, work: () => Promise<T>): Promise<T> => {
  const client = await connectOnce(url, 'clearyard seal rotate')
  try {
    await client.query('begin')
    await client.query('select id from instance where id = 1 for update nowait').catch((error: unknown) => {
      if (error instanceof pg.DatabaseError && error.code === lockNotAvailable)
        throw new StartError('another rotation of the keys is under way: wait for its end')
      throw error
    })
    const result = await work()
    await client.query('update instance set seal_check = $1 where id = 1', [sealer.seal('check', place, words)])
    await client.query('commit')
    return result
  } finally {
    await client.end()
  }
}
