/** The official TypeScript client, and what tests say about what it calls. */
import assert from 'node:assert/strict'
import { Dwolla, HTTPClient } from 'dwolla'
import type { Credentials } from '../server/oauth/credentials.ts'

type Server = { readonly origin: string }

/** What went over the wire: the method and path of each request and the status of its answer. */
export type Exchange = { method: string; path: string; status: number }

export const typescriptClient = (server: Server, { key, secret }: Credentials, seen: Exchange[] = []): Dwolla => {
  const httpClient = new HTTPClient().addHook('response', ({ status }, { method, url }) => {
    seen.push({ method, path: new URL(url).pathname, status })
  })
  return new Dwolla({ serverURL: server.origin, security: { clientID: key, clientSecret: secret }, httpClient })
}

/** The last part of a link. */
export const idOf = (url: string | undefined): string => url?.split('/').at(-1) ?? ''

type Class<E> = new (...arguments_: never[]) => E

/** Holds the call to be rejected with an error of just this class of the client's. */
export const refused = async <E extends Error>(call: Promise<unknown>, expected: Class<E>): Promise<E> => {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof expected, String(error))
  return error
}

/** An operation of the API, and whether it is one of those of money, which have a test of their own. */
type Served = { name: string; isMoney: boolean; matches: (exchange: Exchange) => boolean }

const moneyTags = ['funding sources', 'transfers', 'sandbox simulations']

/** The operations of the API as `/openapi.json` lists them, and a pattern for the paths of each. */
const servedOperations = async ({ origin }: Server): Promise<Served[]> => {
  type Methods = { [method: string]: { tags: string[] } }
  const document = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: { [path: string]: Methods } }
  return Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/_clearyard/'))
    .flatMap(([path, methods]) => {
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
      return Object.entries(methods).map(([method, { tags }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        isMoney: tags.some((tag) => moneyTags.includes(tag)),
        matches: (exchange: Exchange) => exchange.method === method.toUpperCase() && pattern.test(exchange.path),
      }))
    })
}

/** Holds every operation of this kind to have been called with success. */
export const holdAllCalled = async (
  server: Server,
  seen: readonly Exchange[],
  isMeant: (operation: Served) => boolean,
): Promise<void> => {
  const operations = (await servedOperations(server)).filter(isMeant)
  assert.ok(operations.length >= 5, 'the operations were found')
  const uncalled = operations.filter(({ matches }) => !seen.some((e) => matches(e) && e.status < 300))
  assert.deepEqual(
    uncalled.map(({ name }) => name),
    [],
    'operations that the client never called with success',
  )
}
