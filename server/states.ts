/**
 * State tables: what a step does to a thing in a state. One table is guard, event, link and new state at once.
 * A link implies that the step is accepted; a step that is accepted without a link says so with `link: null`.
 */

import { Refusal } from '@clearyard/contract/errors.ts'
import type { Topic } from '@clearyard/contract/events.ts'

export type StateRow<State extends string, Step extends string, Facts> = {
  readonly from: State
  readonly step: Step
  readonly to: State
  /** The row holds only for things of which this is true. */
  readonly when?: (facts: Facts) => boolean
  /** The topic that tells of the step, when it is told. */
  readonly emits?: Topic
  /** The link relation that offers the step. */
  readonly link: string | null
}

export type StateTable<State extends string, Step extends string, Facts> = readonly StateRow<State, Step, Facts>[]

const rowOf = <State extends string, Step extends string, Facts extends { status: State }>(
  table: StateTable<State, Step, Facts>,
  facts: Facts,
  step: Step,
) => table.find((r) => r.from === facts.status && r.step === step && (r.when?.(facts) ?? true))

/** Whether a step is accepted. */
export const accepts = <State extends string, Step extends string, Facts extends { status: State }>(
  table: StateTable<State, Step, Facts>,
  facts: Facts,
  step: Step,
): boolean => rowOf(table, facts, step) !== undefined

/**
 * The row that a step takes, or a refusal with InvalidResourceState.
 * @param message what the refusal says, where Dwolla says something else than usual
 */
export const next = <State extends string, Step extends string, Facts extends { status: State }>(
  table: StateTable<State, Step, Facts>,
  facts: Facts,
  step: Step,
  message?: string,
): StateRow<State, Step, Facts> => {
  const row = rowOf(table, facts, step)
  if (!row) throw new Refusal('InvalidResourceState', message === undefined ? {} : { message })
  return row
}

/** The link relations a thing offers in its state, in the order of the table. */
export const offered = <State extends string, Step extends string, Facts extends { status: State }>(
  table: StateTable<State, Step, Facts>,
  facts: Facts,
): string[] =>
  table.flatMap((r) => (r.link !== null && r.from === facts.status && (r.when?.(facts) ?? true) ? [r.link] : []))
