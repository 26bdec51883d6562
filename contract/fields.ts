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
 * @property names what a person reads for each of the values, where the values do not say it
 * @property unwanted what a well-formed value must not contain (regular expression source, `iu` flags)
 * @property stripped characters that people write for the eye, taken out before anything else is looked at
 * @property age for a date of birth: how many whole years somebody born then must count today, at least and at most
 * @property sensitive the value identifies a person: it is sealed where it is kept, and never shown again
 * @property input what a person enters it as, where that is no plain text
 * @property description for the API's documentation
 */
export type Field = {
  readonly label: string
  readonly maxLength?: number
  readonly pattern?: string
  readonly refused?: string
  readonly values?: readonly string[]
  readonly names?: { readonly [value: string]: string }
  readonly unwanted?: string
  readonly stripped?: string
  readonly age?: { readonly from: number; readonly to: number }
  readonly sensitive?: boolean
  readonly input?: 'email' | 'tel' | 'date' | 'file'
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

/** Whether a value counts as absent: clients send null and blank text for "nothing". */
export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/**
 * Where a body is checked, and when.
 * @property at JSON pointer to the body within the request; `''` for the request's own
 * @property today the date (`YYYY-MM-DD`) that ages are counted on; the clock's own unless given
 */
export type Place = { readonly at?: string; readonly today?: string }

const clockDate = (): string => new Date().toISOString().slice(0, 10)

/** What a body itself holds under a name, and not what every object has. */
export const ownValue = (body: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(body, name) ? body[name] : undefined

/** The value as it is looked at and kept: without what is there for the eye alone. */
const bare = (field: Field, value: unknown): unknown =>
  typeof value === 'string' && field.stripped
    ? [...value].filter((character) => !field.stripped?.includes(character)).join('')
    : value

/** Whether this is a day of the calendar, written `YYYY-MM-DD`. */
export const isDate = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** How many whole years lie between two dates; who is born on 29 February counts a year more on 1 March. */
const yearsBetween = (born: string, today: string): number =>
  Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (today.slice(5) < born.slice(5) ? 1 : 0)

/** What is wrong with one value that is present, or null. */
export const checkValue = (name: string, field: Field, given: unknown, place: Place = {}): EmbeddedError | null => {
  const path = `${place.at ?? ''}/${name}`
  const value = bare(field, given)
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
  if (malformed || (field.age && !isDate(value))) return wrong('InvalidFormat', `${fieldName(name)} invalid.`)
  return isUnwanted(field, value, place) ? wrong('NotAllowed', `${fieldName(name)} value not allowed.`) : null
}

/** Whether a well-formed value is one that Dwolla does not take. */
const isUnwanted = ({ unwanted, age }: Field, value: string, { today = clockDate() }: Place): boolean => {
  if (unwanted && new RegExp(unwanted, 'iu').test(value)) return true
  if (!age) return false
  const years = yearsBetween(value, today)
  return years < age.from || years > age.to
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
  place: Place = {},
): { value: Checked<K>; errors: EmbeddedError[] } => {
  const value: Record<string, string> = {}
  const errors: EmbeddedError[] = []
  for (const name of [...kind.required, ...kind.optional]) {
    const field = fields[name]
    if (!field) throw new Error(`no field ${name}`)
    const given = bare(field, ownValue(body, name))
    if (isBlank(given)) {
      if (kind.required.includes(name) || (typeof given === 'string' && isFixed(kind, name)))
        errors.push(required(name, place))
      else if (typeof given === 'string' && kind.unsettable?.includes(name)) value[name] = ''
      continue
    }
    const error = checkValue(name, field, given, place)
    if (error) errors.push(error)
    else value[name] = given as string
  }
  return { value: value as Checked<K>, errors }
}

/**
 * One way a whole body can look, as a tree of fields: what documentation and forms are made from.
 * @property fixed members that have this value in every such body
 * @property parts the objects in it, which must be there
 */
export type Shape = {
  readonly title: string
  readonly fields: Fields
  readonly kind: Kind
  readonly fixed: { readonly [name: string]: string }
  readonly parts: { readonly [name: string]: Shape }
}

/** The error of what is not there and must be. */
export const required = (name: string, { at = '' }: Place = {}): EmbeddedError => ({
  code: 'Required',
  message: `${fieldName(name)} required.`,
  path: `${at}/${name}`,
})

/** In an edit, a field that is not unsettable may be left out but not emptied. */
const isFixed = (kind: Kind, name: string): boolean => kind.unsettable !== undefined && !kind.unsettable.includes(name)
