/** The whole HTTP surface on one page: which routes there are, in which scope, and what holds for all of them. */
import { randomUUID } from 'node:crypto'
import type { ErrorCode } from '@clearyard/contract/errors.ts'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { clientTokenRoutes, createMint } from './client-tokens/routes.ts'
import { createDatabase } from './db/database.ts'
import { registerDocs } from './docs/docs.ts'
import { dropIns } from './drop-ins/plugin.ts'
import { createRunDue, type RunDue } from './due/due.ts'
import { flushRoutes } from './due/routes.ts'
import { eventRoutes } from './events/routes.ts'
import type { FileStorage } from './files/storage.ts'
import type { Gate } from './gate/gate.ts'
import { createUnserved, registerApi } from './http/api.ts'
import { type Authenticate, createAuthenticate } from './http/auth.ts'
import { answerBrokenRequest, noteExchange, type PatienceMs, serverLimits } from './http/limits.ts'
import { createOperatorGuard, registerOperator } from './http/operator.ts'
import { registerProbes } from './http/probes.ts'
import { refuseAmbiguous } from './http/refuse-ambiguous.ts'
import { createErrorHandler } from './http/render-error.ts'
import type { Route } from './http/route.ts'
import type { Verifier } from './identity/verifier.ts'
import { createAccessReader } from './oauth/access.ts'
import { createPlaygroundMint } from './oauth/playground-mint.ts'
import { registerToken } from './oauth/token-route.ts'
import type { Rail } from './rails/rail.ts'
import { accountRoutes } from './resources/accounts/routes.ts'
import { ownerRoutes } from './resources/beneficial-owners/routes.ts'
import { createOwnerReader } from './resources/beneficial-owners/store.ts'
import { businessClassificationRoutes } from './resources/business-classifications/routes.ts'
import { customerRoutes } from './resources/customers/routes.ts'
import { createCustomerReader } from './resources/customers/store.ts'
import { documentReviews } from './resources/documents/due.ts'
import { documentRoutes } from './resources/documents/routes.ts'
import { depositArrivals } from './resources/funding-sources/micro-deposits/due.ts'
import { microDepositRoutes } from './resources/funding-sources/micro-deposits/routes.ts'
import { statementRoutes } from './resources/funding-sources/micro-deposits/statement.ts'
import { fundingSourceRoutes } from './resources/funding-sources/routes.ts'
import { createFundingSourceReader } from './resources/funding-sources/store.ts'
import { kbaRoutes } from './resources/kba/routes.ts'
import { onDemandAuthorizationRoutes } from './resources/on-demand-authorizations/routes.ts'
import { rootRoutes } from './resources/root/routes.ts'
import { createRunBanks } from './resources/sandbox-simulations/bank-run.ts'
import { sandboxSimulationRoutes } from './resources/sandbox-simulations/routes.ts'
import { bankWorks } from './resources/transfers/at-banks.ts'
import { transferRoutes } from './resources/transfers/routes.ts'
import { reviewRoutes } from './reviews/routes.ts'
import type { Sealer } from './sealing.ts'
import { applicationRoutes } from './worlds/application-routes.ts'
import { clockRoutes } from './worlds/clock-routes.ts'
import { keyRoutes } from './worlds/key-routes.ts'
import { worldRoutes } from './worlds/routes.ts'
import { createWorldStore } from './worlds/store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Does what is due in a world. */
    runDue: RunDue
  }
}

export type AppOptions = {
  pool: Pool
  gate: Gate
  sealer: Sealer
  /** Where documents are kept. */
  files: FileStorage
  /** Who checks the identities of customers, owners and their documents. */
  verifier: Verifier
  /** What reaches banks; null where nothing does. */
  rail: Rail | null
  registry: Registry
  logger: Logger
  /** Real time in milliseconds; a test injects its own. */
  realNow: () => number
  sandbox: boolean
  publicUrl: string | null
  operatorToken: string | null
  /** Where the built drop-ins are. */
  dropInsFolder: string
  /** The key of the default world's application, which the playground mints with; null without a default world. */
  playgroundKeyId: string | null
  /** Told of every error answered, for tests of what a route may answer. */
  seen?: (request: FastifyRequest, code: ErrorCode) => void
  /** How slow a client may be, unless the product's own limits hold. */
  patienceMs?: PatienceMs
}

/** What Fastify tells below a warning is told better elsewhere: by the welcome, and by a line a request. */
const quiet = (logger: Logger): FastifyBaseLogger =>
  logger.child({}, { level: logger.isLevelEnabled('warn') ? 'warn' : logger.level })

const sentRequestId = /^[A-Za-z0-9._-]{1,128}$/

