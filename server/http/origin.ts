/** The origin that hrefs of an answer begin with: PUBLIC_URL, else the one the request was sent to. */
import type { FastifyRequest } from 'fastify'

/** What a Host header may say: a name or an address, and a port. */
export const hostHeader = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

export const originOf = (request: FastifyRequest, publicUrl: string | null): string => {
  if (publicUrl !== null) return publicUrl
  const { host = '' } = request.headers
  if (hostHeader.test(host)) return `http://${host}`
  const { localAddress = '127.0.0.1', localPort = 80 } = request.socket
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}
