/** `dwolla-v2`, and what tests say about what it answers. */
import assert from 'node:assert/strict'
import { Client } from 'dwolla-v2'
import type { Credentials } from '../server/oauth/credentials.ts'
import type { Loose } from '../server/testing/harness.ts'

export type Reply = { status: number; headers: Headers; body: Loose }
type Query = { [name: string]: string | number | readonly string[] }

/** The client as its README describes it; its own types allow less than it does. */
export type NodeClient = {
  get(path: string | Loose, query?: Query): Promise<Reply>
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Reply>
  delete(path: string): Promise<Reply>
}

export const nodeClient = ({ origin }: { origin: string }, { key, secret }: Credentials): NodeClient =>
  Object.assign(new Client({ key, secret, environment: 'sandbox' }) as unknown as NodeClient, {
    apiUrl: origin,
    tokenUrl: `${origin}/token`,
  })

/** What the client throws when it is refused. */
export const refused = async (call: Promise<unknown>): Promise<Reply & Error> => {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Error && 'status' in error, String(error))
  return error as unknown as Reply & Error
}

export const embedded = ({ body }: Reply, name: string): readonly Loose[] => {
  const list: unknown = body['_embedded']?.[name]
  assert.ok(Array.isArray(list), `no ${name} in ${JSON.stringify(body)}`)
  return list
}
