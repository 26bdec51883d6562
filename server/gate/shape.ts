/** A table as the gate sees it, whatever its rows are: what it keeps in memory of it, and the statements it sends. */
import { type ColumnType, type KeyType, sqlTypeOf } from './literals.ts'

/** Rows in memory are frozen: what one member holds, its neighbours may hold too. */
export type Row = { readonly id: string; readonly [column: string]: unknown }

/** Prepared under its name, or, without one, planned each time for the table as it is then. */
export type Statement = { readonly name?: string; readonly text: string }

/** One way to load rows of a table: by id, by a unique column, or, as a list, by the column that names their parent. */
export type Load = Statement & {
  readonly column: string
  readonly keyType: KeyType
  readonly isList: boolean
  /** The loads of a round go out in this order in every process: tables by name, then id, parents and uniques. */
  readonly order: string
}

export type Column = { readonly name: string; readonly type: ColumnType }

export type Shape = {
  readonly name: string
  readonly columns: readonly Column[]
  readonly byId: Load
  readonly uniques: readonly Load[]
  readonly parents: readonly Load[]
  readonly hasOrdinal: boolean
  readonly isInsertOnly: boolean
  readonly insert: Statement
  readonly upsert: Statement
}

export type ShapeOptions = {
  name: string
  columns: Readonly<Record<string, ColumnType>>
  uniques?: readonly string[]
  parents?: readonly string[]
  ordinal?: boolean
  insertOnly?: boolean
  primaryKey?: readonly string[]
}

const longestStatementName = 63
const quoted = (name: string): string => `"${name}"`
const listed = (names: readonly string[]): string => names.map(quoted).join(', ')

/** A prepared statement. PostgreSQL would cut a longer name, and two could meet. */
const statement = (name: string, text: string): Statement => {
  if (name.length > longestStatementName) throw new Error(`the statement name "${name}" is too long`)
  return { name, text }
}

/** The columns as they are selected and inserted: the ordinal, which no row shows, comes last. */
const storedColumns = (options: ShapeOptions): Column[] => [
  ...Object.entries(options.columns).map(([name, type]) => ({ name, type })),
  ...(options.ordinal ? [{ name: 'ordinal', type: 'bigint' as const }] : []),
]

/**
 * A lateral probe a key, because `key = any($2)` reads an account's whole range while a table has no fresh statistics,
 * and the tables of a new world never have. Rows are locked as they are found: keys come sorted, lists have an order.
 */
const loadText = (options: ShapeOptions, column: string, isList: boolean): string => {
  const selected = listed(storedColumns(options).map((stored) => stored.name))
  const which = isList ? `order by ${options.ordinal ? 'ordinal' : 'id'}` : 'limit 1'
  const lock = options.insertOnly ? '' : ' for update'
  const probe = `select ${selected} from ${quoted(options.name)} where account_id = $1 and ${quoted(column)} = k.v`
  return `select c.* from unnest($2::${options.columns[column]}[]) k(v), lateral (${probe} ${which}${lock}) c`
}

/**
 * Only what is found by id is prepared. The primary key begins with `account_id` as other indexes do, and while a table
 * has a hundred rows it may seem the better way to a unique value or a parent; a plan kept from then reads whole
 * accounts.
 */
const loadOf = (options: ShapeOptions, column: string, kind: 'id' | 'parent' | 'unique'): Load => {
  const keyType = options.columns[column]
  if (keyType !== 'uuid' && keyType !== 'text') throw new Error(`${options.name}.${column} must be uuid or text`)
  const isList = kind === 'parent'
  const text = loadText(options, column, isList)
  return {
    ...(kind === 'id' ? statement(`load ${options.name} by id`, text) : { text }),
    column,
    keyType,
    isList,
    order: `${options.name} ${kind} ${column}`,
  }
}

const insertText = (options: ShapeOptions): string => {
  const columns = storedColumns(options)
  const arrays = columns.map(({ type }, index) => `$${index + 2}::${sqlTypeOf(type)}[]`).join(', ')
  const names = listed(columns.map(({ name }) => name))
  return `insert into ${quoted(options.name)} (account_id, ${names}) select $1, n.* from unnest(${arrays}) n`
}

/** Not `update … from unnest`, which reads an account's whole range like `any` does. */
const upsertText = (options: ShapeOptions): string => {
  const primaryKey = options.primaryKey ?? ['account_id', 'id']
  const changeable = Object.keys(options.columns).filter((column) => column !== 'id' && !primaryKey.includes(column))
  const changes = changeable.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')
  return `${insertText(options)} on conflict (${listed(primaryKey)}) do update set ${changes}`
}

/** @throws Error when a key is of a type that rows cannot be found by, or a name is too long */
export const shapeOf = (options: ShapeOptions): Shape => ({
  name: options.name,
  columns: Object.entries(options.columns).map(([name, type]) => ({ name, type })),
  byId: loadOf(options, 'id', 'id'),
  uniques: (options.uniques ?? []).map((column) => loadOf(options, column, 'unique')),
  parents: (options.parents ?? []).map((column) => loadOf(options, column, 'parent')),
  hasOrdinal: options.ordinal ?? false,
  isInsertOnly: options.insertOnly ?? false,
  insert: statement(`insert ${options.name}`, insertText(options)),
  upsert: statement(`upsert ${options.name}`, upsertText(options)),
})
