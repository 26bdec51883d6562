/**
 * What a route of the API is. A read answers by itself; a write prepares its input (checking and anything asynchronous)
 * and hands the gate a synchronous function. Authentication, scope, redemption and idempotency are the API's, not the
 * route's.
 */
import type { ErrorCode, Refusal } from '@clearyard/contract/errors.ts'
import type { Body, Forms } from '@clearyard/contract/hal.ts'
import type { Answer, Outcome } from '../gate/idempotency.ts'
import type { Ctx } from '../gate/operation.ts'
import type { Caller } from './auth.ts'
import type { FormReader } from './form.ts'
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
  /** What it answers when nothing can have the id of its path, where that is not NotFound in the usual words. */
  notFound?: () => Refusal
  /** The body of a 200, what a 201 creates, or both where one operation does two things. */
  answers: { 200: JsonSchema; 201?: string } | { 201: string }
  /** The codes it may answer besides those that every route may. */
  errors: readonly ErrorCode[]
}

export type ReadRoute = Documented & {
  answer: (call: Call) => Promise<Body> | Body
  /** What it answers, where there is something to be sent, to who asks for the forms of that. */
  forms?: (call: Call) => Promise<Forms> | Forms
}

/**
 * A refusal that is thrown takes back what was written; one that is returned keeps it, like a wrong guess that counts.
 */
type Run = (ctx: Ctx) => Outcome

/**
 * What is to be written. What takes many transactions has a first part: it is done unless the request was answered
 * before, and no client token reaches such a route.
 */
export type Prepared = Run | { readonly ahead: () => Promise<void>; readonly run: Run }

export type WriteRoute = Documented & {
  /** Checks the call and gives what is to be written; throws a Refusal when it cannot be. */
  prepare: (call: Call) => Promise<Prepared> | Prepared
}

/** What a route makes of a form that it took in. */
export type Received = {
  /** What makes two requests the same, however their forms were written; idempotency compares it. */
  identity: string
  /** What is to be written; a refusal of the form's content comes from in here, so that it uses a client token up. */
  run: (ctx: Ctx) => Answer
  /** Called when it is known what became of it, with the answer or, when nothing was written, with null. */
  settle: (answer: Answer | null) => Promise<void>
}

/** A write whose body is a form with a file, which is read as it arrives. */
export type UploadRoute = Documented & {
  /** What it throws uses no client token up. */
  receive: (call: Call, form: FormReader) => Promise<Received>
}

export type Route = ReadRoute | WriteRoute | UploadRoute

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
