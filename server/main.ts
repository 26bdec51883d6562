/** Composition, by hand and in order: configuration in, a running server out. */
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { createDatabase } from './db/database.ts'
import { startEmbedded } from './db/embedded.ts'
import { checkKeys } from './db/instance.ts'
import { migrate } from './db/migrate.ts'
import { checkReachable, connect } from './db/pool.ts'
import { openFileFolder } from './files/folder.ts'
import { createGate } from './gate/gate.ts'
import { drainable } from './http/drain.ts'
import { operatorVerifier } from './identity/operator.ts'
import { sandboxVerifier } from './identity/sandbox.ts'
import { openSealer } from './installation.ts'
import { createLog } from './log.ts'
import { type Credentials, defaultCredentials, keyId } from './oauth/credentials.ts'
import { createReactions } from './reactions.ts'
import { sweepFiles } from './resources/documents/file.ts'
import { StartError } from './start-error.ts'
import { startWorker } from './workers.ts'
import { ensureDefaultWorld } from './worlds/default-world.ts'

export type Running = {
  /** Where it listens, as a client on this machine writes it. */
  origin: string
  port: number
  /** The credentials of the default world; in production there is none. */
  world: Credentials | null
  /** Drains: answers what was asked, writes what was queued, then stops the database. */
  stop(): Promise<void>
  /** Resolves when the database died and could not be brought back. */
  failed: Promise<Error>
}

const poolSize = 10
const dropInsFolder = fileURLToPath(new URL('../drop-ins/dist/', import.meta.url))

type Storage = { url: string; ownerUrl: string; role: string; stop: () => Promise<void>; failed: Promise<Error> }

const openStorage = async (config: Config, log: Logger): Promise<Storage> => {
  const { databaseUrl: url, databaseOwnerUrl } = config
  if (url === undefined) return startEmbedded({ folder: config.dataFolder, log })
  const { role } = await checkReachable(url)
  if (databaseOwnerUrl !== undefined) await checkReachable(databaseOwnerUrl, 'DATABASE_OWNER_URL')
  return { url, ownerUrl: databaseOwnerUrl ?? url, role, stop: async () => {}, failed: new Promise(() => {}) }
}

const originFor = (host: string, port: number): string => {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

const unprotected =
  'DATABASE_URL logs in as the owner of the tables, so entries are not protected from being changed: ' +
  'give it a role that owns nothing, and the owner to DATABASE_OWNER_URL'

/** Stops what was started, the last first, whatever one of them says. */
const createUndo = () => {
  const steps: (() => Promise<unknown>)[] = []
  return {
    add: (step: () => Promise<unknown>): void => {
      steps.unshift(step)
    },
    all: async (): Promise<void> => {
      for (const step of steps.splice(0)) await step()
    },
  }
}

/**
 * Starts a server: its database, its gate and its HTTP surface.
 * @param dropInsBuilt what is under way meanwhile and has to be done before the drop-ins are read
 * @throws StartError with one clear line when it cannot
 */
export const startServer = async (config: Config, dropInsBuilt?: Promise<void>): Promise<Running> => {
  dropInsBuilt?.catch(() => {})
  const log = await createLog(config.logLevel, process.stderr.isTTY)
  const undo = createUndo()
  try {
    return await start(config, log, undo, dropInsBuilt)
  } catch (error) {
    await undo.all()
    throw error
  }
}

const start = async (
  config: Config,
  log: Logger,
  undo: ReturnType<typeof createUndo>,
  dropInsBuilt: Promise<void> | undefined,
): Promise<Running> => {
  const sealer = openSealer(config)
  const storage = await openStorage(config, log)
  undo.add(storage.stop)
  const { appRoleIsBound } = await migrate(storage.ownerUrl, { appRole: storage.role })
  if (!appRoleIsBound) log.warn(unprotected)
  const pool = connect(storage.url, { max: poolSize })
  undo.add(() => pool.end())
  await checkKeys(pool, sealer)

  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const sandbox = config.mode === 'sandbox'
  // production does not load what simulates banks
  const rail = sandbox ? (await import('./rails/simulator.ts')).simulator : null
  const gate = createGate({ pool, reactions: createReactions(rail), sealer, registry })
  undo.add(() => gate.idle())
  const realNow = Date.now
  const db = createDatabase(pool)
  const files = openFileFolder(config.documentsFolder)
  await sweepFiles(db, files, realNow())
  const world = sandbox ? (config.credentials ?? defaultCredentials(sealer)) : null
  if (world) await ensureDefaultWorld({ db, gate, sealer, realNow }, world)

  await dropInsBuilt
  const app = await buildApp({
    pool,
    gate,
    sealer,
    files,
    verifier: sandbox ? sandboxVerifier : operatorVerifier,
    rail,
    registry,
    logger: log,
    realNow,
    sandbox,
    publicUrl: config.publicUrl ?? null,
    operatorToken: config.operatorToken ?? null,
    dropInsFolder,
    playgroundKeyId: world && keyId(world.key),
  })
  undo.add(drainable(app))
  if (rail) undo.add(startWorker({ pool, runDue: app.runDue, realNow, log }))
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw listenRefused(error, config)
  })
  const { port } = app.server.address() as AddressInfo
  return { origin: originFor(config.host, port), port, world, stop: undo.all, failed: storage.failed }
}

const listenRefused = (error: unknown, { host, port }: Config): unknown => {
  const { code } = error as { code?: string }
  const where = `${host}:${port}`
  if (code === 'EADDRINUSE')
    return new StartError(`${where} is in use: stop what listens there, or set PORT (0 picks a free one)`)
  if (code === 'EACCES') return new StartError(`${where} may not be listened on: set PORT to 1024 or more`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartError(`${host} is no address of this machine: set HOST to one, such as 127.0.0.1`)
  return error
}
