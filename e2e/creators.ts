/**
 * Clients that make customers without a pause, and the witness log of what each of them sent and was told. A client
 * that was told nothing certain asks again with the same key until it is answered, as Dwolla tells its clients to.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { halType } from '@clearyard/contract/hal.ts'
import { headerOf, openConnection, type RawConnection, requestText } from '../server/testing/raw-connection.ts'

/** One customer that a client wants, and what it knows of it. */
export type Wish = {
  readonly key: string
  readonly email: string
  /** What it was told, in order: a status, or `lost` when the connection ended without an answer. */
  readonly told: (number | 'lost')[]
  /** The path of the customer, once the client was told. */
  location: string | null
}

export type Creators = {
  readonly wishes: readonly Wish[]
  /** Ends the making; resolves when every wish is answered. */
  finish(): Promise<void>
  /** Ends the asking too. */
  stop(): void
}

/** Whether the client had to ask again without knowing what had become of its request. */
export const wasUnknown = ({ told }: Wish): boolean => told.includes('lost') || told.includes(500)

const firstPauseMs = 5
const longestPauseMs = 50
const patienceMs = 30_000

const requestFor = (origin: string, token: string, { key, email }: Wish): string =>
  requestText(
    'POST',
    '/customers',
    {
      host: new URL(origin).host,
      accept: halType,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    JSON.stringify({ firstName: 'Ada', lastName: 'Lovelace', email }),
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
      assert.ok(allowed, `${wish.email} after ${wish.told.join(', ')}:\n${answer.head}\n\n${answer.body}`)
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
        assert.ok(performance.now() < deadline, `${wish.email} was never answered: ${wish.told.join(', ')}`)
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
 */
export const startCreators = (count: number, origin: () => string, token: string): Creators => {
  const wishes: Wish[] = []
  let isOver = false

  const make = async (client: Client): Promise<void> => {
    while (!isOver) {
      const key = randomUUID()
      const wish: Wish = { key, email: `${key}@example.com`, told: [], location: null }
      wishes.push(wish)
      await client.fulfil(wish)
    }
  }

  const clients = Array.from({ length: count }, () => createClient(origin, token))
  const all = Promise.all(clients.map(make))
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
  for (const { key, email } of wishes) {
    const again: Wish = { key, email, told: [], location: null }
    await client.fulfil(again)
    paths.push(again.location)
  }
  client.stop()
  return paths
}
