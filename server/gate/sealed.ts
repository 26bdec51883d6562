/**
 * A value of a sealed column, as operations see it: a new one is plain text until the gate saves it, a loaded one is
 * bytes that an operation cannot read and does not need to. The gate seals at the edge, so a run stays pure; what is
 * sealed is bound to its account, table, row and column, and opens nowhere else.
 */
import type { Sealer } from '../sealing.ts'

export type Sealed = { readonly plain: string } | { readonly bytes: Uint8Array }

/** Where a sealed value is kept. */
export type Cell = { accountId: string; table: string; id: string; column: string }

/** What the bytes of a cell are bound to. */
export const placeOf = ({ accountId, table, id, column }: Cell): string => `${accountId}|${table}|${id}|${column}`

/** The bytes to store. A value that was loaded is stored as it came. */
export const sealCell = (sealer: Sealer, cell: Cell, value: Sealed): Uint8Array =>
  'bytes' in value ? value.bytes : sealer.seal('column', placeOf(cell), Buffer.from(value.plain))

/**
 * The text that was sealed into this cell.
 * @throws Error when the bytes were sealed for another cell, or with keys that are not here
 */
export const openCell = (sealer: Sealer, cell: Cell, bytes: Uint8Array): string => {
  const opened = sealer.open('column', placeOf(cell), bytes)
  if (!opened)
    throw new Error(`${cell.table}.${cell.column} of ${cell.id} does not open: its keys are missing, or it was moved`)
  return opened.toString()
}
