/**
 * Seals again, with the first key of the ring, whatever another one sealed: row by row, each with a compare-and-set, so
 * that what a request writes meanwhile is never overwritten. Each row is a transaction of its own: it never holds one
 * row while it waits for another, so no request has to give way to it.
 */
import type { Pool } from 'pg'
import { headerOf, keyIdOf, type Sealer } from '../sealing.ts'
import { StartError } from '../start-error.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'

export type Progress = { looked: number; resealed: number }

type Options = {
  pool: Pool
  sealer: Sealer
  /** The name of the key that seals. */
  keyId: string
  onProgress: (progress: Progress) => void
}

type Found = { account_id: string; id: string; sealed: Buffer | null }

/** What a pass met: `behind` counts values that were not sealed with the key. */
type Pass = Progress & { behind: number; unopened: string[] }

const chunkRows = 500
const lanes = 4
/** When a pass still finds values of another key after so many, somebody keeps making them. */
const mostPasses = 10

const before = '00000000-0000-0000-0000-000000000000'

const resealRow = async ({ pool, sealer }: Options, to: SealedColumn, row: Found, pass: Pass): Promise<void> => {
  if (!row.sealed) return
  const place = to.place(row.account_id, row.id)
  const plain = sealer.open(to.purpose, place, row.sealed)
  if (!plain) {
    pass.unopened.push(`${to.table}.${to.column} of ${row.id}, sealed with key ${keyIdOf(row.sealed)}`)
    return
  }
  pass.behind++
  const sealed = sealer.seal(to.purpose, place, plain)
  const { rowCount } = await pool.query(to.write, [row.account_id, row.id, row.sealed, sealed])
  pass.resealed += rowCount ?? 0
}

const resealRows = async (options: Options, column: SealedColumn, rows: readonly Found[], pass: Pass) => {
  let next = 0
  const lane = async () => {
    for (let row = rows[next++]; row; row = rows[next++]) await resealRow(options, column, row, pass)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

const resealColumn = async (options: Options, column: SealedColumn, pass: Pass): Promise<void> => {
  const { pool, keyId, onProgress } = options
  const header = headerOf(keyId)
  let last = { account_id: before, id: before }
  for (;;) {
    const { rows } = await pool.query<Found>(column.read, [last.account_id, last.id, header, chunkRows])
    await resealRows(options, column, rows, pass)
    pass.looked += rows.length
    onProgress(pass)
    const end = rows.at(-1)
    if (!end || rows.length < chunkRows) return
    last = end
  }
}

const refuseUnopened = ([first, ...others]: readonly string[]): void => {
  if (first === undefined) return
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  throw new StartError(
    `${others.length + 1} sealed value(s) do not open (${first}${more}): give the key that sealed them as well, ` +
      'keep the old keys, and run this again',
  )
}

/**
 * Goes through every sealed column until a whole pass finds nothing that another key sealed.
 * @returns how many values were sealed again
 * @throws StartError when a value does not open, or others keep sealing with another key
 */
export const resealEverything = async (options: Options): Promise<number> => {
  const pass: Pass = { looked: 0, resealed: 0, behind: 0, unopened: [] }
  for (let count = 0; count < mostPasses; count++) {
    pass.behind = 0
    for (const column of sealedColumns) await resealColumn(options, column, pass)
    refuseUnopened(pass.unopened)
    if (pass.behind === 0) return pass.resealed
  }
  throw new StartError(
    `others keep sealing with another key than ${options.keyId}: put it first in CLEARYARD_SEAL_KEYS of every server, ` +
      'start them anew, and run this again',
  )
}
