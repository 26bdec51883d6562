/**
 * One round of a crash test: creators at work, a crash at a random moment, the way back, and a look at what was kept.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkKept, freshWorld } from './aftermath.ts'
import { type Creators, startCreators, wasUnknown } from './creators.ts'

/** Several worlds, because each has transactions of its own, and one of them is being committed at most moments. */
const worlds = 8
const creatorsPerWorld = 4
const delaysMs = { least: 50, most: 250 }
const tries = 8

export type Crash = {
  /** Where the server is now. */
  origin: () => string
  /** Crashes it, says so, and resolves when it works again. */
  crash: (struck: () => void) => Promise<void>
}

export type Figures = { crashes: number; customers: number; unknown: number }

const strike = async (crash: Crash['crash'], creators: readonly Creators[]): Promise<void> => {
  await sleep(delaysMs.least + Math.random() * (delaysMs.most - delaysMs.least))
  let finishing: Promise<unknown> = Promise.resolve()
  // from the crash on nobody has another wish, but everybody keeps asking for the last one
  await crash(() => {
    finishing = Promise.all(creators.map((creator) => creator.finish()))
    finishing.catch(() => {})
  })
  await finishing
}

/** @returns how many customers were made, and how many of them by clients that were left without an answer */
const runOnce = async ({ origin, crash }: Crash): Promise<{ customers: number; unknown: number }> => {
  const fresh = await Promise.all(Array.from({ length: worlds }, () => freshWorld(origin())))
  const creators = fresh.map(({ token }) => startCreators(creatorsPerWorld, origin, token))
  try {
    await strike(crash, creators)
  } finally {
    for (const creator of creators) creator.stop()
  }
  await Promise.all(creators.map(({ wishes }, index) => checkKept(wishes, origin(), fresh[index]?.token ?? '')))
  const wishes = creators.flatMap((creator) => creator.wishes)
  return { customers: wishes.length, unknown: wishes.filter(wasUnknown).length }
}

/**
 * Runs `count` rounds in each of which a client was left without knowing what became of a request; fails when several
 * tries in a row leave nobody so.
 */
export const runCrashRounds = async (count: number, crash: Crash): Promise<Figures> => {
  const figures = { crashes: 0, customers: 0, unknown: 0 }
  for (let round = 0; round < count; round++)
    for (let attempt = 0, left = 0; left === 0; attempt++) {
      assert.ok(attempt < tries, `${tries} crashes in a row left no client without an answer: they prove nothing`)
      const { customers, unknown } = await runOnce(crash)
      left = unknown
      figures.crashes++
      figures.customers += customers
      figures.unknown += unknown
    }
  return figures
}

/** The figures as a test says them. */
export const told = ({ crashes, customers, unknown }: Figures): string =>
  `${crashes} crashes, ${customers} customers, ${unknown} of them asked for again without knowing`
