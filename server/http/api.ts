/**
 * The API: registers routes with everything that holds for all of them. The order of a call: token, version, route,
 * body's syntax, scope, redemption and what the route does; so a client token is used up by a 400 of the body's fields
 * and not by a 401, 403, 406, 413, 415 or a body that does not parse. A form with a file is read after its scope.
 */
import { type ErrorCode, errors, Refusal } from '@clearyard/contract/errors.ts'
import { withOrigin } from '@clearyard/contract/hal.ts'
import { parseId } from '@clearyard/contract/ids.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { scopeRefusal } from '../client-tokens/client-token.ts'
import { redeem } from '../client-tokens/redeem.ts'
import { type Gate, type Member, OutcomeUnknown } from '../gate/gate.ts'
import type { Answer, Outcome } from '../gate/idempotency.ts'
import type { Ctx } from '../gate/operation.ts'
import type { Sealer } from '../sealing.ts'
import type { Authenticate, Caller } from './auth.ts'
import { allowBrowsers, preflight } from './cors.ts'
import { createFormReader, readForms } from './form.ts'
import { createIdempotentWrite } from './idempotent-write.ts'
import { readJsonBodies } from './json-body.ts'
import { demandVersion, formsContentType, halContentType, wantsForms } from './media-types.ts'
import { refuseOtherMethods } from './methods.ts'
import { originOf } from './origin.ts'
import { queryOf } from './query.ts'
import {
  type Call,
  everyRouteMayAnswer,
  type Prepared,
  type Route,
  type UploadRoute,
  type WriteRoute,
} from './route.ts'
import { openApiSchema } from './route-schema.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The operations of the API and the codes each may answer. */
    operations: { operation: string; mayAnswer: readonly ErrorCode[] }[]
  }
  interface FastifyRequest {
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** `METHOD /path/{id}` of the route, and the codes it may answer. */
    operation?: string
    mayAnswer?: readonly ErrorCode[]
  }
}

type FindHeld = (key: { accountId: string; id: string }) => Promise<{ customer_id: string | null } | null>

export type ApiOptions = {
  gate: Gate
  sealer: Sealer
  authenticate: Authenticate
  /**
   * Whose a beneficial owner or a funding source of an account is, for client tokens that are good for all of those.
   */
  findOwner: FindHeld
  findFundingSource: FindHeld
  publicUrl: string | null
}

const operationOf = (route: Route): string => `${route.method} ${route.path}`

/** Who makes this request, with a version it accepts; asked once a request. */
const callerOf = async (request: FastifyRequest, authenticate: Authenticate): Promise<Caller> => {
  const caller = await authenticate(request.headers.authorization, request.ip)
  demandVersion(request.headers.accept)
  return caller
}

/** What every answer of the API carries. */
const begin = (reply: FastifyReply): void => {
  allowBrowsers(reply)
  reply.header('cache-control', 'no-store')
}

/** Answers what no route serves, before its body is read: 401 and 406 come first, and a preflight needs no token. */
export const createUnserved =
  (authenticate: Authenticate) =>
  async (request: FastifyRequest, reply: FastifyReply, code: ErrorCode): Promise<FastifyReply> => {
    begin(reply)
    if (request.method === 'OPTIONS') return preflight(reply)
    await callerOf(request, authenticate)
    throw new Refusal(code)
  }

export const registerApi = (app: FastifyInstance, routes: readonly Route[], options: ApiOptions): void => {
  const { authenticate, publicUrl } = options
  const write = createWrite(options)
  readJsonBodies(app)
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request, reply) => {
    begin(reply)
    if (request.method !== 'OPTIONS') request.caller = await callerOf(request, authenticate)
  })

  const handle = async (route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller } = request
    if (!caller) throw new Error('the caller of a route is known before the route is called')
    const call = callOf(request, caller, originOf(request, publicUrl))
    await refuseForeign(caller, route, call, options)
    if ('receive' in route) return send(reply, await write.upload(route, request, call), call.origin)
    if ('prepare' in route) return send(reply, await write(route, request, call), call.origin)
    if (caller.clientToken) await write.redeemOnly(caller)
    demandId(route, call)
    if (!route.forms || !wantsForms(request.headers.accept))
      return send(reply, { status: 200, body: await route.answer(call) }, call.origin)
    return send(reply, { status: 200, body: await route.forms(call) }, call.origin, formsContentType)
  }

  for (const [path, served] of Map.groupBy(routes, (route) => route.path)) {
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
    for (const route of served) {
      const config = { operation: operationOf(route), mayAnswer: [...everyRouteMayAnswer, ...route.errors] }
      app.operations.push(config)
      const { method } = route
      const schema = openApiSchema(route)
      const declared: RouteOptions = { method, url, schema, config, handler: (...asked) => handle(route, ...asked) }
      if ('receive' in route)
        app.register(async (scope) => {
          readForms(scope)
          scope.route(declared)
        })
      else app.route(declared)
    }
    app.route({ method: 'OPTIONS', url, schema: { hide: true }, handler: (_request, reply) => preflight(reply) })
    refuseOtherMethods(app, url, [...served.map((route) => route.method), 'OPTIONS'])
  }
}

