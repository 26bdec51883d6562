/** One run of PostgreSQL on a data folder: ending what an earlier owner left, starting, being ready, stopping. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import {
  accessSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '../../data-folder.ts'
import { StartError } from '../../start-error.ts'
import { bareEnvironment, type Cluster, cannotRun, folderHash, reasonFrom } from './cluster.ts'
import { canEnter, type Identity, identityRefused } from './identity.ts'
import { spawnWatched } from './watched.ts'

export type Postmaster = {
  readonly pid: number
  /** Settles when the process is gone, for whatever reason; the text says how it ended. */
  readonly exited: Promise<string>
  /** Ends every connection, writes a checkpoint and is gone. */
  stop(): Promise<void>
}

/** What PostgreSQL says of itself and what is done about it; a pino logger is one. Never a value of a row. */
export type EmbeddedLog = { debug(line: string): void; warn(line: string): void }

const startTimeoutMs = 60_000
const stopTimeoutMs = 20_000
const quitTimeoutMs = 5_000
const pollMs = 5

/** A process of it crashed; the rest is coming and going. */
const alarming = /^PANIC|was terminated by signal/
const lastWordsMs = 500

/** A local socket's name has at most 103 bytes on some systems, with the zero at its end. */
const longestSocketFolder = 103 - '/.s.PGSQL.5432'.length

const settings = {
  port: '5432',
  listen_addresses: '',
  unix_socket_permissions: '0700',
  cluster_name: 'clearyard',
  max_connections: '100',
  shared_buffers: '64MB',
  io_method: 'sync',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  // our passwords are 192 random bits, which stretching does not make stronger
  scram_iterations: '1',
  // details of errors show values of rows; what a client did wrong is the client's to tell
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  log_line_prefix: '',
}

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The folder of the socket: short, closed to others, the same at every start of a data folder. When somebody else has
 * taken that name, another one.
 */
export const makeSocketFolder = (folder: string, identity: Identity): string => {
  const hash = folderHash(folder)
  const longestName = `clearyard-${hash}-XXXXXX`.length + 1
  const fits = (base: string) =>
    Buffer.byteLength(base) + longestName <= longestSocketFolder && isWritable(base) && canEnter(identity, base)
  const base = [tmpdir(), '/tmp'].find(fits)
  if (!base)
    throw new StartError(
      `PostgreSQL needs a short folder for its socket, and can use neither ${tmpdir()} nor /tmp: set TMPDIR`,
    )
  const own = join(base, `clearyard-${hash}`)
  const stats = lstatSync(own, { throwIfNoEntry: false })
  const uid = identity?.uid ?? process.getuid?.()
  try {
    // the lock beside the socket may carry the number of a process that is long gone and now another
    if (stats?.isDirectory() && stats.uid === uid) rmSync(own, { recursive: true, force: true })
    mkdirSync(own, { mode: 0o700 })
    if (identity) chownSync(own, identity.uid, identity.gid)
    return own
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST')
      throw new StartError(`cannot make the folder of PostgreSQL's socket in ${base} (${String(error)}): set TMPDIR`)
  }
  const another = mkdtempSync(`${own}-`)
  if (identity) chownSync(another, identity.uid, identity.gid)
  return another
}

