/**
 * One round of a crash test: writers at work, a crash at a random moment, the way back, and a look at what was kept.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Work } from './aftermath.ts'
import { startWriters, type Writers, wasUnknown } from './writers.ts'

/** Several worlds, because each has transactions of its own, and one of them is being committed at most moments. */
const worlds = 8
const writersPerWorld = 4
const delaysMs = { least: 50, most: 250 }
const tries = 8

export type Crash = {
  /** What is written meanwhile. */
  work: Work
  /** Where the server is now. */
  origin: () => string
  /** Crashes it, says so, and resolves when it works again. */
  crash: (struck: () => void) => Promise<void>
  /** Where its database is then. */
  databaseUrl: () => string
}

export type Figures = { crashes: number; written: number; unknown: number }

const strike = async (crash: Crash['crash'], writers: readonly Writers[]): Promise<void> => {
  await sleep(delaysMs.least + Math.random() * (delaysMs.most - delaysMs.least))
  let finishing: Promise<unknown> = Promise.resolve()
  // from the crash on nobody has another wish, but everybody keeps asking for the last one
  await crash(() => {
    finishing = Promise.all(writers.map((each) => each.finish()))
    finishing.catch(() => {})
  })
  await finishing
}

/** @returns how many resources were written, and how many of them by clients that were left without an answer */
const runOnce = async ({ work, origin, crash, databaseUrl }: Crash): Promise<Omit<Figures, 'crashes'>> => {
  const jobs = await Promise.all(Array.from({ length: worlds }, () => work.begin(origin())))
  const writers = jobs.map(({ token, orderOf }) => startWriters(writersPerWorld, origin, token, orderOf))
  try {
    await strike(crash, writers)
  } finally {
    for (const each of writers) each.stop()
  }
  await Promise.all(jobs.map((job, index) => job.checkKept(writers[index]?.wishes ?? [], origin())))
  await work.checkWhole(databaseUrl())
  const wishes = writers.flatMap((each) => each.wishes)
  return { written: wishes.length, unknown: wishes.filter(wasUnknown).length }
}

/**
 * Runs `count` rounds in each of which a client was left without knowing what became of a request; fails when several
 * tries in a row leave nobody so.
 */
export const runCrashRounds = async (count: number, crash: Crash): Promise<Figures> => {
  const figures = { crashes: 0, written: 0, unknown: 0 }
  for (let round = 0; round < count; round++)
    for (let attempt = 0, left = 0; left === 0; attempt++) {
      assert.ok(attempt < tries, `${tries} crashes in a row left no client without an answer: they prove nothing`)
      const { written, unknown } = await runOnce(crash)
      left = unknown
      figures.crashes++
      figures.written += written
      figures.unknown += unknown
    }
  return figures
}

/** The figures as a test says them. */
export const told = ({ name }: Work, { crashes, written, unknown }: Figures): string =>
  `${crashes} crashes, ${written} ${name}, ${unknown} of them asked for again without knowing`
