/** Reaches the embedded PostgreSQL of a data folder that another process runs. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../../start-error.ts'
import { locateCluster } from './cluster.ts'
import { findOwner } from './owner-lock.ts'
import { urlsOf } from './roles.ts'

const readyTimeoutMs = 10_000
const pollMs = 50

/** The socket's folder of a PostgreSQL that takes connections: the fifth line of its own file, whose eighth says so. */
const socketIn = (data: string): string | null => {
  const path = join(data, 'postmaster.pid')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  return lines[7]?.trim() === 'ready' ? (lines[4] ?? null) : null
}

/**
 * Where the database of a data folder is reached while its owner runs it, or null when nobody does.
 * @param folder has a database in it
 * @throws StartError when its owner does not get it ready in time
 */
export const findRunning = async (folder: string): Promise<{ url: string; ownerUrl: string } | null> => {
  const deadline = performance.now() + readyTimeoutMs
  for (;;) {
    const owner = await findOwner(folder)
    if (owner === null) return null
    const cluster = locateCluster(folder)
    const socket = cluster.record.prepared ? socketIn(cluster.data) : null
    if (socket) return urlsOf(cluster, socket)
    if (performance.now() > deadline)
      throw new StartError(`the database in ${folder} is not ready: its server (pid ${owner}) is starting or ending`)
    await sleep(pollMs)
  }
}