const callOf = (request: FastifyRequest, caller: Caller, origin: string): Call => ({
  caller,
  id: parseId((request.params as { id?: string }).id ?? '') ?? '',
  query: queryOf(request.url),
  body: request.body as Readonly<Record<string, unknown>>,
  origin,
})

/** @throws Refusal when the caller's client token does not reach this call */
const refuseForeign = async (
  { clientToken }: Caller,
  route: Route,
  call: Call,
  { findOwner, findFundingSource }: ApiOptions,
): Promise<void> => {
  if (!clientToken) return
  const { accountId } = clientToken
  const heldBy = (find: FindHeld) => async (id: string) => (await find({ accountId, id }))?.customer_id ?? null
  const customerOf = { owner: heldBy(findOwner), fundingSource: heldBy(findFundingSource) }
  const code = await scopeRefusal(clientToken, operationOf(route), call.id === '' ? null : call.id, customerOf)
  if (code) throw new Refusal(code)
}

const demandId = (route: Route, call: Call): void => {
  if (route.path.includes('{id}') && call.id === '') throw route.notFound?.() ?? new Refusal('NotFound')
}

const send = (reply: FastifyReply, answer: Answer, origin: string, type = halContentType): FastifyReply =>
  answer.status === 201
    ? reply
        .code(201)
        .header('location', origin + answer.location)
        .send()
    : reply.header('content-type', type).send(JSON.stringify(withOrigin(answer.body, origin)))

/** Writes of routes: prepared, then run by the gate, after the redemption when a client token was used. */
const createWrite = ({ gate, sealer }: ApiOptions) => {
  const idempotent = createIdempotentWrite(gate, sealer)

  const prepared = async (route: WriteRoute, call: Call): Promise<Prepared> => {
    demandId(route, call)
    return await route.prepare(call)
  }

  const write = async (route: WriteRoute, request: FastifyRequest, call: Call): Promise<Answer> => {
    const { clientToken } = call.caller
    // A client token is used up by a call whose content is wrong, so that refusal comes from inside the member.
    const write = await prepared(route, call).catch((refusal: unknown) => {
      if (!clientToken || !isAboutContent(refusal)) throw refusal
      return () => {
        throw refusal
      }
    })
    if (typeof write === 'function') return idempotent(request, call.caller, memberOf(call.caller, write))
    return idempotent(request, call.caller, memberOf(call.caller, write.run), write.ahead)
  }

  /** The form is taken in before anything is written, so a token outlives one that is too large or does not parse. */
  const upload = async (route: UploadRoute, request: FastifyRequest, call: Call): Promise<Answer> => {
    demandId(route, call)
    const { identity, run, settle } = await route.receive(call, createFormReader(request))
    request.bodyBytes = Buffer.from(identity)
    const settled = (answer: Answer | null): Promise<void> =>
      settle(answer).catch((error: unknown) => request.log.warn({ err: error }, 'a file stays where it arrived'))
    try {
      const answer = await idempotent(request, call.caller, memberOf(call.caller, run))
      await settled(answer)
      return answer
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) await settled(null)
      throw error
    }
  }

  const redeemOnly = async (caller: Caller): Promise<void> => {
    const { clientToken } = caller
    if (clientToken) await gate.write({ context: contextOf(caller), run: (ctx) => redeem(ctx, clientToken) })
  }
  return Object.assign(write, { upload, redeemOnly })
}

const isAboutContent = (refusal: unknown): boolean =>
  refusal instanceof Refusal && [400, 404].includes(errors[refusal.code].status)

/** What the gate runs for a caller: the redemption of its client token, then what it came for. */
const memberOf = (caller: Caller, run: (ctx: Ctx) => Outcome): Member<Outcome> => {
  const { clientToken } = caller
  const context = contextOf(caller)
  return clientToken ? { context, first: (ctx) => redeem(ctx, clientToken), run } : { context, run }
}

const contextOf = (caller: Caller) => ({
  accountId: caller.world.accountId,
  actor: caller.actor,
  settings: caller.world.settings,
  now: caller.now,
})
