/**
 * Money in random worlds, each grown from a seed: after every step, and after every crash between and in the middle of
 * them, the ledger holds, and the API says what the books of a client say that never looked at the server's.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTestServer } from '../server/testing/harness.ts'
import { assertNoDefects } from '../server/testing/ledger.ts'
import { rounds } from '../server/testing/rounds.ts'
import type { Books, Party } from './money-simulator/books.ts'
import { compare, pagesOf } from './money-simulator/comparison.ts'
import { createDice } from './money-simulator/dice.ts'
import { openBooks } from './money-simulator/people.ts'
import { createWorld, type Site } from './money-simulator/site.ts'
import { begin, takeStep } from './money-simulator/steps.ts'

const stepsEach = 25
const given = process.env['SEED']
const count = given === undefined ? rounds(300) : 1
const first = given === undefined ? randomInt(1_000_000_000) : Number(given)

let site: Site
before(async () => {
  site = { server: await startTestServer() }
})
after(() => site.server.stop())

/** Grows one world, and notes what happens in it. */
const simulate = async (seed: number, happened: string[]): Promise<Books> => {
  const dice = createDice(seed)
  const world = await createWorld(site, dice)
  const books = openBooks(world.accountId)
  const scene = { world, dice, books }
  happened.push(...(await begin(scene)))
  await compare(world, books)
  for (let step = 0; step < stepsEach; step++) {
    const before = pagesOf(books)
    const told = await takeStep(scene)
    if (told === null) continue
    happened.push(told)
    await assertNoDefects(site.server.pool)
    // everybody to whom something happened, and one to whom nothing should have
    const chosen = dice.pick(books.parties)
    const now = pagesOf(books)
    const isToSee = (party: Party) => party === chosen || before.get(party) !== now.get(party)
    await compare(world, books, books.parties.filter(isToSee))
  }
  await compare(world, books)
  return books
}

test('money is where the books of its client say, whatever happens in a world', async (t) => {
  const fates = new Map<string, number>()
  for (let seed = first; seed < first + count; seed++) {
    const happened: string[] = []
    try {
      const { legs } = await simulate(seed, happened)
      for (const { role, status } of legs) fates.set(`${role} ${status}`, (fates.get(`${role} ${status}`) ?? 0) + 1)
    } catch (error) {
      console.error(`${happened.join('\n')}\n\nSEED=${seed} npm test -- e2e/money-simulator.test.ts replays it`)
      throw error
    }
  }
  assert.ok(fates.size > 0)
  t.diagnostic(`${count} worlds from seed ${first}`)
  for (const [fate, times] of [...fates].sort()) t.diagnostic(`${times} ${fate}`)
})
