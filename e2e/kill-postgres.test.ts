import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { rounds } from '../server/testing/rounds.ts'
import { temporaryFolder } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { runCrashRounds, told } from './crash-round.ts'
import { embeddedPostgres } from './embedded-postgres.ts'
import { customers } from './written-customers.ts'
import { transfers } from './written-transfers.ts'

/** A PostgreSQL that dies more often within a minute is given up, so after so many a new server takes over. */
const crashesPerServer = 4
const patienceMs = 20_000
const mostLooks = 200

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url, ssl: false })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Calls until it does not throw. */
const untilItWorks = async <T>(work: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + patienceMs
  for (;;)
    try {
      return await work()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(10)
    }
}

/** One process is a random one of those that work for the server; the rest is ended by PostgreSQL then. */
type Victim = 'the postmaster' | 'one process' | 'every process'
const victims: readonly Victim[] = ['the postmaster', 'one process', 'every process']

/** The numbers of the processes to kill. */
const pidsOf = async (victim: Victim, client: pg.Client, postmasterPid: number): Promise<number[]> => {
  if (victim === 'the postmaster') return [postmasterPid]
  const { rows } = await client.query<{ pid: number; works: boolean; fsync: string; commit: string }>(
    `select pid, application_name = 'clearyard' as works,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit
     from pg_stat_activity order by state = 'idle', random()`,
  )
  assert.deepEqual([rows[0]?.fsync, rows[0]?.commit], ['on', 'on'])
  const one = rows.find(({ works }) => works)?.pid
  assert.ok(one !== undefined, 'the server has no connection')
  return victim === 'one process' ? [one] : [postmasterPid, ...rows.map(({ pid }) => pid)]
}

/** Waits for a moment at which a commit is under way: only a killed commit leaves somebody not knowing. */
const momentOfCommit = async (client: pg.Client): Promise<void> => {
  for (let look = 0; look < mostLooks; look++) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where application_name = 'clearyard' and state = 'active' and query = 'commit'`,
    )
    if (rowCount) return
  }
}

/** A process that has ended by itself meanwhile is as dead. */
const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

/** Kills, and waits until every process of that run is gone and the next one works. */
const killPostgres = async (dataFolder: string, victim: Victim, struck: () => void): Promise<void> => {
  const { postmasterPid, url } = embeddedPostgres(dataFolder)
  const witness = await connect(url)
  const ended = new Promise<void>((resolve) => witness.once('end', resolve))
  const pids = await pidsOf(victim, witness, postmasterPid)
  if (victim === 'every process') await momentOfCommit(witness)
  for (const pid of pids) kill(pid)
  struck()
  await ended
  const next = await untilItWorks(() => connect(url))
  await next.end()
}

for (const work of [customers, transfers])
  test(`a PostgreSQL killed at work, whole or one process of it, has lost and doubled none of the ${work.name}`, async (t) => {
    const dataFolder = `${temporaryFolder(t)}/data`
    let server = await startServerProcess(t, { dataFolder })
    let crashes = 0
    const figures = await runCrashRounds(rounds(50), {
      work,
      origin: () => server.url,
      databaseUrl: () => embeddedPostgres(dataFolder).url,
      crash: async (struck) => {
        await killPostgres(dataFolder, victims[crashes++ % victims.length] ?? 'one process', struck)
        await untilItWorks(async () => assert.equal((await fetch(`${server.url}/readyz`)).status, 200))
        if (crashes % crashesPerServer !== 0) return
        const { code, stderr } = await server.end('SIGTERM')
        assert.equal(code, 0, stderr)
        server = await startServerProcess(t, { dataFolder })
      },
    })
    t.diagnostic(told(work, figures))
  })
