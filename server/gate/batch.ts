/**
 * One batch: many members of one world in one transaction. In each round every unfinished member runs, what they missed
 * is loaded for all of them together, and they run again; then what they wrote is saved, and only after the commit may
 * anyone be answered, because even a refusal may rest on a neighbour's write.
 */
import type { Pool } from 'pg'
import type { Reactions } from '../causes.ts'
import type { Sealer } from '../sealing.ts'
import { MemberTx } from './member-tx.ts'
import type { Ctx, RequestContext } from './operation.ts'
import { BatchRows } from './rows.ts'
import { loadWanted, saveRows } from './storage.ts'
import { Transaction } from './transaction.ts'

export type Member<O> = {
  /** What every run is given alike. */
  context: RequestContext
  /** Runs to its end before `run`, and is kept when `run` refuses; when it refuses itself, `run` does not run. */
  first?: (ctx: Ctx) => void
  run: (ctx: Ctx) => O
  /**
   * Asked when the connection was lost during the commit: what to answer if it was saved, undefined if nobody knows.
   * May write through the gate itself.
   */
  recover?: () => Promise<O | undefined>
}

/** Makes the generator of ids for one run; a seeded world's starts over with each. */
export type IdsFor = (context: RequestContext, part: 'first' | 'run') => () => string

export type Answer = { readonly value: unknown } | { readonly error: unknown }

/** What a run came to: an answer, or none yet because it missed rows, or none in this batch because it is full. */
type Result = Answer | 'missed' | 'full'

export type BatchOptions = { reactions: Reactions; sealer: Sealer; idsFor: IdsFor; maxRows: number }

export type BatchFigures = { rounds: number; rows: number }

const maxRounds = 100

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** @typeParam M - whoever waits for an answer, with the member to be run for them */
export class Batch<M extends { readonly member: Member<unknown> }> {
  /** Of the members that finished, in the order they did; true answers only after `run` has returned. */
  readonly answers = new Map<M, Answer>()
  readonly figures: BatchFigures = { rounds: 0, rows: 0 }
  readonly #members: readonly M[]
  readonly #options: BatchOptions
  readonly #rows = new BatchRows()
  /** Members whose first part is done: nothing separates them from their second any more. */
  readonly #begun = new Set<M>()
  #isFull = false

  /** @param members at least one, the one that has waited longest first */
  constructor(members: readonly M[], options: BatchOptions) {
    this.#members = members
    this.#options = options
  }

  /** The members that this batch had no more room for, in their order. */
  get left(): M[] {
    return this.#members.filter((member) => !this.answers.has(member))
  }

  /**
   * Runs the members and commits what they wrote.
   * @throws Unreachable, ConnectionLost, OutcomeUnknown, or what the database refused: then nobody is to be answered
   */
  async run(pool: Pool): Promise<void> {
    const transaction = await Transaction.begin(pool)
    try {
      await this.#finishMembers(transaction)
      this.figures.rows = this.#rows.unsavedCount
      await saveRows(transaction, this.#accountId, this.#rows, this.#options.sealer)
      await transaction.commit(this.figures.rows > 0)
    } finally {
      await transaction.end()
    }
  }

  get #accountId(): string {
    return this.#members[0]!.member.context.accountId
  }

  async #finishMembers(transaction: Transaction): Promise<void> {
    let unfinished = this.#members
    for (;;) {
      unfinished = unfinished.filter((member) => this.#runMember(member) === 'missed')
      if (unfinished.length === 0) return
      if (this.figures.rounds === maxRounds) return this.#refuse(unfinished)
      this.figures.rounds++
      await loadWanted(transaction, this.#accountId, this.#rows)
    }
  }

  #refuse(unfinished: readonly M[]): void {
    const error = new Error(`an operation asked for other rows in each of ${maxRounds} runs`)
    for (const member of unfinished) this.answers.set(member, { error })
  }

  #runMember(waiting: M): Result {
    const { member } = waiting
    // whoever has waited longest finishes here, however many rows there are: so nobody waits for ever
    const isOldest = waiting === this.#members[0]
    const { first } = member
    if (first && !this.#begun.has(waiting)) {
      const result = this.#runPart('first', first, member.context, isOldest)
      if (result === 'missed' || result === 'full') return result
      if ('error' in result) return this.#answer(waiting, result)
      this.#begun.add(waiting)
    }
    const result = this.#runPart('run', member.run, member.context, isOldest || this.#begun.has(waiting))
    return result === 'missed' || result === 'full' ? result : this.#answer(waiting, result)
  }

  #answer(waiting: M, answer: Answer): Answer {
    this.answers.set(waiting, answer)
    return answer
  }

  #runPart(part: 'first' | 'run', run: (ctx: Ctx) => unknown, context: RequestContext, mustFinish: boolean): Result {
    if (this.#isFull && !mustFinish) return 'full'
    const tx = new MemberTx(this.#rows)
    const result = this.#attempt(part, run, context, tx)
    if (result === 'missed' || 'error' in result) this.#rows.undo()
    else if (this.#rows.unsavedCount > this.#options.maxRows && !mustFinish) {
      this.#rows.undo()
      this.#isFull = true
      return 'full'
    } else this.#rows.keep()
    return result
  }

  #attempt(
    part: 'first' | 'run',
    run: (ctx: Ctx) => unknown,
    context: RequestContext,
    tx: MemberTx,
  ): Answer | 'missed' {
    try {
      const value = run(this.#ctx(part, context, tx))
      if (tx.missed) return 'missed'
      if (!isThenable(value)) return { value }
      Promise.resolve(value).catch(() => {})
      return { error: new Error('an operation gave a promise: it must be synchronous') }
    } catch (error) {
      return tx.missed ? 'missed' : { error }
    } finally {
      tx.end()
    }
  }

  #ctx(part: 'first' | 'run', context: RequestContext, tx: MemberTx): Ctx {
    const { reactions, idsFor } = this.#options
    const draw = idsFor(context, part)
    const ctx: Ctx = {
      ...context,
      tx,
      newId: () => tx.noteMade(draw()),
      react: (cause, change) => {
        for (const reaction of reactions[cause]) reaction(ctx, change)
      },
    }
    return ctx
  }
}
