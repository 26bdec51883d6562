/** What one run of a member reads and writes through: the batch's rows, and the miss that ends a run early. */
import { keyOf } from './literals.ts'
import type { BatchRows, Wanted } from './rows.ts'
import type { Load, Row, Shape } from './shape.ts'

/**
 * Thrown when a run needs rows that are not in memory: the gate loads them with what other members need, and runs the
 * member again. One object for all, because a stack trace would cost more than the run.
 */
const miss = new Error('rows are to be loaded before this operation can go on')

export class MemberTx {
  readonly #rows: BatchRows
  readonly #made = new Set<string>()
  #missed = false
  #ended = false

  constructor(rows: BatchRows) {
    this.#rows = rows
  }

  /** Whether this run asked for what was not there: then whatever came of it does not count. */
  get missed(): boolean {
    return this.#missed
  }

  /** From now on a use is refused: an operation that goes on after it has returned would write into other members. */
  end(): void {
    this.#ended = true
  }

  /** Notes an id that this run has made: no row of the database can have it, or name it. */
  noteMade(id: string): string {
    this.#made.add(id)
    return id
  }

  find(shape: Shape, load: Load, value: string): Row | null {
    const key = keyOf(load.keyType, value)
    if (key === null) return null
    const row = this.#look(shape, load, key)
    if (row === undefined) throw this.#miss(shape, load, key)
    return row
  }

  list(shape: Shape, load: Load, value: string): Row[] {
    const key = keyOf(load.keyType, value)
    if (key === null) return []
    const rows = this.#open()
    if (rows.list(shape, load, key) === undefined && this.#made.has(key)) rows.add(nothing(shape, load, key), [])
    const children = rows.list(shape, load, key)
    if (children === undefined) throw this.#miss(shape, load, key)
    return children
  }

  /** Asks for several rows at once; throws the miss when any of them is not in memory. */
  want(...wanted: readonly (readonly [table: { readonly shape: Shape }, value: string, by?: string])[]): void {
    for (const [{ shape }, value, by] of wanted) {
      const load = keyLoad(shape, by ?? 'id')
      const key = keyOf(load.keyType, value)
      if (key !== null && this.#look(shape, load, key) === undefined) this.#miss(shape, load, key)
    }
    if (this.#missed) throw miss
  }

  insert(shape: Shape, row: Row): void {
    this.#open().insert(shape, row)
  }

  set(shape: Shape, row: Row, change: Readonly<Record<string, unknown>>): Row {
    return this.#open().set(shape, row, change)
  }

  #look(shape: Shape, load: Load, key: string): Row | null | undefined {
    const row = this.#open().find(shape, load, key)
    return row === undefined && this.#made.has(key) ? null : row
  }

  #open(): BatchRows {
    if (this.#ended) throw new Error('an operation went on after it had returned: it must be synchronous')
    return this.#rows
  }

  #miss(shape: Shape, load: Load, key: string): Error {
    this.#missed = true
    this.#rows.want(shape, load, key)
    return miss
  }
}

const nothing = (shape: Shape, load: Load, key: string): Wanted => ({ shape, load, keys: new Set([key]) })

/** The load by id or by a unique column. */
export const keyLoad = (shape: Shape, column: string): Load => {
  const load = column === 'id' ? shape.byId : shape.uniques.find((unique) => unique.column === column)
  if (!load) throw new Error(`${shape.name}.${column} is not unique`)
  return load
}

/** The load of the rows whose parent this column names. */
export const listLoad = (shape: Shape, column: string): Load => {
  const load = shape.parents.find((parent) => parent.column === column)
  if (!load) throw new Error(`${shape.name}.${column} names no parent`)
  return load
}
