/**
 * The whole application on a real PostgreSQL, for tests: its own database (a copy of a migrated one), a real port on
 * 127.0.0.1, a real clock that a test may move, and the words a test speaks with.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { halType } from '@clearyard/contract/hal.ts'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import pino from 'pino'
import { Registry } from 'prom-client'
import { buildApp } from '../app.ts'
import { createDatabase } from '../db/database.ts'
import { checkKeys } from '../db/instance.ts'
import { migrate } from '../db/migrate.ts'
import { connect } from '../db/pool.ts'
import { openFileFolder } from '../files/folder.ts'
import { createGate, type Gate } from '../gate/gate.ts'
import type { PatienceMs } from '../http/limits.ts'
import { everyRouteMayAnswer } from '../http/route.ts'
import { operatorVerifier } from '../identity/operator.ts'
import { sandboxVerifier } from '../identity/sandbox.ts'
import { logOptions } from '../log.ts'
import { type Credentials, keyId, makeCredentials } from '../oauth/credentials.ts'
import { simulator } from '../rails/simulator.ts'
import { createReactions } from '../reactions.ts'
import { createSealer, type Sealer, type SealRing } from '../sealing.ts'
import { ensureDefaultWorld } from '../worlds/default-world.ts'
import type { World } from '../worlds/world.ts'
import { anyRoute, declareErrors, noteError } from './answered-errors.ts'
import { type TestDatabase, template } from './database.ts'
import { assertNoDefects } from './ledger.ts'
import { removeFolder } from './scope.ts'

const migrated = template('product', async ({ url, ownerUrl }) => {
  await migrate(ownerUrl, { appRole: new URL(url).username })
})

export type TestServer = {
  origin: string
  app: FastifyInstance
  pool: Pool
  /** Of its database, as the role that owns the tables. */
  ownerUrl: string
  gate: Gate
  sealer: Sealer
  /** Where its files are. */
  filesFolder: string
  /** The default world and what opens it. */
  world: World & Credentials
  /** Moves real time, as the server sees it, ahead. */
  passRealTime(ms: number): void
  /** What was logged so far. */
  logged(): string
  /** Another client of this server: `application` is the default world's unless given. */
  as(application?: Credentials): Promise<Client>
  /** A fresh world with its own application. */
  newWorld(body?: object): Promise<{ id: string; accountId: string; application: Credentials & { id: string } }>
  /** What an operator sends to `/_clearyard`. */
  operate(method: string, path: string, body?: unknown): Promise<Answer>
  /** Goes down in the middle of what it does, and gives the server that comes up after it, on the same database. */
  crash(): Promise<TestServer>
  stop(): Promise<void>
}

/** A JSON value that a test looks into with `?.`, and compares at the leaves. */
export type Loose = { readonly [member: string]: Loose }

export type Answer = { status: number; headers: Headers; text: string; body: Loose; location: string | null }

export type Client = {
  origin: string
  token: string
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string): Promise<Answer>
}

export type TestServerOptions = {
  sandbox?: boolean
  operatorToken?: string
  publicUrl?: string
  maxQueued?: number
  credentials?: Credentials
  patienceMs?: PatienceMs
  /** The seal keys of each moment; one that stays unless given. */
  sealKeys?: () => SealRing
}

const accept = { accept: halType }

/** One request as it is, with nothing added. */
export const send = async (origin: string, method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(path.startsWith('http') ? path : origin + path, { method, redirect: 'manual', ...init })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (isJson && text !== '' ? JSON.parse(text) : {}) as Loose,
    location: response.headers.get('location'),
  }
}

const json = (body: unknown): { body?: string } =>
  body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }

/** A client with a bearer token, which speaks the API's media type. */
export const clientWith = (origin: string, token: string): Client => {
  const headers = { ...accept, authorization: `Bearer ${token}` }
  return {
    origin,
    token,
    get: (path, more = {}) => send(origin, 'GET', path, { headers: { ...headers, ...more } }),
    post: (path, body, more = {}) =>
      send(origin, 'POST', path, {
        headers: { ...headers, 'content-type': 'application/json', ...more },
        ...json(body),
      }),
    delete: (path) => send(origin, 'DELETE', path, { headers }),
  }
}

