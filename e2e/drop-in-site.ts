/**
 * The website of an integrator, for tests of the drop-ins: pages, and the token route every integrator writes, on a
 * server of its own that mints with the application's key. It can stand before the API, so that both are one origin.
 */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestServer, takeToken } from '../server/testing/harness.ts'

export type Page = {
  readonly body: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A token request as it came from the browser. */
export type TokenRequest = {
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
  readonly token: string
}

export type Site = {
  readonly origin: string
  /** Serves a page (or a script) at a path. */
  add(path: string, page: Page): void
  readonly tokenRequests: TokenRequest[]
  /** Requests for API and scripts that came through this origin. */
  readonly passedOn: string[]
  /** Runs before each token is minted: a test waits or fails here. */
  beforeToken: () => Promise<void>
  stop(): Promise<void>
}

export const startSite = async (api: TestServer): Promise<Site> => {
  const pages = new Map<string, Page>()
  const applicationToken = await takeToken(api.origin, api.world)

  const mint = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: unknown = JSON.parse(await text(request))
    await site.beforeToken()
    const answer = await fetch(`${api.origin}/client-tokens`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${applicationToken}`,
        Accept: 'application/vnd.dwolla.v1.hal+json',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    const { token } = (await answer.json()) as { token: string }
    site.tokenRequests.push({ headers: request.headers, body, token })
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ token }))
  }

  /** Keeps `Host`, so that the API's hrefs are of this origin. */
  const passOn = (request: IncomingMessage, response: ServerResponse): void => {
    site.passedOn.push(`${request.method} ${request.url}`)
    const { method = 'GET', url = '/', headers } = request
    const onward = send(api.origin + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '/'
    const page = pages.get(path)
    if (page) {
      response.writeHead(200, { 'Content-Type': page.type ?? 'text/html; charset=utf-8', ...page.headers })
      response.end(page.body)
    } else if (path === '/token') mint(request, response).catch(() => response.writeHead(500).end())
    else if (path === '/favicon.ico') response.writeHead(204).end()
    else passOn(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const site: Site = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (path, page) => pages.set(path, page),
    tokenRequests: [],
    passedOn: [],
    beforeToken: async () => {},
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return site
}
