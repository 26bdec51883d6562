/**
 * What a failed batch means for its members. The rule: only what is proven to be rolled back runs again, and a commit
 * whose answer was lost is proven by nothing.
 */
import pg from 'pg'

/** No connection could be had: nothing was tried. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** The connection was lost before COMMIT was sent, so the transaction can only have been rolled back. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** The connection was lost after COMMIT was sent: what the members did is saved, or it is not. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/**
 * PostgreSQL refused what one member alone had to save: nothing of it is saved. Says where, and nothing of PostgreSQL's
 * own words, because those quote the values.
 */
export class NotSaved extends Error {
  override readonly name = 'NotSaved'
  readonly sqlState: string
  readonly constraint: string | undefined

  constructor(error: pg.DatabaseError) {
    super(`PostgreSQL refused to save a row of ${error.table ?? 'a table'}: ${error.code} ${error.constraint ?? ''}`)
    this.sqlState = error.code ?? ''
    this.constraint = error.constraint
  }
}

/**
 * What to do about a failed batch.
 * `again`: it lost a race, or its connection before COMMIT. `lookAgain`: another server saved a unique value first; the
 * loads of the next run see it. `singly`: one member's rows cannot be saved; alone, it fails alone. `unavailable`: the
 * database cannot work now. `unknown`: never to be run again. `fault`: a mistake of ours, in every member alike.
 */
export type Remedy = 'again' | 'lookAgain' | 'singly' | 'unavailable' | 'unknown' | 'fault'

const uniqueViolation = '23505'
const lostRaces = new Set(['40001', '40P01'])
// data exception, integrity constraint violation, program limit exceeded (a value too long for its index)
const ofOneMember = new Set(['22', '23', '54'])
// insufficient resources, operator intervention, system error; a lock not had in time
const notNow = (state: string): boolean => /^(53|57|58|55P03)/.test(state)
// connection exceptions; a session that was ended, or timed out; a server that has become a read-only standby, which a
// new connection may find replaced. By code, because the severity comes in the language of the server
const ofConnection = (state: string): boolean => /^(08|57P|25P03|25P04|25006)/.test(state)

/** The SQLSTATE of an error that PostgreSQL answered with, undefined for every other. */
const sqlStateOf = (error: unknown): string | undefined => (error instanceof pg.DatabaseError ? error.code : undefined)

/** Whether an error says that the connection is of no more use, and not that a statement was refused. */
export const endsConnection = (error: unknown): boolean => {
  const state = sqlStateOf(error)
  return state === undefined || ofConnection(state)
}

/** Whether COMMIT answered with this error has certainly saved nothing. */
export const isProvenRollback = (error: unknown): boolean => {
  const state = sqlStateOf(error)
  return state !== undefined && !endsConnection(error) && (lostRaces.has(state) || /^2[23]/.test(state))
}

export const remedyFor = (error: unknown): Remedy => {
  if (error instanceof OutcomeUnknown) return 'unknown'
  if (error instanceof Unreachable) return 'unavailable'
  if (error instanceof ConnectionLost) return 'again'
  const state = sqlStateOf(error)
  // not of the database: a value that could not be written down, so one member's
  if (state === undefined) return 'singly'
  if (lostRaces.has(state)) return 'again'
  if (state === uniqueViolation) return 'lookAgain'
  if (ofOneMember.has(state.slice(0, 2))) return 'singly'
  return notNow(state) ? 'unavailable' : 'fault'
}

/** What to call a failure in metrics: a code that quotes nothing of what was to be saved. */
export const reasonOf = (error: Error): string => {
  const { code } = (error.cause ?? error) as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}