/** Takes a token with an application's credentials. */
export const takeToken = async (origin: string, { key, secret }: Credentials): Promise<string> => {
  const answer = await send(origin, 'POST', '/token', {
    headers: { authorization: `Basic ${btoa(`${key}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`)
  return String(answer.body['access_token'])
}

const dropInsFolder = fileURLToPath(new URL('../../drop-ins/dist/', import.meta.url))

/**
 * Every error a route answers is one it declares; what it declares and nothing provokes fails the end of a full run.
 */
const watchErrors = () => {
  const undeclared = new Set<string>()
  return {
    seen: ((request, code) => {
      const { operation, mayAnswer } = request.routeOptions.config
      noteError(operation ?? anyRoute, code)
      if (operation !== undefined && !mayAnswer?.includes(code)) undeclared.add(`${operation} ${code}`)
    }) satisfies NonNullable<Parameters<typeof buildApp>[0]['seen']>,
    undeclared,
  }
}

/** Tells the end of the run what each route may answer besides what all may. */
const declareFor = (app: FastifyInstance): void => {
  const declared: { [route: string]: string[] } = { [anyRoute]: [...everyRouteMayAnswer] }
  for (const { operation, mayAnswer } of app.operations)
    declared[operation] = mayAnswer.filter((code) => !everyRouteMayAnswer.includes(code))
  declareErrors(declared)
}

export const startTestServer = async (options: TestServerOptions = {}): Promise<TestServer> =>
  serve(options, {
    database: await migrated(),
    sealer: createSealer(options.sealKeys ?? [{ id: 'test', key: randomBytes(32) }], randomBytes(32)),
    credentials: options.credentials ?? makeCredentials(),
    filesFolder: mkdtempSync(join(tmpdir(), 'clearyard-files-')),
  })

/** What outlives a server. */
type Installation = { database: TestDatabase; sealer: Sealer; credentials: Credentials; filesFolder: string }

const serve = async (options: TestServerOptions, installation: Installation): Promise<TestServer> => {
  const { database, sealer, credentials, filesFolder } = installation
  const pool = connect(database.url, { max: 8 })
  await checkKeys(pool, sealer)
  let aheadMs = 0
  const realNow = () => Date.now() + aheadMs
  const registry = new Registry()
  const rail = (options.sandbox ?? true) ? simulator : null
  const gate = createGate({
    pool,
    reactions: createReactions(rail),
    sealer,
    registry,
    ...(options.maxQueued === undefined ? {} : { maxQueued: options.maxQueued }),
  })
  const world = await ensureDefaultWorld({ db: createDatabase(pool), gate, sealer, realNow }, credentials)
  const lines: string[] = []
  const errors = watchErrors()
  const app = await buildApp({
    pool,
    gate,
    sealer,
    files: openFileFolder(filesFolder),
    verifier: (options.sandbox ?? true) ? sandboxVerifier : operatorVerifier,
    rail,
    registry,
    logger: pino({ ...logOptions, level: 'trace' }, { write: (line: string) => lines.push(line) }),
    realNow,
    sandbox: options.sandbox ?? true,
    publicUrl: options.publicUrl ?? null,
    operatorToken: options.operatorToken ?? null,
    dropInsFolder,
    playgroundKeyId: keyId(credentials.key),
    seen: errors.seen,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  declareFor(app)
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  const operate: TestServer['operate'] = (method, path, body) =>
    send(origin, method, `/_clearyard${path}`, {
      headers: {
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(options.operatorToken === undefined ? {} : { authorization: `Bearer ${options.operatorToken}` }),
      },
      ...json(body),
    })

  const demandDeclared = () => {
    if (errors.undeclared.size > 0)
      throw new Error(`answered without being declared: ${[...errors.undeclared].join(', ')}`)
  }

  return {
    origin,
    app,
    pool,
    ownerUrl: database.ownerUrl,
    gate,
    sealer,
    filesFolder,
    world: { ...world, ...credentials },
    passRealTime: (ms) => {
      aheadMs += ms
    },
    logged: () => lines.join(''),
    as: async (application = credentials) => clientWith(origin, await takeToken(origin, application)),
    newWorld: async (body = {}) => {
      const made = await operate('POST', '/worlds', body)
      if (made.status !== 201) throw new Error(`no world: ${made.status} ${made.text}`)
      return made.body as unknown as Awaited<ReturnType<TestServer['newWorld']>>
    },
    operate,
    crash: async () => {
      app.server.closeAllConnections()
      await database.disconnect()
      await app.close()
      await gate.idle()
      await pool.end()
      demandDeclared()
      return serve(options, installation)
    },
    stop: async () => {
      await app.close()
      await gate.idle()
      await assertNoDefects(pool).finally(async () => {
        await pool.end()
        await database.drop()
        removeFolder(filesFolder)
      })
      demandDeclared()
    },
  }
}
