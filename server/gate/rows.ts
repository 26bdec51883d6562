/**
 * What a batch knows of the tables, as the next member to run sees it: rows loaded and locked, rows its neighbours have
 * changed, and keys that no row has. A member writes straight into it, because members run one at a time; a journal of
 * what was there before takes a member's writes out again when it throws, so that it fails alone.
 */
import { fits, keyOf } from './literals.ts'
import type { Load, Row, Shape } from './shape.ts'

/** A row and what of it no operation sees. */
export type Held = {
  readonly row: Row
  /** The row as it was loaded, null for a new one. */
  readonly loaded: Row | null
  readonly ordinal: bigint | null
  /** Where a new row stands among all that the batch inserts; its ordinal comes of it. */
  readonly place: number
}

/** Of one table. A key that is not in a map is unknown, and must be loaded; null is known to be absent. */
type TableRows = {
  readonly shape: Shape
  readonly byId: Map<string, Held | null>
  /** By unique column: the id of the row that has the value. */
  readonly byUnique: ReadonlyMap<Load, Map<string, string | null>>
  /** By parent column: the ids of every row that has or had this parent. */
  readonly byParent: ReadonlyMap<Load, Map<string, Map<string, true>>>
  readonly unsaved: Map<string, Held>
}

type Entry = { readonly map: Map<string, unknown>; readonly key: string; readonly before: unknown }

export type Wanted = { readonly shape: Shape; readonly load: Load; readonly keys: Set<string> }

/** The row's own key in a column that rows are found or listed by; null has none. */
export const keyIn = ({ column, keyType }: Load, row: Row): string | null => {
  const value = row[column]
  return typeof value === 'string' ? keyOf(keyType, value) : null
}

const tableRows = (shape: Shape): TableRows => ({
  shape,
  byId: new Map(),
  byUnique: new Map(shape.uniques.map((load) => [load, new Map()])),
  byParent: new Map(shape.parents.map((load) => [load, new Map()])),
  unsaved: new Map(),
})

/** Rows of one list as lists are sorted: by ordinal, the batch's own inserts after it; or by id where there is none. */
const inListOrder = (shape: Shape) => (a: Held, b: Held) => {
  if (!shape.hasOrdinal) return a.row.id < b.row.id ? -1 : 1
  if (a.loaded && b.loaded) return (a.ordinal ?? 0n) < (b.ordinal ?? 0n) ? -1 : 1
  return a.loaded ? -1 : b.loaded ? 1 : a.place - b.place
}

export class BatchRows {
  readonly #tables = new Map<string, TableRows>()
  readonly #wanted = new Map<Load, Wanted>()
  readonly #journal: Entry[] = []
  #unsavedBefore = 0
  #unsaved = 0
  #places = 0

  /** How many rows are to be saved. */
  get unsavedCount(): number {
    return this.#unsaved
  }

  /** How many places have been given out: the ordinals that saving needs. */
  get placeCount(): number {
    return this.#places
  }

  /** The row with this key, null when there is none, undefined when that is not known. */
  find(shape: Shape, load: Load, key: string): Row | null | undefined {
    const rows = this.#rowsOf(shape)
    const id = load === shape.byId ? key : rows.byUnique.get(load)?.get(key)
    if (id === undefined || id === null) return id
    const held = rows.byId.get(id)
    return held ? held.row : held
  }

  /** The rows with this parent, or undefined when they are not known. */
  list(shape: Shape, load: Load, key: string): Row[] | undefined {
    const rows = this.#rowsOf(shape)
    const ids = rows.byParent.get(load)?.get(key)
    if (!ids) return undefined
    const children: Held[] = []
    for (const id of ids.keys()) {
      const held = rows.byId.get(id)
      if (held && keyIn(load, held.row) === key) children.push(held)
    }
    return children.sort(inListOrder(shape)).map((held) => held.row)
  }

  /** Notes that a member cannot go on without what this load gives. */
  want(shape: Shape, load: Load, key: string): void {
    const wanted = this.#wanted.get(load)
    if (wanted) wanted.keys.add(key)
    else this.#wanted.set(load, { shape, load, keys: new Set([key]) })
  }

