/**
 * Limits on what a client may send and how slowly, and the answer to what is not even HTTP. A request that Node's
 * parser refuses never reaches a route, so its answer is written to the socket.
 */
import type { Socket } from 'node:net'
import { type ErrorCode, errors, Refusal } from '@clearyard/contract/errors.ts'
import { errorContentType } from './media-types.ts'
import { errorBody } from './render-error.ts'

export const serverLimits = {
  bodyLimit: 1024 * 1024,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  forceCloseConnections: 'idle' as const,
  return503OnClosing: false,
  exposeHeadRoutes: false,
  http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1_000 },
  routerOptions: { maxParamLength: 512 },
}

const codeOfParser: { readonly [code: string]: ErrorCode } = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  HPE_HEADER_OVERFLOW: 'HeadersTooLarge',
}

export const answerBrokenRequests = (error: Error & { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = new Refusal(codeOfParser[error.code ?? ''] ?? 'BadRequest')
  const body = JSON.stringify(errorBody(refusal, ''))
  const head = [
    `HTTP/1.1 ${errors[refusal.code].status} ${refusal.code}`,
    `content-type: ${errorContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
