/**
 * A throw-away PostgreSQL 18 for tests: real, from the same binaries as the embedded one, without fsync.
 * Its folder and its process are gone when this process is, however it ends.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binariesFor, packagedPostgres } from '../db/embedded/binaries.ts'
import { bareEnvironment } from '../db/embedded/cluster.ts'
import { type Identity, identityFor } from '../db/embedded/identity.ts'

export type TestPostgres = {
  /** of the superuser, to the database `postgres` */
  readonly url: string
  stop(): Promise<void>
}

const startTimeoutMs = 30_000

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

// The shell stays behind as a watcher of our end of the pipe and becomes postgres itself in front: when the pipe
// closes, for whatever reason, postgres is stopped at once and the folder ($1) removed. A zombie answers kill -0, hence
// the bound.
const watched = `exec 3<&0 </dev/null
( ( read _ <&3; kill -QUIT $$; n=0
    while kill -0 $$ && [ $n -lt 30 ]; do sleep 0.1; n=$((n+1)); done
    rm -rf "$1" ) >/dev/null 2>&1 & )
exec 3<&-; shift; exec "$@"`

const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '64MB',
  max_wal_size: '2GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  scram_iterations: '1',
}

const launch = async (folder: string, program: string, who: Identity): Promise<TestPostgres | null> => {
  const data = join(folder, 'data')
  const port = await freePort()
  const logPath = join(folder, 'postgres.log')
  const log = openSync(logPath, 'a')
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const child = spawn('/bin/sh', ['-c', watched, 'sh', folder, program, '-D', data, ...flags], {
    ...who,
    cwd: '/',
    env: bareEnvironment,
    detached: true,
    stdio: ['pipe', log, log],
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.unref()
  // a pipe's end is a socket, which the type does not say
  if (child.stdin instanceof Socket) child.stdin.unref()

  const deadline = performance.now() + startTimeoutMs
  const isReady = () => {
    try {
      // the eighth line of postmaster.pid is the state, the first the process
      const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
      return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready'
    } catch {
      return false
    }
  }
  while (!isReady()) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      const said = readFileSync(logPath, 'utf8')
      child.stdin?.destroy()
      if (said.includes('could not bind') && performance.now() < deadline) return null
      throw new Error(`PostgreSQL for the tests did not start:\n${said}`)
    }
    await sleep(10)
  }
  const password = readFileSync(join(folder, 'password'), 'utf8')
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      child.ref()
      child.stdin?.destroy()
      await exited
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Makes an empty cluster whose superuser has a password of its own: other users of the machine reach 127.0.0.1 too. */
const makeCluster = (folder: string, initdb: string, who: Identity) => {
  const [data, password] = [join(folder, 'data'), join(folder, 'password')]
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 })
  mkdirSync(data, { mode: 0o700 })
  if (who) for (const path of [folder, data, password]) chownSync(path, who.uid, who.gid)
  const choices = [
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${password}`,
    '--encoding=UTF8',
    '--locale=C',
  ]
  const args = [...choices, '--no-sync', '--no-instructions', `--pgdata=${data}`]
  execFileSync(initdb, args, { ...who, cwd: '/', env: bareEnvironment, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Starts one in a new temporary folder; throws with PostgreSQL's own words when it does not come up. */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  const who = identityFor('')
  const { initdb, postgres } = binariesFor(packagedPostgres(), who)
  for (let attempt = 0; attempt < 5; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
    try {
      makeCluster(folder, initdb, who)
      const started = await launch(folder, postgres, who)
      if (started) return started
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }
  throw new Error('PostgreSQL for the tests found no free port in five attempts')
}
