/** What a key gives access to: its application and its world, read together and once a request. */
import type { Pool } from 'pg'
import { gathered } from '../db/gathered.ts'
import type { ApplicationKeyRow, ApplicationRow, WorldRow } from '../worlds/tables.ts'
import { type World, worldOf } from '../worlds/world.ts'

export type Access = {
  keyId: string
  secretHash: Buffer
  generation: number
  keyStatus: ApplicationKeyRow['status']
  application: Pick<ApplicationRow, 'id' | 'status'> & { ipAllowList: string[] }
  world: World
}

type AccessRow = WorldRow & {
  account_id: string
  key_id: string
  secret_hash: Buffer
  generation: number
  key_status: ApplicationKeyRow['status']
  application_id: string
  application_status: ApplicationRow['status']
  ip_allow_list: string[]
}

const columns = `
  w.id, w.account_id, w.name, w.clock_frozen_at, w.clock_offset_ms, w.settings, w.created,
  k.id key_id, k.secret_hash, k.generation, k.status key_status,
  a.id application_id, a.status application_status, a.ip_allow_list`

const tables = `
  application_keys k
  join applications a on a.account_id = k.account_id and a.id = k.application_id
  join worlds w on w.account_id = k.account_id`

/** @returns a function from the id of a key to what it gives access to, or null when there is no such key */
export const createAccessReader = (pool: Pool): ((keyId: string) => Promise<Access | null>) => {
  const read = gathered<string, AccessRow>(pool, {
    name: 'access_by_keys',
    text: `
      select c.* from unnest($1::uuid[]) wanted(id), lateral (
        select ${columns} from ${tables} where k.id = wanted.id limit 1
      ) c`,
    values: (keys) => [keys],
    single: {
      name: 'access_by_key',
      text: `select ${columns} from ${tables} where k.id = $1`,
      values: (key) => [key],
    },
    slotOf: (key) => key,
    slotOfRow: (row) => row.key_id,
  })
  return async (id) => {
    const row = await read(id)
    return (
      row && {
        keyId: row.key_id,
        secretHash: row.secret_hash,
        generation: row.generation,
        keyStatus: row.key_status,
        application: { id: row.application_id, status: row.application_status, ipAllowList: row.ip_allow_list },
        world: worldOf(row),
      }
    )
  }
}
