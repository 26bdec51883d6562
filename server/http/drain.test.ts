import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import { drainable } from './drain.ts'
import { noteExchange, serverLimits } from './limits.ts'

/** A server whose route `/slow` answers when it is let, as the whole app is set up. */
const listening = async (t: TestContext, longestMs?: number) => {
  const app = Fastify(serverLimits())
  app.server.on('request', noteExchange)
  let answer = () => {}
  const allowed = new Promise<void>((resolve) => {
    answer = resolve
  })
  await app.register(async (scope) => {
    scope.get('/slow', async () => {
      await allowed
      return 'answered'
    })
    scope.get('/begun', (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-length': 8 })
      reply.raw.write('answ')
      void allowed.then(() => reply.raw.end('ered'))
    })
  })
  const drain = drainable(app, longestMs)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.server.closeAllConnections())
  return { app, drain, answer }
}

const open = async (app: FastifyInstance): Promise<Socket> => {
  const address = app.server.address()
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

const received = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('close', () => resolve(text))
    socket.on('error', () => {})
  })

const ask = (socket: Socket, path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)

const reached = (app: FastifyInstance, count: number) =>
  new Promise<void>((resolve) => {
    let seen = 0
    app.server.on('request', () => {
      seen++
      if (seen === count) resolve()
    })
  })

test('the end answers what was asked, says that it is the last, and closes connections that are kept alive', async (t) => {
  const { app, drain, answer } = await listening(t)
  const arrived = reached(app, 3)
  const [slow, begun, other, idle] = await Promise.all([open(app), open(app), open(app), open(app)])
  const answers = [slow, begun, other, idle].map(received)
  ask(slow, '/slow')
  ask(begun, '/begun')
  ask(other, '/slow')
  await arrived
  const ended = drain()
  // asked after the end began, on a connection that is busy
  ask(slow, '/slow')
  answer()
  await ended
  const [ofSlow = '', ofBegun = '', ofOther = '', ofIdle] = await Promise.all(answers)
  assert.match(ofSlow, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*\r\n\r\nanswered$/is)
  assert.match(ofBegun, /^HTTP\/1\.1 200 .*\r\n\r\nanswered$/is)
  assert.match(ofOther, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*\r\n\r\nanswered$/is)
  assert.equal(ofIdle, '')
  assert.equal(app.server.listening, false)
})

test('a client that never finishes its request does not hold the end up for longer than the limit', async (t) => {
  const { app, drain } = await listening(t, 50)
  const stuck = await open(app)
  const said = received(stuck)
  const arrived = reached(app, 1)
  ask(stuck, '/slow')
  await arrived
  await drain()
  assert.equal(await said, '')
})
