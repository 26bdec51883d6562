/**
 * The PostgreSQL that comes with us: a child process on a folder of ours, reached by a local socket only. It is made
 * the first time, ends with us however we end, and is started again when it dies under us.
 */
import { existsSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderRefused, openDataFolder } from '../data-folder.ts'
import { binariesFor, packagedPostgres } from './embedded/binaries.ts'
import { type Cluster, checkCluster, locateCluster, makeCluster } from './embedded/cluster.ts'
import { type OwnerLock, takeOwnerLock } from './embedded/owner-lock.ts'
import { type EmbeddedLog, makeSocketFolder, type Postmaster, startPostmaster } from './embedded/postmaster.ts'
import { prepareRoles, urlsOf } from './embedded/roles.ts'

export type Embedded = {
  /** Of the role that owns the database and its tables. */
  readonly ownerUrl: string
  /** Of the role that the server runs as, which owns nothing. */
  readonly url: string
  readonly role: string
  /** Of the process that runs now; another after a restart. */
  readonly pid: number
  /** Calls back each time PostgreSQL dies under us, before it is started again under the same URLs. */
  onExit(callback: (how: string) => void): void
  /** Settles when it died and could not be started again; never otherwise. */
  readonly failed: Promise<Error>
  /** Stops it and lets go of the folder. Close the pools first: it ends every connection. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** Absolute; made when it is not there. */
  folder: string
  log?: EmbeddedLog
}

/** How long each restart within the same minute waits; when it dies once more, we give up. */
const restartDelaysMs = [0, 100, 500, 1_000, 2_000]
const restartWindowMs = 60_000

const silent: EmbeddedLog = { debug: () => {}, warn: () => {} }

type Start = () => Promise<Postmaster>

/** Locks what has to be ours alone, makes the cluster when there is none, and gives how to run PostgreSQL on it. */
const openCluster = async (folder: string, locks: OwnerLock[]): Promise<{ cluster: Cluster; postgres: string }> => {
  openDataFolder(folder)
  locks.push(await takeOwnerLock(folder))
  const packaged = packagedPostgres()
  const cluster = locateCluster(folder)
  if (cluster.record.home !== folder) locks.push(await takeOwnerLock(cluster.record.home))
  const { initdb, postgres } = binariesFor(packaged, cluster.identity)
  if (existsSync(cluster.data)) checkCluster(cluster, packaged.major)
  else await makeCluster(initdb, cluster)
  return { cluster, postgres }
}

/** Keeps it running: `current` is the run of now, `failed` settles when it died too often or does not start again. */
const supervise = (first: Postmaster, start: Start, log: EmbeddedLog) => {
  const callbacks: ((how: string) => void)[] = []
  const exits: number[] = []
  let current = first
  let stopping = false
  let starting: Promise<unknown> | null = null

  const restart = async (): Promise<void> => {
    const now = performance.now()
    exits.push(now)
    const recent = exits.filter((at) => now - at < restartWindowMs).length
    const delayMs = restartDelaysMs[recent - 1]
    if (delayMs === undefined) throw new Error(`PostgreSQL died ${recent} times within a minute`)
    await sleep(delayMs)
    if (stopping) return
    current = await start()
    log.warn(`PostgreSQL runs again as process ${current.pid}`)
  }

  const watch = async (): Promise<Error> => {
    for (;;) {
      const how = await current.exited
      if (stopping) return new Promise<never>(() => {})
      log.warn(`PostgreSQL ended under us (${how}): starting it again`)
      for (const callback of callbacks) callback(how)
      starting = restart()
      try {
        await starting
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      } finally {
        starting = null
      }
    }
  }

  return {
    callbacks,
    failed: watch(),
    current: () => current,
    stop: async () => {
      stopping = true
      await starting?.catch(() => {})
      await current.stop()
    },
  }
}

/**
 * Starts the PostgreSQL of a data folder and waits until it takes connections: 0.1 s, or about 1 s when it has to be
 * made first.
 * @throws StartError: another process has the folder, it cannot be written, no such platform, PostgreSQL's own reasons
 */
export const startEmbedded = async ({ folder, log = silent }: EmbeddedOptions): Promise<Embedded> => {
  const locks: OwnerLock[] = []
  let postmaster: Postmaster | undefined
  try {
    const { cluster, postgres } = await openCluster(folder, locks)
    const socket = makeSocketFolder(folder, cluster.identity)
    const start = () => startPostmaster(postgres, cluster, socket, log)
    postmaster = await start()
    if (!cluster.record.prepared) await prepareRoles(cluster, socket)
    const supervised = supervise(postmaster, start, log)
    let stopped: Promise<void> | undefined
    return {
      ...urlsOf(cluster, socket),
      get pid() {
        return supervised.current().pid
      },
      failed: supervised.failed,
      onExit: (callback) => {
        supervised.callbacks.push(callback)
      },
      stop: () => {
        stopped ??= supervised.stop().finally(() => {
          rmSync(socket, { recursive: true, force: true })
          for (const lock of locks) lock.release()
        })
        return stopped
      },
    }
  } catch (error) {
    await postmaster?.stop()
    for (const lock of locks) lock.release()
    throw folderRefused(folder, error)
  }
}
