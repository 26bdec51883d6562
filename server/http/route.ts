/**
 * What a route of the API is. A read answers by itself; a write prepares its input (checking and anything asynchronous)
 * and hands the gate a synchronous function. Authentication, scope, redemption and idempotency are the API's, not the
 * route's.
 */
import type { ErrorCode } from '@clearyard/contract/errors.ts'
import type { Body } from '@clearyard/contract/hal.ts'
import type { Answer } from '../gate/idempotency.ts'
import type { Ctx } from '../gate/operation.ts'
import type { Caller } from './auth.ts'
import type { Query } from './query.ts'
import type { JsonSchema } from './schemas.ts'

/** One call of a route, by a caller that may make it. */
export type Call = {
  caller: Caller
  /** The `{id}` of the path in its one written form; an id that is none answers NotFound before the route sees it. */
  id: string
  query: Query
  body: Readonly<Record<string, unknown>>
  /** What hrefs of the answer will begin with. */
  origin: string
}

type Documented = {
  method: 'GET' | 'POST' | 'DELETE'
  /** With parameters in braces, as the published contract writes it. */
  path: string
  /** The operation's name in the published contract. */
  operationId: string
  tag: string
  summary: string
  description: string
  parameters?: { readonly [name: string]: JsonSchema }
  body?: JsonSchema
  /** The body of a 200, or what a 201 creates. */
  answers: { 200: JsonSchema } | { 201: string }
  /** The codes it may answer besides those that every route may. */
  errors: readonly ErrorCode[]
}

export type ReadRoute = Documented & { answer: (call: Call) => Promise<Body> | Body }

export type WriteRoute = Documented & {
  /** Checks the call and gives what is to be written; throws a Refusal when it cannot be. */
  prepare: (call: Call) => Promise<(ctx: Ctx) => Answer> | ((ctx: Ctx) => Answer)
}

export type Route = ReadRoute | WriteRoute

/** The codes every route of the API may answer. */
export const everyRouteMayAnswer: readonly ErrorCode[] = [
  'BadRequest',
  'InvalidCredentials',
  'InvalidAccessToken',
  'ExpiredAccessToken',
  'InvalidAccountStatus',
  'InvalidApplicationStatus',
  'InvalidScopes',
  'Forbidden',
  'InvalidIpAddress',
  'InvalidVersion',
  'RequestTimeout',
  'RequestTooLarge',
  'UnsupportedMediaType',
  'Conflict',
  'ServerError',
  'ServiceUnavailable',
]
