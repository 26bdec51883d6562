/**
 * How values travel between rows in memory and PostgreSQL: whole columns as array literals on the way out, one parser a
 * type on the way in, whatever the pool was told. A jsonb column holds parsed JSON in memory; null is SQL's null.
 */
import pg from 'pg'
import type { Sealed } from './sealed.ts'

type Values = {
  uuid: string
  text: string
  bigint: bigint
  integer: number
  boolean: boolean
  timestamptz: Date
  jsonb: unknown
  bytea: Uint8Array
  sealed: Sealed
}

/**
 * The type of a column: a type of SQL, or `sealed`, which is stored as bytea. Nullable columns are declared by the row
 * type.
 */
export type ColumnType = keyof Values

/** As a column is cast in `unnest($n::type[])`. */
export const sqlTypeOf = (type: ColumnType): string => (type === 'sealed' ? 'bytea' : type)

/** Columns that rows are found and listed by: their values are strings. */
export type KeyType = 'uuid' | 'text'

type Form<V> = {
  /** Whether PostgreSQL can hold the value: what is refused in one member cannot fail a whole batch. */
  fits: (value: unknown) => boolean
  /** The value as an element of an array literal. */
  element: (value: V) => string
}

const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0')
const quoted = (text: string): string => `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`
// the years that both an ISO string of four digits and timestamptz can say; an invalid date has none
const isSayable = (date: Date): boolean => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999

const isBytes = (value: unknown): boolean => value instanceof Uint8Array
const hexOf = (bytes: Uint8Array): string =>
  `"\\\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}"`

const forms: { [T in ColumnType]: Form<Values[T]> } = {
  uuid: { fits: (value) => typeof value === 'string' && uuidPattern.test(value), element: quoted },
  text: { fits: isText, element: quoted },
  bigint: { fits: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value, element: String },
  integer: { fits: (value) => typeof value === 'number' && (value | 0) === value, element: String },
  boolean: { fits: (value) => typeof value === 'boolean', element: String },
  timestamptz: { fits: (value) => value instanceof Date && isSayable(value), element: (date) => date.toISOString() },
  jsonb: { fits: (value) => value !== undefined, element: (json) => quoted(JSON.stringify(json)) },
  bytea: { fits: isBytes, element: hexOf },
  sealed: {
    fits: (value) =>
      typeof value === 'object' &&
      value !== null &&
      (('plain' in value && typeof value.plain === 'string') || ('bytes' in value && isBytes(value.bytes))),
    element: () => {
      throw new Error('a value is sealed before it is written')
    },
  },
}

/** Whether a column of this type can hold the value; null always can, as far as this can tell. */
export const fits = (type: ColumnType, value: unknown): boolean => value === null || forms[type].fits(value)

/** The values of a column, each of which fits its type, as one array literal. */
export const arrayLiteral = (type: ColumnType, values: readonly unknown[]): string => {
  const element = forms[type].element as (value: unknown) => string
  let literal = '{'
  for (const value of values) literal += `${literal.length > 1 ? ',' : ''}${value === null ? 'NULL' : element(value)}`
  return `${literal}}`
}

/**
 * The one spelling of a key that memory and PostgreSQL agree on, or null when no row can have it: a uuid in any case is
 * the same, text is stored without lone surrogates and never holds NUL.
 */
export const keyOf = (type: KeyType, value: string): string | null => {
  if (type === 'uuid') return uuidPattern.test(value) ? value.toLowerCase() : null
  return value.includes('\0') ? null : value.toWellFormed()
}

const int8Oid = pg.types.builtins.INT8

/** The parsers of loaded rows: int8 to bigint, timestamptz to Date, jsonb parsed, bytea to Buffer. */
export const parsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8Oid ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}
