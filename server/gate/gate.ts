/**
 * The write gate: every write of every request goes through it. Writes that arrive together share one transaction, a
 * batch; a batch belongs to one world, and a world has one batch at a time in this process, so that writes gather by
 * themselves under load. Here is who is in a batch; batch.ts has what a batch is, settle.ts what a failed one means.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Pool } from 'pg'
import type { Registry } from 'prom-client'
import type { Reactions } from '../causes.ts'
import type { Sealer } from '../sealing.ts'
import type { IdsFor, Member } from './batch.ts'
import { createGateMetrics } from './gate-metrics.ts'
import { settle, type Waiting } from './settle.ts'

export type { IdsFor, Member } from './batch.ts'
export { NotSaved, OutcomeUnknown } from './failures.ts'

export type GateOptions = {
  pool: Pool
  /** What changes set off in other resources, in the same transaction. */
  reactions: Reactions
  /** Seals the columns that are declared so, as they are saved. */
  sealer: Sealer
  /** The ids of one run of a member; random unless given. */
  idsFor?: IdsFor
  /** How many members a batch takes. */
  maxMembers?: number
  /** About how many rows a batch saves. */
  maxRows?: number
  /** How many members may wait, in all worlds together, before more are refused. */
  maxQueued?: number
  /** How many worlds may have a batch at once; by default two connections of the pool are left to others. */
  maxBatches?: number
  registry?: Registry
}

export type Gate = {
  /**
   * Runs the member in a transaction with others, and answers after the commit, refusals too.
   * @throws what its operation threw; Refusal ServiceUnavailable when the queue is full or the database cannot work
   * now; NotSaved when PostgreSQL refuses its rows; OutcomeUnknown when the commit's answer was lost and `recover` has
   * none
   */
  write<O>(member: Member<O>): Promise<O>
  /** Resolves once everyone is answered. */
  idle(): Promise<void>
  /** How many members wait for a batch. */
  readonly queued: number
}

type World = { readonly accountId: string; readonly waiting: Waiting[] }

export const createGate = (options: GateOptions): Gate => {
  const { pool, reactions, sealer, maxMembers = 250, maxRows = 1000, maxQueued = 5000 } = options
  const maxBatches = options.maxBatches ?? Math.max(1, (pool.options.max ?? 10) - 2)
  const idsFor: IdsFor = options.idsFor ?? (() => () => crypto.randomUUID())
  const worlds = new Map<string, World>()
  const ready = new Set<World>()
  const running = new Set<World>()
  const idlers: (() => void)[] = []
  let queued = 0
  let unanswered = 0
  let isScheduled = false
  const metrics = createGateMetrics(options.registry, () => queued)
  const settling = { pool, metrics, batch: { reactions, sealer, idsFor, maxRows } }

  const runBatch = async (world: World): Promise<void> => {
    const taken = world.waiting.splice(0, maxMembers)
    queued -= taken.length
    const { left } = await settle(taken, settling)
    world.waiting.unshift(...left)
    queued += left.length
    running.delete(world)
    if (world.waiting.length > 0) ready.add(world)
    else worlds.delete(world.accountId)
    schedule()
  }

  /** Starts batches after this turn of the event loop, so that what arrives in it shares them. */
  const schedule = (): void => {
    if (isScheduled || ready.size === 0) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      for (const world of ready) {
        if (running.size >= maxBatches) return
        ready.delete(world)
        running.add(world)
        void runBatch(world)
      }
    })
  }

  const enqueue = (waiting: Waiting): void => {
    const { accountId } = waiting.member.context
    const world = worlds.get(accountId) ?? { accountId, waiting: [] }
    worlds.set(accountId, world)
    world.waiting.push(waiting)
    queued++
    if (running.has(world)) return
    ready.add(world)
    schedule()
  }

  const answered = (): void => {
    unanswered--
    if (unanswered === 0) for (const resolve of idlers.splice(0)) resolve()
  }

  const write = <O>(member: Member<O>): Promise<O> =>
    new Promise((resolve, reject) => {
      if (queued >= maxQueued) throw new Refusal('ServiceUnavailable')
      unanswered++
      enqueue({
        member,
        // the answer to a member is what its own `run` or `recover` gave
        resolve: (value) => {
          resolve(value as O)
          answered()
        },
        reject: (error) => {
          reject(error)
          answered()
        },
      })
    })

  return {
    write,
    idle: () => (unanswered === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    get queued() {
      return queued
    },
  }
}
