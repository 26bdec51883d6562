/** What a server does without being asked: it looks for worlds whose running clocks have made something due. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { RunDue } from './due/due.ts'

const everyMs = 1_000
const leaseMs = 60_000
const worldsAtOnce = 8

/**
 * One server does what is due in a world at a time. A frozen clock makes nothing due but when it is moved, and then
 * whoever moves it does that.
 */
const claim = `
  insert into due_leases (account_id, world_id, until)
  select w.account_id, w.id, $2 from worlds w,
    lateral (select $1::timestamptz + w.clock_offset_ms * interval '1 millisecond' as now) clock
  where w.settings ->> 'settlement' = 'clock' and w.clock_frozen_at is null
    and (
      exists (
        select from transfers t
        where t.account_id = w.account_id and t.awaits in ('run', 'late-return') and t.due <= clock.now
      )
      or exists (select from micro_deposits m where m.account_id = w.account_id and m.due <= clock.now)
    )
    and not exists (select from due_leases l where l.account_id = w.account_id and l.until > $1)
  order by w.id limit $3
  on conflict (account_id) do update set until = excluded.until where due_leases.until <= $1
  returning account_id, world_id`

const release = 'update due_leases set until = $2 where account_id = any($1::uuid[]) and until = $3'

export type WorkerOptions = {
  pool: Pool
  runDue: RunDue
  realNow: () => number
  log: Pick<Logger, 'warn'>
  signal: AbortSignal
}

/**
 * Does what is due now in worlds that nobody else does it in.
 * @returns the worlds it was done in
 */
export const workOnce = async ({ pool, runDue, realNow, log, signal }: WorkerOptions): Promise<string[]> => {
  const now = new Date(realNow())
  const until = new Date(now.getTime() + leaseMs)
  const { rows } = await pool.query<{ account_id: string; world_id: string }>(claim, [now, until, worldsAtOnce])
  const worlds = rows.map(({ world_id }) => world_id)
  await Promise.all(
    worlds.map((worldId) =>
      runDue(worldId, signal).catch((error: unknown) =>
        log.warn({ err: error, worldId }, 'what is due could not be done: it is tried again'),
      ),
    ),
  )
  if (rows.length > 0) await pool.query(release, [rows.map(({ account_id }) => account_id), now, until])
  return worlds
}

/**
 * Works from now on, about once a second.
 * @returns stops it, once what it is doing is done
 */
export const startWorker = (given: Omit<WorkerOptions, 'signal'>): (() => Promise<void>) => {
  const stopping = new AbortController()
  const { signal } = stopping
  const options = { ...given, signal }
  const working = (async () => {
    while (!signal.aborted) {
      await workOnce(options).catch((error: unknown) =>
        options.log.warn({ err: error }, 'what is due was not looked for'),
      )
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  })()
  return () => {
    stopping.abort()
    return working
  }
}
