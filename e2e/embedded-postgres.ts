/** The embedded PostgreSQL of a running server, for tests that end it or look behind the API. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { locateCluster } from '../server/db/embedded/cluster.ts'
import { urlsOf } from '../server/db/embedded/roles.ts'

/** @returns the process that rules it, and where the server's own role and the owner reach it */
export const embeddedPostgres = (dataFolder: string): { postmasterPid: number; url: string; ownerUrl: string } => {
  const cluster = locateCluster(dataFolder)
  // the first line is the process, the fifth the folder of the socket
  const lines = readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')
  const { url, ownerUrl } = urlsOf(cluster, lines[4] ?? '')
  return { postmasterPid: Number(lines[0]), url, ownerUrl }
}
