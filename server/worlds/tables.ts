/** The tables of worlds and of the applications that call them. */

import type { Database, Stored } from '../db/database.ts'
import { table } from '../gate/tables.ts'
import type { Settings } from './settings.ts'

export type WorldRow = {
  id: string
  name: string
  clock_frozen_at: Date | null
  clock_offset_ms: bigint
  /** Only what differs from the defaults. */
  settings: Partial<Settings>
  created: Date
}

export const worlds = table<WorldRow>({
  name: 'worlds',
  columns: {
    id: 'uuid',
    name: 'text',
    clock_frozen_at: 'timestamptz',
    clock_offset_ms: 'bigint',
    settings: 'jsonb',
    created: 'timestamptz',
  },
  ordinal: true,
  primaryKey: ['id'],
})

export type ApplicationRow = {
  id: string
  name: string
  status: 'active' | 'disabled'
  ip_allow_list: string[]
  created: Date
}

export const applications = table<ApplicationRow>({
  name: 'applications',
  columns: { id: 'uuid', name: 'text', status: 'text', ip_allow_list: 'jsonb', created: 'timestamptz' },
  ordinal: true,
})

/** A key and its secret's digest; `generation` counts its secrets, so that tokens of an earlier one are known. */
export type ApplicationKeyRow = {
  id: string
  application_id: string
  key: string
  secret_hash: Buffer
  generation: number
  status: 'active' | 'disabled'
  created: Date
}

export const applicationKeys = table<ApplicationKeyRow>({
  name: 'application_keys',
  columns: {
    id: 'uuid',
    application_id: 'uuid',
    key: 'text',
    secret_hash: 'bytea',
    generation: 'integer',
    status: 'text',
    created: 'timestamptz',
  },
  parents: ['application_id'],
  ordinal: true,
  primaryKey: ['id'],
})

/** Queries over these tables. */
export const worldTables = (db: Database) =>
  db.withTables<{
    worlds: Stored<WorldRow>
    applications: Stored<ApplicationRow>
    application_keys: Stored<ApplicationKeyRow>
  }>()
