/** A load: connections that each send the next request when the last one is answered, and how long that took. */
import { openConnection, type RawConnection, requestText } from '../server/testing/raw-connection.ts'

/** One kind of request. `{n}` becomes a number of eight digits, `{token}` the next of the tokens. */
export type RequestTemplate = { method: string; path: string; headers: Readonly<Record<string, string>>; body: string }

export type LoadOrder = {
  origin: string
  template: RequestTemplate
  connections: number
  /** How long to send new requests; it also ends when the tokens or the `count` are used up. */
  forMs: number
  count?: number
  /** What `{n}` begins with. */
  firstNumber?: number
  tokens?: readonly string[]
  /** Bodies to send in turn, instead of the template's. */
  bodies?: readonly string[]
  /** The only status that is right. */
  expected: number
  /** Whether to give back the bodies of the answers. */
  keepBodies?: boolean
}

export type LoadResult = {
  answered: number
  seconds: number
  p50Ms: number
  p99Ms: number
  /** The first answer with another status, whole. */
  unexpected: string | null
  bodies: string[]
}

const numberText = (n: number): string => String(n).padStart(8, '0')

/** Gives the text of one request after the other, and null when there are no more. */
const createRequests = (order: LoadOrder): (() => string | null) => {
  const { origin, template, tokens, bodies, count, firstNumber = 0 } = order
  const most = Math.min(count ?? Number.POSITIVE_INFINITY, tokens?.length ?? Number.POSITIVE_INFINITY)
  const { method, path, headers, body } = template
  const text = requestText(method, path, { host: new URL(origin).host, ...headers }, body.replace('{n}', numberText(0)))
  const [before = '', after] = text.split(numberText(0))
  let sent = 0
  return () => {
    if (sent >= most) return null
    const n = sent++
    if (bodies)
      return requestText(method, path, { host: new URL(origin).host, ...headers }, bodies[n % bodies.length] ?? '')
    const numbered = after === undefined ? before : before + numberText(firstNumber + n) + after
    return tokens ? numbered.replace('{token}', tokens[n] ?? '') : numbered
  }
}

/** The value below which a share of the sorted values lies. */
const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

export const runLoad = async (order: LoadOrder): Promise<LoadResult> => {
  const connections = await Promise.all(Array.from({ length: order.connections }, () => openConnection(order.origin)))
  const next = createRequests(order)
  const times: number[] = []
  const bodies: string[] = []
  let unexpected: string | null = null

  const drive = async (connection: RawConnection, until: number): Promise<void> => {
    for (;;) {
      const sentAt = performance.now()
      const request = sentAt < until ? next() : null
      if (request === null) return
      const answer = await connection.ask(request)
      times.push(performance.now() - sentAt)
      if (answer.status !== order.expected) unexpected ??= `${answer.head}\n\n${answer.body}`
      if (order.keepBodies) bodies.push(answer.body)
    }
  }

  const startedAt = performance.now()
  await Promise.all(connections.map((connection) => drive(connection, startedAt + order.forMs)))
  const seconds = (performance.now() - startedAt) / 1000
  for (const connection of connections) connection.close()
  const sorted = Float64Array.from(times).sort()
  return {
    answered: times.length,
    seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    unexpected,
    bodies,
  }
}
