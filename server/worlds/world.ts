/** A world as a request sees it: its account, its clock and its settings, read once a request and never cached. */
import { type Clock, timeOf } from './clock.ts'
import { defaultSettings, type Settings } from './settings.ts'
import type { WorldRow } from './tables.ts'

export type World = {
  id: string
  accountId: string
  name: string
  created: Date
  clock: Clock
  settings: Settings
}

export const clockOf = (row: WorldRow): Clock => ({
  frozenAt: row.clock_frozen_at,
  offsetMs: Number(row.clock_offset_ms),
})

export const worldOf = (row: WorldRow & { account_id: string }): World => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  created: row.created,
  clock: clockOf(row),
  settings: { ...defaultSettings, ...row.settings },
})

/** The world's time now. */
export const nowIn = (world: World, realMs: number): Date => timeOf(world.clock, realMs)
