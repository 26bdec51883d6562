/** What clients write while something crashes, and what has to hold of that afterwards, whatever crashed. */
import assert from 'node:assert/strict'
import { type Client, send, takeToken } from '../server/testing/harness.ts'
import { askAgain, type Order, type Wish, wasUnknown } from './writers.ts'

/** One kind of resource that is written. */
export type Work = {
  readonly name: string
  /** Makes a world of its own for some clients. */
  begin(origin: string): Promise<Job>
  /** Fails unless all worlds of a database are whole. */
  checkWhole(databaseUrl: string): Promise<void>
}

/** The work of one world. */
export type Job = {
  readonly token: string
  orderOf(key: string): Order
  /** Fails unless what is there is what these wishes ask for: all of it, each once, and nothing else. */
  checkKept(wishes: readonly Wish[], origin: string): Promise<void>
}

/** A world of its own for each round, so that a round has to look at its own resources only. */
export const freshWorld = async (origin: string): Promise<string> => {
  const made = await send(origin, 'POST', '/_clearyard/worlds', {
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(made.status, 201, made.text)
  const { key, secret } = made.body['application'] as unknown as { key: string; secret: string }
  return takeToken(origin, { key, secret })
}

/** Everything a list has, page by page. */
export const listAll = async (client: Client, path: string) => {
  const name = path.split('/').at(-1) ?? ''
  const items: { readonly [member: string]: unknown }[] = []
  for (;;) {
    const page = await client.get(`${path}?limit=200&offset=${items.length}`)
    assert.equal(page.status, 200, page.text)
    const found = page.body['_embedded']?.[name] as unknown as typeof items
    items.push(...found)
    if (items.length === Number(page.body['total'])) return items
    assert.notEqual(found.length, 0, `the list ${path} ends before its total`)
  }
}

export const inOrder = (values: readonly unknown[]): string[] => values.map(String).sort()

/** Every key is remembered: whoever asks again is told what it was told, or would have been. */
export const checkRemembered = async (wishes: readonly Wish[], origin: string, token: string): Promise<void> => {
  const certain = wishes.filter((wish) => !wasUnknown(wish))
  const asked = [...wishes.filter(wasUnknown), ...certain.slice(-2)]
  assert.deepEqual(
    await askAgain(asked, origin, token),
    asked.map(({ location }) => location),
  )
}
