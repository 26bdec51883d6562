/**
 * Clients that write without a pause, and the witness log of what each of them sent and was told. A client
 * that was told nothing certain asks again with the same key until it is answered, as Dwolla tells its clients to.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { halType } from '@clearyard/contract/hal.ts'
import { headerOf, openConnection, type RawConnection, requestText } from '../server/testing/raw-connection.ts'

/** What is to be made, by a POST; what is made of it tells the key. */
export type Order = { readonly path: string; readonly body: object }

/** One resource that a client wants, and what it knows of it. */
export type Wish = {
  readonly key: string
  readonly order: Order
  /** What it was told, in order: a status, or `lost` when the connection ended without an answer. */
  readonly told: (number | 'lost')[]
  /** The path of the resource, once the client was told. */
  location: string | null
}

export type Writers = {
  readonly wishes: readonly Wish[]
  /** Ends the wishing; resolves when every wish is answered. */
  finish(): Promise<void>
  /** Ends the asking too. */
  stop(): void
}

/** Whether the client had to ask again without knowing what had become of its request. */
export const wasUnknown = ({ told }: Wish): boolean => told.includes('lost') || told.includes(500)

const firstPauseMs = 5
const longestPauseMs = 50
const patienceMs = 30_000

const requestFor = (origin: string, token: string, { key, order }: Wish): string =>
  requestText(
    'POST',
    order.path,
    {
      host: new URL(origin).host,
      accept: halType,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    JSON.stringify(order.body),
  )

type Client = {
  /** Asks until the wish is fulfilled. */
  fulfil(wish: Wish): Promise<void>
  stop(): void
}

/** One client: a connection that is opened again whenever it is lost. */
const createClient = (origin: () => string, token: string): Client => {
  let connection: RawConnection | null = null
  let isStopped = false

  /** Asks once and notes what came of it; a server that cannot be reached was not asked. */
  const ask = async (wish: Wish): Promise<void> => {
    const to = origin()
    connection ??= await openConnection(to).catch(() => null)
    if (!connection) return
    try {
      const answer = await connection.ask(requestFor(to, token, wish))
      wish.told.push(answer.status)
      const allowed = [201, 409, 500, 503].includes(answer.status)
      assert.ok(
        allowed,
        `${wish.order.path} of ${wish.key} after ${wish.told.join(', ')}:\n${answer.head}\n\n${answer.body}`,
      )
      if (answer.status === 201) wish.location = new URL(headerOf(answer, 'location') ?? '').pathname
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      wish.told.push('lost')
      connection = null
    }
  }

  return {
    fulfil: async (wish) => {
      const deadline = performance.now() + patienceMs
      for (let pauseMs = firstPauseMs; wish.location === null; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        await ask(wish)
        if (wish.location !== null || isStopped) return
        assert.ok(
          performance.now() < deadline,
          `${wish.order.path} of ${wish.key} was never answered: ${wish.told.join(', ')}`,
        )
        await sleep(pauseMs)
      }
    },
    stop: () => {
      isStopped = true
      connection?.close()
    },
  }
}

/**
 * @param origin where the server is now: it may come back at another port
 * @param token of an application
 * @param orderOf what a wish of this key is for
 */
export const startWriters = (
  count: number,
  origin: () => string,
  token: string,
  orderOf: (key: string) => Order,
): Writers => {
  const wishes: Wish[] = []
  let isOver = false

  const write = async (client: Client): Promise<void> => {
    while (!isOver) {
      const key = randomUUID()
      const wish: Wish = { key, order: orderOf(key), told: [], location: null }
      wishes.push(wish)
      await client.fulfil(wish)
    }
  }

  const clients = Array.from({ length: count }, () => createClient(origin, token))
  const all = Promise.all(clients.map(write))
  // whoever finishes hears of a failure; until then it must not end the process
  all.catch(() => {})
  return {
    wishes,
    finish: async () => {
      isOver = true
      await all
    },
    stop: () => {
      isOver = true
      for (const client of clients) client.stop()
    },
  }
}

/** Asks for wishes that were fulfilled once more, with the same keys, and gives the paths it is told. */
export const askAgain = async (wishes: readonly Wish[], origin: string, token: string): Promise<(string | null)[]> => {
  const client = createClient(() => origin, token)
  const paths: (string | null)[] = []
  for (const { key, order } of wishes) {
    const again: Wish = { key, order, told: [], location: null }
    await client.fulfil(again)
    paths.push(again.location)
  }
  client.stop()
  return paths
}
