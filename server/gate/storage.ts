/** Loading and saving for a whole batch: a statement a table, whatever the number of rows and members. */
import type { Sealer } from '../sealing.ts'
import { arrayLiteral } from './literals.ts'
import { takeOrdinals } from './ordinal.ts'
import { type BatchRows, type Held, keyIn } from './rows.ts'
import { type Sealed, sealCell } from './sealed.ts'
import type { Column, Load, Row, Shape, Statement } from './shape.ts'
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
  for (let index = 0; index < shape.columns.length; index++) {
    const { name, type } = shape.columns[index]!
    row[name] = type === 'sealed' && values[index] !== null ? { bytes: values[index] } : values[index]
  }
  return { row: row as Row, ordinal: shape.hasOrdinal ? (values[shape.columns.length] as bigint) : null }
}

/**
 * Saves every row once, as it stands at the end of the batch: the changed ones first, so that a unique value is free
 * before a new row takes it. New rows get their ordinals here, in the order they were inserted in.
 */
export const saveRows = async (
  transaction: Transaction,
  accountId: string,
  rows: BatchRows,
  sealer: Sealer,
): Promise<void> => {
  const to = { transaction, accountId, sealer }
  const firstOrdinal = takeOrdinals(rows.placeCount)
  const withOrdinal = (held: Held): Held => ({ ...held, ordinal: firstOrdinal + BigInt(held.place) })
  const tables = rows.unsaved().map(({ shape, held }) => {
    const [changed, inserted] = [held.filter(({ loaded }) => loaded), held.filter(({ loaded }) => !loaded)]
    return { shape, changed: inReleaseOrder(shape, changed), inserted: inserted.map(withOrdinal).sort(byKey(shape)) }
  })
  for (const { shape, changed } of tables) await save(to, shape.upsert, shape, changed)
  for (const { shape, inserted } of tables) await save(to, shape.insert, shape, inserted)
}

/**
 * Changed rows so that each gives up a unique value before another takes it, because PostgreSQL checks row by row.
 * Values that go round in a circle have no such order: PostgreSQL refuses them in one batch, and so in one member.
 */
const inReleaseOrder = (shape: Shape, changed: readonly Held[]): readonly Held[] => {
  const given = new Map<string, Held>()
  const slot = (load: Load, row: Row | null): string | null => {
    const key = row && keyIn(load, row)
    return key === null ? null : `${load.column} ${key}`
  }
  for (const held of changed)
    for (const load of shape.uniques) {
      const before = slot(load, held.loaded)
      if (before !== null && before !== slot(load, held.row)) given.set(before, held)
    }
  if (given.size === 0) return changed
  const ordered = new Set<Held>()
  const visited = new Set<Held>()
  const visit = (held: Held): void => {
    if (visited.has(held)) return
    visited.add(held)
    for (const load of shape.uniques) {
      const giver = given.get(slot(load, held.row) ?? '')
      if (giver) visit(giver)
    }
    ordered.add(held)
  }
  for (const held of changed) visit(held)
  return [...ordered]
}

/** The order in which new unique keys are taken: the same in every server, or two of them would dead-lock. */
const byKey = (shape: Shape) => {
  const column = shape.uniques[0]?.column ?? 'id'
  return (a: Held, b: Held) => (String(a.row[column]) < String(b.row[column]) ? -1 : 1)
}

type Target = { readonly transaction: Transaction; readonly accountId: string; readonly sealer: Sealer }

/** The literal of a column; what is sealed becomes bytes here, bound to its place. */
const literalOf = (
  { accountId, sealer }: Target,
  table: string,
  { name, type }: Column,
  rows: readonly Row[],
): string => {
  if (type !== 'sealed')
    return arrayLiteral(
      type,
      rows.map((row) => row[name]),
    )
  const sealed = rows.map((row) => {
    const value = row[name] as Sealed | null
    return value && sealCell(sealer, { accountId, table, id: row.id, column: name }, value)
  })
  return arrayLiteral('bytea', sealed)
}

const save = async (
  to: Target,
  statement: Statement,
  { name, columns, hasOrdinal }: Shape,
  held: readonly Held[],
): Promise<void> => {
  if (held.length === 0) return
  const rows = held.map(({ row }) => row)
  const ordinals = held.map(({ ordinal }) => ordinal)
  const arrays = columns.map((column) => literalOf(to, name, column, rows))
  if (hasOrdinal) arrays.push(arrayLiteral('bigint', ordinals))
  const { rowCount } = await to.transaction.query(statement, [to.accountId, ...arrays])
  if (rowCount !== held.length) throw new Error(`saved ${rowCount} of ${held.length} rows of ${name}`)
}
