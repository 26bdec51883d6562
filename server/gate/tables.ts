/**
 * The tables that operations work on, and the words they load and save with. Nothing here does any I/O: what is not in
 * memory is asked for by a miss, what is written is saved with the batch. Rows are frozen; a change gives a new one.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { ColumnType } from './literals.ts'
import { keyLoad, listLoad, MemberTx } from './member-tx.ts'
import type { Ctx } from './operation.ts'
import { type Row, type Shape, shapeOf } from './shape.ts'

export type { ColumnType } from './literals.ts'

export type TableOptions<R extends { id: string }> = {
  name: string
  /** Every column but `account_id` and `ordinal`, with its SQL type. */
  columns: { [C in keyof R & string]: ColumnType }
  /** Columns (uuid or text) that are unique within an account (null is never unique): rows are found by them. */
  uniques?: readonly (keyof R & string)[]
  /** Columns (uuid or text) that name a parent: rows are listed by them once the parent is locked. */
  parents?: readonly (keyof R & string)[]
  /** Whether rows carry the hidden `ordinal` that lists sort by; the gate assigns it when it saves new rows. */
  ordinal?: boolean
  /** Rows are only ever inserted, and loaded without a lock (ledger entries). */
  insertOnly?: boolean
  /** The columns of the primary key, when it is not `(account_id, id)`. */
  primaryKey?: readonly string[]
}

export interface Table<R extends { id: string }> {
  readonly shape: Shape
  /** The row, locked, or null when there is none. */
  find(ctx: Ctx, id: string): Readonly<R> | null
  /** The row with this value in a unique column, locked, or null. */
  findBy(ctx: Ctx, column: keyof R & string, value: string): Readonly<R> | null
  /** The row, locked; refuses with NotFound when there is none. */
  get(ctx: Ctx, id: string): Readonly<R>
  /**
   * Rows of a parent, own inserts and neighbours' included, in ordinal order (in id order where there is none).
   * Load the parent first: its lock is what keeps others from adding to them.
   */
  list(ctx: Ctx, column: keyof R & string, parentId: string): Readonly<R>[]
  /** Saves a new row with the batch; freezes it. Look for the row first where another may have its key. */
  insert(ctx: Ctx, row: R): void
  /**
   * Saves `change` over `row`; gives the changed row. `row` must be the row as it stands, from the last `find` or
   * `set`: an older snapshot is an Error, because it would undo what was saved over it.
   */
  set(ctx: Ctx, row: Readonly<R>, change: Partial<Omit<R, 'id'>>): Readonly<R>
}

/** What a member reads and writes through; opaque to operations, which use the tables' own words. */
export interface Tx {
  /** Asks for several rows in one load round: call it before finds that would each miss on their own. */
  want(...wanted: readonly (readonly [table: { readonly shape: Shape }, value: string, by?: string])[]): void
}

const txOf = ({ tx }: Ctx): MemberTx => {
  if (tx instanceof MemberTx) return tx
  throw new Error('tables are read and written inside the gate alone')
}

/** Names a table to the gate; the row type is the caller's word for what its columns hold. */
export const table = <R extends { id: string }>(options: TableOptions<R>): Table<R> => {
  const shape = shapeOf(options)
  // the columns of the shape are those of R: what is loaded by it is an R
  const typed = (row: Row | null) => row as Readonly<R> | null
  const find = (ctx: Ctx, id: string) => typed(txOf(ctx).find(shape, shape.byId, id))
  return {
    shape,
    find,
    findBy: (ctx, column, value) => typed(txOf(ctx).find(shape, keyLoad(shape, column), value)),
    get: (ctx, id) => {
      const row = find(ctx, id)
      if (!row) throw new Refusal('NotFound')
      return row
    },
    list: (ctx, column, parentId) => txOf(ctx).list(shape, listLoad(shape, column), parentId) as Row[] as Readonly<R>[],
    insert: (ctx, row) => txOf(ctx).insert(shape, row as R & Row),
    set: (ctx, row, change) => txOf(ctx).set(shape, row as Readonly<R> & Row, change) as Row as Readonly<R>,
  }
}