const pidIn = (data: string): number | null => {
  try {
    const pid = Math.abs(Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10))
    return pid > 0 ? pid : null
  } catch {
    return null
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

/** Whether the process is a PostgreSQL at work in this very folder: not a zombie, not one that got the number since. */
const isPostmasterOf = (pid: number, data: string): boolean => {
  if (process.platform === 'linux') {
    try {
      const program = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? ''
      return program.endsWith('postgres') && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
    } catch {
      return false
    }
  }
  const command = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  return /postgres /.test(command) && command.includes(data)
}

const goneWithin = async (gone: () => boolean, timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs
  while (!gone()) {
    if (performance.now() > deadline) return false
    await sleep(pollMs)
  }
  return true
}

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

/**
 * Ends a PostgreSQL that outlived its owner. Whoever calls holds the data folder, so it is nobody's.
 * @returns the number of a living process that postmaster.pid names and that is not PostgreSQL, if so
 */
const endOrphan = async (data: string): Promise<number | null> => {
  const pid = pidIn(data)
  if (pid === null || !isAlive(pid)) return null
  if (!isPostmasterOf(pid, data)) return pid
  const gone = () => !isPostmasterOf(pid, data)
  signal(pid, 'SIGINT')
  if (!(await goneWithin(gone, stopTimeoutMs))) {
    signal(pid, 'SIGQUIT')
    if (!(await goneWithin(gone, quitTimeoutMs)))
      throw new StartError(`PostgreSQL (pid ${pid}) still uses ${data} and does not end: end it and start again`)
  }
  return isAlive(pid) ? pid : null
}

const isReady = (data: string, pid: number): boolean => {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

type Run = {
  child: ChildProcess
  exited: Promise<string>
  /** What it said, complete once it has ended. */
  said: () => Promise<string>
}

const spawnPostgres = (
  postgres: string,
  cluster: Cluster,
  socket: string,
  namesake: number | null,
  log: EmbeddedLog,
): Run => {
  const flags = Object.entries({ ...settings, unix_socket_directories: socket }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  // PostgreSQL then takes the living process that its lock files name for none of its kind; the check of its shared
  // memory stays, and postmaster.pid is never deleted, because that check needs it
  const env = { ...bareEnvironment, ...(namesake === null ? {} : { PG_GRANDPARENT_PID: String(namesake) }) }
  const child = spawnWatched([postgres, '-D', cluster.data, ...flags], {
    ...cluster.identity,
    cwd: '/',
    env,
    ending: 'stop',
    stdout: 'ignore',
  })
  let said = ''
  let tail = ''
  child.stderr?.on('data', (bytes) => {
    said = (said + bytes).slice(-8_000)
    const lines = (tail + bytes).split('\n')
    tail = lines.pop() ?? ''
    for (const line of lines) log[alarming.test(line) ? 'warn' : 'debug'](`PostgreSQL: ${line}`)
  })
  const exited = new Promise<string>((resolve, reject) => {
    child.once('error', (error) => reject(identityRefused(cluster.identity, error)))
    child.once('exit', (code, name) => resolve(name ? `killed by ${name}` : `exit code ${code}`))
  })
  exited.catch(() => {})
  const closed = new Promise((resolve) => child.once('close', resolve))
  return { child, exited, said: () => Promise.race([closed, sleep(lastWordsMs)]).then(() => said) }
}

const wait = async (
  { child, exited, said }: Run,
  postgres: string,
  cluster: Cluster,
): Promise<'ready' | 'memory held'> => {
  let ended = false
  const end = exited.finally(() => {
    ended = true
  })
  const deadline = performance.now() + startTimeoutMs
  while (!isReady(cluster.data, child.pid ?? 0)) {
    if (ended) {
      await end
      const words = await said()
      if (/shared memory block .* still in use/.test(words)) return 'memory held'
      if (child.exitCode === 127 || child.exitCode === 126) throw cannotRun(postgres)
      throw reasonFrom(words, 'PostgreSQL', cluster.data)
    }
    if (performance.now() > deadline) {
      signal(child.pid ?? 0, 'SIGINT')
      throw new StartError(`PostgreSQL is not ready after ${startTimeoutMs / 1000} s in ${cluster.data}`)
    }
    await sleep(pollMs)
  }
  return 'ready'
}

const stopRun = async ({ child, exited }: Run) => {
  child.ref()
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    signal(child.pid, 'SIGINT')
    const timer = setTimeout(() => child.kill('SIGQUIT'), stopTimeoutMs)
    await exited
    clearTimeout(timer)
  }
  await exited
}

/** After a crash the last of the old run's processes need a moment to notice. */
const memoryTimeoutMs = 10_000

/**
 * Starts PostgreSQL on a cluster whose folder the caller holds, and waits until it takes connections.
 * @param socket from makeSocketFolder
 * @throws StartError with PostgreSQL's own reason
 */
export const startPostmaster = async (
  postgres: string,
  cluster: Cluster,
  socket: string,
  log: EmbeddedLog,
): Promise<Postmaster> => {
  const deadline = performance.now() + memoryTimeoutMs
  for (;;) {
    const namesake = await endOrphan(cluster.data)
    const run = spawnPostgres(postgres, cluster, socket, namesake, log)
    if ((await wait(run, postgres, cluster)) === 'memory held') {
      if (performance.now() > deadline) throw reasonFrom(await run.said(), 'PostgreSQL', cluster.data)
      await sleep(50)
      continue
    }
    // neither the process nor its pipes keep ours alive
    run.child.unref()
    for (const pipe of [run.child.stdin, run.child.stderr]) if (pipe instanceof Socket) pipe.unref()
    return { pid: run.child.pid ?? 0, exited: run.exited, stop: () => stopRun(run) }
  }
}
