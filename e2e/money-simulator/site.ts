/** A server that may go down at any step, and a client of one world that asks until it is answered. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Client, clientWith, type TestServer, takeToken } from '../../server/testing/harness.ts'
import type { Dice } from './dice.ts'

export type Site = {
  /** The one that is up now. */
  server: TestServer
}

export type World = {
  readonly site: Site
  readonly id: string
  readonly accountId: string
  /** Sends a write, perhaps while the server goes down, and gives the answer that it comes to. */
  write(path: string, body: object): Promise<Answer>
  /** Sends a request whose answer is told once only. */
  post(path: string, body: object): Promise<Answer>
  get(path: string): Promise<Answer>
  /** Has the server go down, and another come up. */
  crash(): Promise<void>
}

const startsAt = '2026-03-02T15:00:00Z'
const crashesOneIn = 100
const longestBeforeCrashMs = 5
const patience = 200

/** Answers after which nothing is certain yet. */
const isUncertain = ({ status }: Answer): boolean => [409, 500, 503].includes(status)

/** A new world in which time stands still. */
export const createWorld = async (site: Site, dice: Dice): Promise<World> => {
  const { id, accountId, application } = await site.server.newWorld({ clock: { mode: 'frozen', set: startsAt } })
  const token = await takeToken(site.server.origin, application)
  const client = (): Client => clientWith(site.server.origin, token)
  const crash = async (): Promise<void> => {
    site.server = await site.server.crash()
  }

  const write: World['write'] = async (path, body) => {
    const headers = { 'idempotency-key': randomUUID() }
    if (dice.oneIn(crashesOneIn)) {
      const lost = client()
        .post(path, body, headers)
        .catch(() => null)
      await sleep(dice.below(longestBeforeCrashMs))
      await crash()
      await lost
    }
    for (let asked = 0; asked < patience; asked++) {
      const answer = await client().post(path, body, headers)
      if (!isUncertain(answer)) return answer
      await sleep(10)
    }
    return assert.fail(`${path} is never answered`)
  }
  return {
    site,
    id,
    accountId,
    write,
    crash,
    post: (path, body) => client().post(path, body),
    get: (path) => client().get(path),
  }
}
