/**
 * What the gate must know of a table to load and save many rows at once, and the words an operation loads and saves
 * with. (Interface fixed by the lead; implementation: helper B.)
 */
import type { Ctx } from './operation.ts'

/** The SQL type of a column, as it is cast in `unnest($n::type[])`. Nullable columns are declared by the row type. */
export type ColumnType = 'uuid' | 'text' | 'bigint' | 'integer' | 'boolean' | 'timestamptz' | 'jsonb' | 'bytea'

export type TableOptions<R extends { id: string }> = {
  name: string
  /** Every column but `account_id` and `ordinal`, with its SQL type. */
  columns: { [C in keyof R & string]: ColumnType }
  /** Columns that are unique within an account (null is never unique): rows are found by them. */
  uniques?: readonly (keyof R & string)[]
  /** Columns that name a parent: rows are listed by them once the parent is locked. */
  parents?: readonly (keyof R & string)[]
  /** Whether rows carry the hidden `ordinal` that lists sort by; the gate assigns it when it saves new rows. */
  ordinal?: boolean
  /** Rows are only ever inserted, and loaded without a lock (ledger entries). */
  insertOnly?: boolean
  /** The columns of the primary key, when it is not `(account_id, id)`. */
  primaryKey?: readonly string[]
}

export interface Table<R extends { id: string }> {
  readonly options: TableOptions<R>
  /** The row, or null when there is none. */
  find(ctx: Ctx, id: string): R | null
  /** The row with this value in a unique column, or null. */
  findBy(ctx: Ctx, column: keyof R & string, value: string): R | null
  /** The row; refuses with NotFound when there is none. */
  get(ctx: Ctx, id: string): R
  /** Rows of a parent (lock the parent first: absence is not locked), own inserts and neighbours' included, in ordinal order. */
  list(ctx: Ctx, column: keyof R & string, parentId: string): R[]
  insert(ctx: Ctx, row: R): void
  /** Saves `change` over `row`; gives the changed row. `row` must be what was loaded, not an older snapshot. */
  set(ctx: Ctx, row: R, change: Partial<Omit<R, 'id'>>): R
}

/** What a member reads and writes through; opaque to operations, which use the tables' own words. */
export interface Tx {
  /** Several rows in one load round: call it before finds that depend on each other's tables. */
  want(...wanted: readonly (readonly [table: Table<{ id: string }>, value: string, by?: string])[]): void
}

export const table = <R extends { id: string }>(_options: TableOptions<R>): Table<R> => {
  throw new Error('helper B writes this')
}
