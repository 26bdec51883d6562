/**
 * The clock of a world. Business time (settlement, retention, client tokens, idempotency) asks it; it runs at the speed
 * of real time or stands still, may be set and advanced, and never goes back.
 */
import { invalid } from '@clearyard/contract/errors.ts'

/** A running clock is ahead of (or behind) real time by `offsetMs`; a frozen one stands at `frozenAt`. */
export type Clock = { frozenAt: Date | null; offsetMs: number }

/** The world's time at a moment of real time. */
export const timeOf = (clock: Clock, realMs: number): Date => clock.frozenAt ?? new Date(realMs + clock.offsetMs)

/**
 * A change to a clock.
 * @property mode `frozen` stands still, `running` goes on from where it is, `real` follows real time again
 * @property set the instant to be
 * @property advanceMs how far to go ahead
 */
export type ClockChange = { mode?: 'frozen' | 'running' | 'real'; set?: Date; advanceMs?: number }

/** The clock of a new world, which may begin at any time. */
export const startClock = (start: ClockChange, realMs: number): Clock => {
  const target = start.set ?? new Date(realMs + (start.advanceMs ?? 0))
  if (start.mode === 'frozen') return { frozenAt: target, offsetMs: 0 }
  return { frozenAt: null, offsetMs: target.getTime() - realMs }
}

/**
 * The clock after a change.
 * @throws Refusal when the change would take it back
 */
export const changeClock = (clock: Clock, change: ClockChange, realMs: number): Clock => {
  const now = timeOf(clock, realMs)
  const target =
    change.mode === 'real' ? new Date(realMs) : (change.set ?? new Date(now.getTime() + (change.advanceMs ?? 0)))
  if (target < now) {
    const path = change.mode === 'real' ? '/mode' : '/set'
    throw invalid({
      code: 'NotAllowed',
      message: `The clock is at ${now.toISOString()} and does not go back.`,
      path,
    })
  }
  const frozen = change.mode === undefined ? clock.frozenAt !== null : change.mode === 'frozen'
  return frozen
    ? { frozenAt: target, offsetMs: 0 }
    : { frozenAt: null, offsetMs: change.mode === 'real' ? 0 : target.getTime() - realMs }
}
