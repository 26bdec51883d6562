/**
 * Limits on what a client may send and how slowly, and the answer to what is not even HTTP. A request that Node's
 * parser refuses never reaches a route, so its answer is written to the socket.
 */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, errors, Refusal } from '@clearyard/contract/errors.ts'
import { errorContentType } from './media-types.ts'
import { errorBody } from './render-error.ts'

/**
 * How long a client may take over the headers of a request and over the whole of it, and how often that is looked at. A
 * phone sends a document of 10 MiB in two minutes.
 */
export type PatienceMs = { headers: number; request: number; check: number }

const maxHeaderBytes = 16 * 1024

export const serverLimits = (patienceMs: PatienceMs = { headers: 10_000, request: 120_000, check: 1_000 }) => ({
  bodyLimit: 1024 * 1024,
  requestTimeout: patienceMs.request,
  keepAliveTimeout: 72_000,
  forceCloseConnections: 'idle' as const,
  return503OnClosing: false,
  exposeHeadRoutes: false,
  http: {
    headersTimeout: patienceMs.headers,
    maxHeaderSize: maxHeaderBytes,
    connectionsCheckingInterval: patienceMs.check,
    // Its absence is refused with a body of ours, see refuse-ambiguous.ts.
    requireHostHeader: false,
  },
  // Whatever fits into the headers is an id, and an unknown one.
  routerOptions: { maxParamLength: maxHeaderBytes },
})

const codeOfParser: { readonly [code: string]: ErrorCode } = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  HPE_HEADER_OVERFLOW: 'HeadersTooLarge',
}

/** How long a client may take to read an answer to what was no HTTP. */
const lingerMs = 1_000

type Exchange = { request: IncomingMessage; response: ServerResponse; before: ServerResponse | null }

const lastExchanges = new WeakMap<Socket, Exchange>()

/** Remembers what a connection was last asked; one that is asked more has sent the request before to its end. */
export const noteExchange = (request: IncomingMessage, response: ServerResponse): void => {
  lastExchanges.set(request.socket, {
    request,
    response,
    before: lastExchanges.get(request.socket)?.response ?? null,
  })
}

/** The answers that a connection still waits for, in their order. */
export const openAnswers = (socket: Socket): ServerResponse[] => {
  const last = lastExchanges.get(socket)
  return [last?.before, last?.response]
    .filter((response) => !!response)
    .filter((response) => !response.writableFinished)
}

/**
 * Answers what Node's parser refuses, after what the connection was asked before: clients match answers by their order.
 */
export const answerBrokenRequest = (error: Error & { code?: string }, socket: Socket): void => {
  if (socket.writableEnded) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const last = lastExchanges.get(socket)
  const earlier = last?.request.complete ? last.response : (last?.before ?? null)
  if (earlier && !earlier.writableFinished) earlier.once('close', () => answer(error, socket))
  else if (last?.response.headersSent && !last.request.complete) close(socket)
  else answer(error, socket)
}

const close = (socket: Socket, words = ''): void => {
  socket.end(words)
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

const answer = (error: { code?: string }, socket: Socket): void => {
  if (!socket.writable) return
  const refusal = new Refusal(codeOfParser[error.code ?? ''] ?? 'BadRequest')
  const { status } = errors[refusal.code]
  const body = JSON.stringify(errorBody(refusal, ''))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${errorContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${randomUUID()}`,
    'cache-control: no-store',
    'connection: close',
  ]
  close(socket, `${head.join('\r\n')}\r\n\r\n${body}`)
}