/** What holds for every request, whichever route it reaches, if any. */
const createHttp = (options: AppOptions, authenticate: Authenticate): FastifyInstance => {
  const unserved = createUnserved(authenticate)
  const answerError = createErrorHandler({ publicUrl: options.publicUrl, seen: options.seen ?? (() => undefined) })
  const app = Fastify({
    ...serverLimits(options.patienceMs),
    loggerInstance: quiet(options.logger),
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerBrokenRequest,
    // A path that cannot be decoded reaches neither hooks nor routes.
    frameworkErrors: (_error, request, reply) => {
      reply.header('x-request-id', request.id)
      unserved(request, reply, 'BadRequest').catch((error: unknown) => answerError(error, request, reply))
    },
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && sentRequestId.test(given) ? given : randomUUID()
    },
  })
  app.server.on('request', noteExchange)
  // An expectation that nobody here knows may be passed over (RFC 9110, section 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  // The rule tables of contract/ check bodies; schemas on routes are documentation.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(answerError)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    refuseAmbiguous(request.raw, reply)
    if (request.is404) return unserved(request, reply, 'NotFound')
  })
  app.addHook('onResponse', async (request, reply) => {
    const path = request.url.split(/[?#]/, 1)[0]?.slice(0, 200)
    const ms = Math.round(reply.elapsedTime * 10) / 10
    options.logger.info({ reqId: request.id, method: request.method, path, status: reply.statusCode, ms }, 'request')
  })
  return app
}

export const buildApp = async (options: AppOptions): Promise<FastifyInstance> => {
  const { pool, gate, sealer, files, verifier, rail, registry, realNow, sandbox, publicUrl, operatorToken } = options
  const readAccess = createAccessReader(pool)
  const authenticate = createAuthenticate({ sealer, readAccess, realNow })
  const app = createHttp(options, authenticate)
  app.decorate('operations', [])
  const db = createDatabase(pool)
  const readCustomer = createCustomerReader(pool)
  const readOwner = createOwnerReader(pool)
  const readFundingSource = createFundingSourceReader(pool)
  const mint = createMint({
    sealer,
    findCustomer: readCustomer,
    findOwner: readOwner,
    findFundingSource: readFundingSource,
  })
  const guard = createOperatorGuard({ sealer, operatorToken, publicUrl })
  const store = createWorldStore({ db, gate, realNow })
  const runDue = createRunDue({
    store,
    realNow,
    works: [documentReviews(db), ...(rail ? [...bankWorks(db, rail), depositArrivals(db, rail)] : [])],
  })
  app.decorate('runDue', runDue)
  const worldOptions = { store, gate, sealer, realNow, sandbox, runDue }

  const routes: readonly Route[] = [
    ...rootRoutes,
    ...accountRoutes,
    ...customerRoutes({ db, readCustomer, verifier }),
    ...ownerRoutes({ db, readCustomer, readOwner, verifier }),
    ...fundingSourceRoutes({ pool, db, sealer, readCustomer }),
    ...microDepositRoutes({ pool, rail }),
    ...onDemandAuthorizationRoutes,
    ...transferRoutes({ sealer, pool, db, readCustomer }),
    ...documentRoutes({ db, sealer, files, verifier, readCustomer, readOwner }),
    ...kbaRoutes,
    ...businessClassificationRoutes,
    ...(rail ? sandboxSimulationRoutes({ runBanks: createRunBanks({ db, gate, rail }) }) : []),
    ...eventRoutes({ db }),
    ...clientTokenRoutes({ mint }),
  ]

  await registerDocs(app)
  await app.register(async (scope) => registerToken(scope, { sealer, readAccess, realNow }))
  await app.register(async (scope) =>
    registerApi(scope, routes, {
      gate,
      sealer,
      authenticate,
      findOwner: readOwner,
      findFundingSource: readFundingSource,
      publicUrl,
    }),
  )
  await app.register(async (scope) =>
    registerOperator(
      scope,
      [
        ...[worldRoutes, clockRoutes, applicationRoutes, keyRoutes].flatMap((routes) => routes(worldOptions)),
        ...(sandbox ? [...flushRoutes(runDue), ...statementRoutes({ pool, store })] : []),
        ...reviewRoutes({ store, db, sealer, files }),
      ],
      guard,
    ),
  )
  await app.register(async (scope) => registerProbes(scope, { pool, registry, guard }))
  await app.register(dropIns, {
    folder: options.dropInsFolder,
    sandbox,
    guard,
    mint: createPlaygroundMint({ readAccess, realNow, mint, keyId: options.playgroundKeyId }),
  })
  return app
}