  /** What is wanted since this was last asked, in the order it is to be loaded in. */
  takeWanted(): Wanted[] {
    const wanted = [...this.#wanted.values()].sort((a, b) => (a.load.order < b.load.order ? -1 : 1))
    this.#wanted.clear()
    return wanted
  }

  /** Takes in what a load gave. What is known already is locked, and perhaps changed here: it stays as it is. */
  add({ shape, load, keys }: Wanted, loaded: readonly { row: Row; ordinal: bigint | null }[]): void {
    const rows = this.#rowsOf(shape)
    for (const { row, ordinal } of loaded) {
      if (rows.byId.get(row.id)) continue
      rows.byId.set(row.id, { row: Object.freeze(row), loaded: row, ordinal, place: 0 })
      for (const [unique, ids] of rows.byUnique) {
        const key = keyIn(unique, row)
        if (key !== null && !ids.get(key)) ids.set(key, row.id)
      }
    }
    if (load.isList) this.#addLists(rows, load, keys, loaded)
    const known: Map<string, unknown> | undefined = load === shape.byId ? rows.byId : rows.byUnique.get(load)
    for (const key of keys) if (known && !known.has(key)) known.set(key, null)
  }

  insert(shape: Shape, row: Row): void {
    const rows = this.#rowsOf(shape)
    for (const { name, type } of shape.columns)
      if (!fits(type, row[name])) throw new Error(`${shape.name}.${name} cannot hold what was to be inserted`)
    const held = { row: Object.freeze(row), loaded: null, ordinal: null, place: this.#places++ }
    const id = keyIn(shape.byId, row)
    if (id !== row.id) throw new Error(`an id of ${shape.name} is not spelled as PostgreSQL would`)
    if (rows.byId.get(id)) throw new Error(`${shape.name} already has a row with this id`)
    this.#hold(rows, null, held)
  }

  /** @throws Error when `row` is not the row as it stands: an older snapshot would undo what came after it */
  set(shape: Shape, row: Row, change: Readonly<Record<string, unknown>>): Row {
    const rows = this.#rowsOf(shape)
    const before = rows.byId.get(row.id)
    if (shape.isInsertOnly) throw new Error(`rows of ${shape.name} are never changed`)
    if (before?.row !== row) throw new Error(`a row of ${shape.name} was to be changed over an older snapshot of it`)
    if ('id' in change && change['id'] !== row.id) throw new Error(`an id of ${shape.name} never changes`)
    const after: Row = Object.freeze({ ...row, ...change })
    for (const { name, type } of shape.columns)
      if (after[name] !== row[name] && !fits(type, after[name]))
        throw new Error(`${shape.name}.${name} cannot hold what it was to be set to`)
    this.#hold(rows, before, { ...before, row: after })
    return after
  }

  /** What was written so far stays. */
  keep(): void {
    this.#journal.length = 0
    this.#unsavedBefore = this.#unsaved
  }

  /** Takes out what was written since `keep`. */
  undo(): void {
    for (let entry = this.#journal.pop(); entry; entry = this.#journal.pop())
      if (entry.before === undefined) entry.map.delete(entry.key)
      else entry.map.set(entry.key, entry.before)
    this.#unsaved = this.#unsavedBefore
  }

  /** The tables with rows to save, in the order they are to be saved in. */
  unsaved(): { shape: Shape; held: Held[] }[] {
    return [...this.#tables.values()]
      .filter((rows) => rows.unsaved.size > 0)
      .map((rows) => ({ shape: rows.shape, held: [...rows.unsaved.values()] }))
      .sort((a, b) => (a.shape.name < b.shape.name ? -1 : 1))
  }

  #rowsOf(shape: Shape): TableRows {
    const known = this.#tables.get(shape.name)
    if (known?.shape === shape) return known
    if (known) throw new Error(`the table ${shape.name} is defined twice`)
    const rows = tableRows(shape)
    this.#tables.set(shape.name, rows)
    return rows
  }

  #put<V>(map: Map<string, V>, key: string, value: V): void {
    this.#journal.push({ map: map as Map<string, unknown>, key, before: map.get(key) })
    map.set(key, value)
  }

  /** Puts a written row where every way of finding it leads to it. */
  #hold(rows: TableRows, before: Held | null, after: Held): void {
    const { id } = after.row
    for (const [load, ids] of rows.byUnique) {
      const key = keyIn(load, after.row)
      const holder = key === null ? null : ids.get(key)
      if (holder && holder !== id) throw new Error(`another row of ${rows.shape.name} has this ${load.column}`)
    }
    for (const [load, ids] of rows.byUnique) {
      const keyBefore = before && keyIn(load, before.row)
      const key = keyIn(load, after.row)
      if (key === keyBefore) continue
      if (keyBefore !== null) this.#put(ids, keyBefore, null)
      if (key !== null) this.#put(ids, key, id)
    }
    for (const [load, lists] of rows.byParent) {
      const key = keyIn(load, after.row)
      const children = key === null ? undefined : lists.get(key)
      if (children && !children.has(id)) this.#put(children, id, true)
    }
    if (!rows.unsaved.has(id)) this.#unsaved++
    this.#put(rows.byId, id, after)
    this.#put(rows.unsaved, id, after)
  }

  /** Lists are what was loaded and what the batch has moved to the parent; `list` leaves out what it has moved away. */
  #addLists(rows: TableRows, load: Load, keys: Set<string>, loaded: readonly { row: Row }[]): void {
    const lists = rows.byParent.get(load)
    for (const key of keys) lists?.set(key, new Map())
    for (const { row } of [...loaded, ...rows.unsaved.values()]) {
      const key = keyIn(load, row)
      if (key !== null) lists?.get(key)?.set(row.id, true)
    }
  }
}
