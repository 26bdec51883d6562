/**
 * A connection on which the caller decides when a request goes out: opened beforehand, and each request written in one
 * piece. For races, which a client that opens connections as it goes would spread out, and for loads, which a client
 * that costs as much as the server would halve.
 */
import { connect, type Socket } from 'node:net'

export type RawAnswer = { status: number; head: string; body: string }

export type RawConnection = {
  /** Writes a request and waits for its answer; rejects when the connection ends first. More may follow meanwhile. */
  ask(request: string): Promise<RawAnswer>
  close(): void
}

const endOfHead = '\r\n\r\n'

/** Takes one whole answer off the front, or gives null while it is not all there; chunked ones are none of ours. */
const takeAnswer = (received: Buffer): { answer: RawAnswer; rest: Buffer } | null => {
  const headEnd = received.indexOf(endOfHead)
  if (headEnd < 0) return null
  const head = received.toString('latin1', 0, headEnd)
  const bodyAt = headEnd + endOfHead.length
  const end = bodyAt + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  if (received.length < end) return null
  const answer = { status: Number(head.slice(9, 12)), head, body: received.toString('utf8', bodyAt, end) }
  return { answer, rest: received.subarray(end) }
}

/** The text of a request, with its length when it has a body. */
export const requestText = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string => {
  const all = { ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const dial = (origin: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })

export const openConnection = async (origin: string): Promise<RawConnection> => {
  const socket = await dial(origin)
  let received: Buffer = Buffer.alloc(0)
  const waiting: { resolve: (answer: RawAnswer) => void; reject: (error: Error) => void }[] = []
  let ended: Error | null = null
  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    for (let taken = takeAnswer(received); taken; taken = takeAnswer(received)) {
      received = taken.rest
      waiting.shift()?.resolve(taken.answer)
    }
  })
  socket.on('error', end)
  socket.on('close', () => end(new Error('the connection was closed')))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) throw ended
        waiting.push({ resolve, reject })
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** The value of a header in the head of an answer, or null. */
export const headerOf = ({ head }: RawAnswer, name: string): string | null =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? null
