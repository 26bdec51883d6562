/** Loading and saving for a whole batch: a statement a table, whatever the number of rows and members. */
import { arrayLiteral } from './literals.ts'
import { takeOrdinals } from './ordinal.ts'
import { type BatchRows, type Held, isNew } from './rows.ts'
import type { Row, Shape, Statement } from './shape.ts'
import type { Transaction } from './transaction.ts'

/**
 * Loads what the members missed, each table once by each key, and locks it. Tables go by name and keys are sorted, so
 * that two servers which want the same rows wait for each other instead of dead-locking.
 */
export const loadWanted = async (transaction: Transaction, accountId: string, rows: BatchRows): Promise<void> => {
  for (const wanted of rows.takeWanted()) {
    const { shape, load, keys } = wanted
    const literal = arrayLiteral(load.keyType, [...keys].sort())
    const loaded = await transaction.query(load, [accountId, literal])
    rows.add(
      wanted,
      loaded.rows.map((values) => loadedRow(shape, values)),
    )
  }
}

const loadedRow = (shape: Shape, values: readonly unknown[]): { row: Row; ordinal: bigint | null } => {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < shape.columns.length; index++) row[shape.columns[index]!.name] = values[index]
  return { row: row as Row, ordinal: shape.hasOrdinal ? (values[shape.columns.length] as bigint) : null }
}

/**
 * Saves every row once, as it stands at the end of the batch: the changed ones first, so that a unique value is free
 * before a new row takes it. New rows get their ordinals here, in the order they were inserted in.
 */
export const saveRows = async (transaction: Transaction, accountId: string, rows: BatchRows): Promise<void> => {
  const firstOrdinal = takeOrdinals(rows.placeCount)
  const tables = rows.unsaved().map(({ shape, held }) => ({
    shape,
    changed: held.filter((row) => !isNew(row)),
    inserted: held.filter(isNew).map((row) => ({ ...row, ordinal: firstOrdinal + BigInt(row.place) })),
  }))
  for (const { shape, changed } of tables) await save(transaction, shape.upsert, accountId, shape, changed)
  for (const { shape, inserted } of tables)
    await save(transaction, shape.insert, accountId, shape, inserted.sort(byKey(shape)))
}

/** The order in which new unique keys are taken: the same in every server, or two of them would dead-lock. */
const byKey = (shape: Shape) => {
  const column = shape.uniques[0]?.column ?? 'id'
  return (a: Held, b: Held) => (String(a.row[column]) < String(b.row[column]) ? -1 : 1)
}

const save = async (
  transaction: Transaction,
  statement: Statement,
  accountId: string,
  { name, columns, hasOrdinal }: Shape,
  held: readonly Held[],
): Promise<void> => {
  if (held.length === 0) return
  const values = columns.map((column) =>
    arrayLiteral(
      column.type,
      held.map(({ row }) => row[column.name]),
    ),
  )
  if (hasOrdinal)
    values.push(
      arrayLiteral(
        'bigint',
        held.map(({ ordinal }) => ordinal),
      ),
    )
  const { rowCount } = await transaction.query(statement, [accountId, ...values])
  if (rowCount !== held.length) throw new Error(`saved ${rowCount} of ${held.length} rows of ${name}`)
}
