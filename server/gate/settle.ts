/**
 * Sees a batch through: runs it again when that is safe, its members singly when one of them spoils it for the others.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '@clearyard/contract/errors.ts'
import pg from 'pg'
import { Batch, type BatchOptions, type Member } from './batch.ts'
import { NotSaved, type Remedy, reasonOf, remedyFor, Unreachable } from './failures.ts'
import type { GateMetrics } from './gate-metrics.ts'

/** A member, and whoever waits for its answer. */
export type Waiting = {
  readonly member: Member<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export type Settling = { readonly pool: pg.Pool; readonly batch: BatchOptions; readonly metrics: GateMetrics }

/** What came of it: who is not answered, because the batch was full, and whether the database could be reached. */
export type Settled = { readonly left: readonly Waiting[]; readonly isReachable: boolean }

// a lost race is run again this often, after pauses that double and are random, so that two servers part
const maxReruns = 7
const firstPauseMs = 10
// what another server saved first is there for the next run to see: whoever never looks is to be found singly
const maxLooks = 2

/** Runs the members of one world until each is answered or left. Never throws. */
export const settle = async (taken: readonly Waiting[], settling: Settling): Promise<Settled> => {
  let reruns = 0
  let looks = 0
  for (;;) {
    const batch = new Batch(taken, settling.batch)
    const error = await failureOf(batch, settling)
    if (!error) return answered(batch)
    const remedy = withinLimits(remedyFor(error), reruns, looks)
    settling.metrics.failed(reasonOf(error), remedy)
    if (remedy === 'unknown') return recovered(batch, error)
    if (remedy === 'fault') return refused(taken, error, true)
    if (remedy === 'unavailable')
      return refused(taken, new Refusal('ServiceUnavailable'), !(error instanceof Unreachable))
    if (remedy === 'singly') return settleSingly(taken, error, settling)
    if (remedy === 'lookAgain') looks++
    else await sleep(Math.random() * firstPauseMs * 2 ** reruns++)
  }
}

const withinLimits = (remedy: Remedy, reruns: number, looks: number): Remedy => {
  if (remedy === 'again' && reruns === maxReruns) return 'unavailable'
  if (remedy === 'lookAgain' && looks === maxLooks) return 'singly'
  return remedy
}

const failureOf = async (batch: Batch<Waiting>, { pool, metrics }: Settling): Promise<Error | null> => {
  const startedAt = performance.now()
  try {
    await batch.run(pool)
  } catch (error) {
    return error instanceof Error ? error : new Error('a batch failed without an error', { cause: error })
  }
  metrics.committed({ ...batch.figures, members: batch.answers.size, seconds: (performance.now() - startedAt) / 1000 })
  return null
}

/** Each member in a transaction of its own, so that the one that cannot be saved fails alone. */
const settleSingly = async (taken: readonly Waiting[], error: Error, settling: Settling): Promise<Settled> => {
  if (taken.length === 1) return refused(taken, error instanceof pg.DatabaseError ? new NotSaved(error) : error, true)
  for (const [index, waiting] of taken.entries()) {
    const { isReachable } = await settle([waiting], settling)
    if (!isReachable) return refused(taken.slice(index + 1), new Refusal('ServiceUnavailable'), false)
  }
  return { left: [], isReachable: true }
}

const answered = (batch: Batch<Waiting>): Settled => {
  for (const [{ resolve, reject }, answer] of batch.answers)
    if ('error' in answer) reject(answer.error)
    else resolve(answer.value)
  return { left: batch.left, isReachable: true }
}

const refused = (taken: readonly Waiting[], error: Error, isReachable: boolean): Settled => {
  for (const { reject } of taken) reject(error)
  return { left: [], isReachable }
}

/**
 * Asks each member what became of it, without waiting: recovering may be a write of its own. Even a refusal is not
 * known to be right, because what it rests on may not be saved.
 */
const recovered = (batch: Batch<Waiting>, error: Error): Settled => {
  const recover = async ({ member, resolve, reject }: Waiting): Promise<void> => {
    const value = await member.recover?.()
    if (value === undefined) reject(error)
    else resolve(value)
  }
  for (const waiting of batch.answers.keys()) recover(waiting).catch(() => waiting.reject(error))
  return { left: batch.left, isReachable: true }
}
