/** A connection on which bytes are said as they are, and all that is answered is heard, until the server hangs up. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'

export type RawReply = { status: number; headers: Map<string, string>; body: string }

/** Every answer in what a connection gave; throws when something is left over. */
const repliesIn = (text: string): RawReply[] => {
  const replies: RawReply[] = []
  for (let rest = Buffer.from(text, 'latin1'); rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) [A-Za-z -]+$/.exec(first)?.[1])
    assert.ok(end > 0 && status > 0, `no answer: ${rest.toString('latin1', 0, 200)}`)
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    )
    const bodyEnd = end + 4 + Number(headers.get('content-length') ?? 0)
    assert.ok(rest.length >= bodyEnd, 'an answer is cut off')
    replies.push({ status, headers, body: rest.toString('utf8', end + 4, bodyEnd) })
    rest = rest.subarray(bodyEnd)
  }
  return replies
}

export const dial = (origin: string, options: { allowHalfOpen?: boolean } = {}): Socket => {
  const { hostname, port } = new URL(origin)
  return connect({ host: hostname, port: Number(port), ...options })
}

/** Sends bytes (as latin1) and gives every answer that comes before the server has closed the connection. */
export const converse = (origin: string, bytes: string, during?: (socket: Socket) => void): Promise<RawReply[]> =>
  new Promise((resolve, reject) => {
    const socket = dial(origin)
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      try {
        resolve(repliesIn(text))
      } catch (error) {
        reject(error)
      }
    })
    socket.setTimeout(20_000, () => {
      socket.destroy()
      reject(new Error(`the server did not close the connection after: ${text.slice(0, 500)}`))
    })
    socket.write(bytes, 'latin1')
    during?.(socket)
  })
