/** What is wrong with what was typed, in words for the person, and on which field it belongs. */
import type { EmbeddedError } from '@clearyard/contract/errors.ts'
import type { Field } from '@clearyard/contract/fields.ts'
import { texts } from './texts.ts'

/**
 * @property fields the text for each wrong field, by its name
 * @property rest what belongs to no field of the form, or null
 */
export type Problems = { readonly fields: ReadonlyMap<string, string>; readonly rest: string | null }

export const noProblems: Problems = { fields: new Map(), rest: null }

/** The checker's finding on one value, as a person reads it before anything is sent. */
export const explain = (error: EmbeddedError, field: Field, value: string): string => {
  if (error.code === 'Required') return texts.required(field.label)
  if (field.maxLength !== undefined && value.length > field.maxLength)
    return texts.tooLong(field.label, field.maxLength)
  const found = new Set([...(field.refused ?? '')].filter((character) => value.includes(character)))
  if (found.size > 0) return texts.refused(field.label, [...found].join(' '))
  return texts.malformed(field.label, field.example)
}

type ErrorBody = {
  readonly message?: string
  readonly _embedded?: { readonly errors?: readonly { readonly path?: string; readonly message: string }[] }
}

/** Sorts an error answer of the API by the form's fields: the first message for each, all others together. */
export const problemsOf = (response: unknown, names: readonly string[]): Problems => {
  const { message, _embedded } = (response ?? {}) as ErrorBody
  const errors = _embedded?.errors ?? []
  const fields = new Map<string, string>()
  const rest: string[] = []
  for (const error of errors) {
    const name = error.path?.slice(1) ?? ''
    if (!names.includes(name)) rest.push(error.message)
    else if (!fields.has(name)) fields.set(name, error.message)
  }
  if (errors.length === 0) rest.push(message ?? texts.unexpected)
  return { fields, rest: rest.length > 0 ? rest.join(' ') : null }
}
