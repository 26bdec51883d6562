/**
 * Fields of request bodies as plain data. One checker serves the server and the drop-ins; the server derives the JSON
 * Schemas of `/openapi.json` and TypeScript derives the types of checked bodies from the same tables.
 */
import type { EmbeddedError } from './errors.ts'

/**
 * A text field.
 * @property label what a person reads beside the input
 * @property maxLength in UTF-16 units, as browsers count for `maxlength`
 * @property pattern what the whole value must match (regular expression source, `u` flag)
 * @property refused characters the value must not contain
 * @property values the only accepted values
 * @property description for the API's documentation
 */
export type Field = {
  readonly label: string
  readonly maxLength?: number
  readonly pattern?: string
  readonly refused?: string
  readonly values?: readonly string[]
  readonly description: string
  readonly example: string
}

export type Fields = Readonly<Record<string, Field>>

/** A kind of body: which fields it needs, which it takes, and which of these an empty string unsets. */
export type Kind = {
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly unsettable?: readonly string[]
}

/** What is left of a body of kind `K` once it is checked. */
export type Checked<K extends Kind> = { [P in K['required'][number]]: string } & {
  [P in K['optional'][number]]?: string
}

/** `firstName` → `FirstName`: how Dwolla's messages name a field. */
export const fieldName = (field: string): string => field.charAt(0).toUpperCase() + field.slice(1)

const invisible = /[\p{Cc}\u2028\u2029]/u

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/** What is wrong with one value that is present, or null. */
export const checkValue = (name: string, field: Field, value: unknown): EmbeddedError | null => {
  const path = `/${name}`
  const wrong = (code: EmbeddedError['code'], message: string): EmbeddedError => ({ code, message, path })
  if (typeof value !== 'string') return wrong('Invalid', `${fieldName(name)} invalid.`)
  if (field.values && !field.values.includes(value)) return wrong('Invalid', `${fieldName(name)} invalid.`)
  if (field.maxLength !== undefined && value.length > field.maxLength)
    return wrong('InvalidFormat', `${fieldName(name)} must be ${field.maxLength} or fewer characters.`)
  const malformed =
    invisible.test(value) ||
    !value.isWellFormed() ||
    (field.refused && [...field.refused].some((character) => value.includes(character))) ||
    (field.pattern && !new RegExp(`^(?:${field.pattern})$`, 'u').test(value))
  return malformed ? wrong('InvalidFormat', `${fieldName(name)} invalid.`) : null
}

/**
 * Checks a parsed body against a kind.
 * @returns the fields the kind knows, or every error in the order of the kind's fields. Null and blank count as absent
 *   (clients send both for "nothing"); a blank unsettable field comes out as `''`. Unknown fields are dropped.
 */
export const checkBody = <K extends Kind>(
  fields: Fields,
  kind: K,
  body: Readonly<Record<string, unknown>>,
): { value: Checked<K>; errors: EmbeddedError[] } => {
  const value: Record<string, string> = {}
  const errors: EmbeddedError[] = []
  for (const name of [...kind.required, ...kind.optional]) {
    const field = fields[name]
    if (!field) throw new Error(`no field ${name}`)
    const given = Object.hasOwn(body, name) ? body[name] : undefined
    if (isBlank(given)) {
      if (kind.required.includes(name) || (typeof given === 'string' && isFixed(kind, name)))
        errors.push({ code: 'Required', message: `${fieldName(name)} required.`, path: `/${name}` })
      else if (typeof given === 'string' && kind.unsettable?.includes(name)) value[name] = ''
      continue
    }
    const error = checkValue(name, field, given)
    if (error) errors.push(error)
    else value[name] = given as string
  }
  return { value: value as Checked<K>, errors }
}

/** In an edit, a field that is not unsettable may be left out but not emptied. */
const isFixed = (kind: Kind, name: string): boolean => kind.unsettable !== undefined && !kind.unsettable.includes(name)
