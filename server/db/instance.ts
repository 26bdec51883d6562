/** The database's own proof that a server's keys are the ones its contents were sealed and indexed with. */
import type { Pool } from 'pg'
import type { Sealer } from '../sealing.ts'
import { StartError } from '../start-error.ts'

const place = 'instance|seal_check'
const words = Buffer.from('clearyard')

/**
 * Leaves the proof in a new database, and checks it in any other.
 * @throws StartError when the keys are not this database's
 */
export const checkKeys = async (pool: Pool, sealer: Sealer): Promise<void> => {
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
