/** One request as it is written: what `fetch` would add, or would refuse to send, is neither added nor refused. */
import { type IncomingHttpHeaders, request } from 'node:http'

export type Reply = { status: number; headers: IncomingHttpHeaders; text: string }

export type AskedHeaders = { readonly [name: string]: string | string[] }

/**
 * Asks on a connection of its own.
 * @param headers all there are, but Host (unless given) and the length of the body
 */
export const ask = (
  origin: string,
  method: string,
  path: string,
  headers: AskedHeaders = {},
  body?: string | Buffer,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const call = request(origin + path, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
