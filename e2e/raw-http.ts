/** HTTP/1.1 over a bare socket: what is sent is exactly the given bytes, and what comes back is seen as it was spelled. */
import { connect } from 'node:net'

export type RawAnswer = {
  status: number
  /** Names and values as they came, in their order. */
  headers: readonly (readonly [name: string, value: string])[]
  /** The value of a header, whatever the case of its name. */
  header(name: string): string | null
  body: string
}

export type RawConnection = {
  /** Sends the bytes of one request and gives its answer. One at a time. */
  exchange(request: string): Promise<RawAnswer>
}

/** What is needed of a test's context. */
type Scope = { after(work: () => void): unknown }

const parseHead = (head: string): Omit<RawAnswer, 'body'> => {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  if (Number.isNaN(status)) throw new Error(`no status line: ${statusLine}`)
  const headers = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at), line.slice(at + 1).trim()] as const
  })
  const header = (name: string) => headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1] ?? null
  return { status, headers, header }
}

/** The first answer in what was received, or null until all of it is there. */
const parseAnswer = (received: Buffer): { answer: RawAnswer; length: number } | null => {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = parseHead(received.toString('latin1', 0, end))
  const length = Number(head.header('content-length') ?? (head.status === 204 ? 0 : Number.NaN))
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${received}`)
  const bodyAt = end + 4
  if (received.length < bodyAt + length) return null
  return { answer: { ...head, body: received.toString('utf8', bodyAt, bodyAt + length) }, length: bodyAt + length }
}

/** Opens a connection to an origin such as `http://127.0.0.1:8080`; it is closed when the test ends. */
export const openRawConnection = (scope: Scope, origin: string): RawConnection => {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  scope.after(() => socket.destroy())
  const chunks = socket[Symbol.asyncIterator]()
  let received = Buffer.alloc(0)
  return {
    exchange: async (request) => {
      socket.write(request)
      for (;;) {
        const parsed = parseAnswer(received)
        if (parsed) {
          received = received.subarray(parsed.length)
          return parsed.answer
        }
        const { value, done } = await chunks.next()
        if (done) throw new Error(`the connection ended after: ${received}`)
        received = Buffer.concat([received, value])
      }
    },
  }
}
