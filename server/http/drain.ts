/** How a server ends: it answers what was asked, takes nothing new, and does not wait for who says nothing. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { openAnswers } from './limits.ts'

/** Most orchestrators kill after 30 s; the database needs some of that. */
const longestDrainMs = 20_000

/** Without a word a connection that is kept alive stays, and the end waits until its time is up. */
const makeLast = (response: ServerResponse): void => {
  if (response.headersSent) response.once('finish', () => response.socket?.end())
  else response.setHeader('connection', 'close')
}

/**
 * Prepares an app that does not listen yet.
 * @returns ends it; settles when what was asked is answered, or after `longestMs`
 */
export const drainable = (app: FastifyInstance, longestMs = longestDrainMs): (() => Promise<void>) => {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return async () => {
    for (const socket of sockets) for (const response of openAnswers(socket)) makeLast(response)
    app.server.prependListener('request', (_request, response: ServerResponse) => makeLast(response))
    const limit = setTimeout(() => app.server.closeAllConnections(), longestMs)
    try {
      await app.close()
    } finally {
      clearTimeout(limit)
    }
  }
}
