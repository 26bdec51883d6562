/**
 * An installation as a command finds it: its database and its keys, whether a server serves it at the same time or not.
 * A command makes nothing that is not there, neither a database nor keys.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from 'pg'
import type { Config } from './config.ts'
import { findRunning } from './db/embedded/attach.ts'
import { startEmbedded } from './db/embedded.ts'
import { checkKeys } from './db/instance.ts'
import { demandSchema } from './db/migrate.ts'
import { checkReachable, connect } from './db/pool.ts'
import { followSealKeys, loadOrMakeKeys } from './keys.ts'
import { createSealer, type Sealer } from './sealing.ts'
import { StartError } from './start-error.ts'

/** Seals with the keys of the settings, or else with those that the data folder keeps, made there the first time. */
export const openSealer = ({ keys, dataFolder }: Config): Sealer => {
  if (keys) return createSealer(keys.sealKeys, keys.indexKey)
  const { sealKeys, indexKey } = loadOrMakeKeys(dataFolder)
  return createSealer(followSealKeys(dataFolder, sealKeys), indexKey)
}

export type Installation = {
  sealer: Sealer
  /** As the role that the server runs as. */
  pool: Pool
  url: string
  /** Of the role that owns the tables. */
  ownerUrl: string
  close(): Promise<void>
}

type Reached = { url: string; ownerUrl: string; stop(): Promise<void> }

const nothingToStop = async (): Promise<void> => {}

const reach = async ({ dataFolder, databaseUrl, databaseOwnerUrl }: Config): Promise<Reached> => {
  if (databaseUrl !== undefined) {
    await checkReachable(databaseUrl)
    return { url: databaseUrl, ownerUrl: databaseOwnerUrl ?? databaseUrl, stop: nothingToStop }
  }
  if (!existsSync(join(dataFolder, 'postgres.json')))
    throw new StartError(
      `there is no database in ${dataFolder}: name its data folder with CLEARYARD_DATA, or set DATABASE_URL`,
    )
  const running = await findRunning(dataFolder)
  if (running) return { ...running, stop: nothingToStop }
  const { url, ownerUrl, stop } = await startEmbedded({ folder: dataFolder })
  return { url, ownerUrl, stop }
}

const demandKeys = ({ keys, dataFolder }: Config): void => {
  if (keys || existsSync(join(dataFolder, 'keys.json'))) return
  throw new StartError(`${join(dataFolder, 'keys.json')} is missing: put it back, without it nothing sealed opens`)
}

/**
 * Opens an installation that was started before.
 * @param command what `pg_stat_activity` shows
 * @throws StartError when it is not there, not of this version, or sealed with other keys
 */
export const openInstallation = async (config: Config, command: string): Promise<Installation> => {
  const { url, ownerUrl, stop } = await reach(config)
  const pool = connect(url, { max: 4, applicationName: `clearyard ${command}` })
  const close = async () => {
    await pool.end()
    await stop()
  }
  try {
    await demandSchema(pool)
    demandKeys(config)
    const sealer = openSealer(config)
    await checkKeys(pool, sealer)
    return { sealer, pool, url, ownerUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}
