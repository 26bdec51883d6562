/**
 * Dwolla's HAL-Forms: what a client has to send, told so that it can make a form of it. Asked for by the profile in
 * `Accept`. Source: the profile's own page, github.com/dwolla/hal-forms.
 */
import { type Field, fieldName, type Shape } from '@clearyard/contract/fields.ts'
import { type Form, type FormField, type FormGroup, halType } from '@clearyard/contract/hal.ts'
import { type JsonSchema, linksSchema } from './schemas.ts'

/**
 * @property target path that the form is sent to
 * @property resource what the form edits, as the API shows it: its values are filled in
 * @property groups accepted values of fields whose values are not in the contract's tables, by name
 */
type FormOptions = {
  readonly target: string
  readonly contentType?: string
  readonly resource?: object
  readonly groups?: { readonly [field: string]: readonly FormGroup[] }
}

/** What a whole value matches, where there is a rule; the server knows more rules than an expression can say. */
const regexOf = ({ pattern, refused, maxLength }: Field): string | undefined => {
  const atMost = maxLength === undefined ? '+' : `{1,${maxLength}}`
  if (pattern) return maxLength === undefined ? `^(?:${pattern})$` : `^(?=.${atMost}$)(?:${pattern})$`
  if (refused) return `^[^${refused.replaceAll(/[\\\]^-]/g, '\\$&')}]${atMost}$`
  return maxLength === undefined ? undefined : `^.${atMost}$`
}

const keyOf = (value: string): string => value.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

const acceptedBy = ({ values, names }: Field, groups: readonly FormGroup[] | undefined): Partial<FormField> => {
  if (groups) return { accepted: { groupedValues: groups } }
  if (!values) return {}
  const one = (value: string) => ({ value, key: keyOf(value), displayText: names?.[value] ?? value })
  return { accepted: { values: values.map(one) } }
}

const memberOf = (resource: unknown, name: string): unknown =>
  typeof resource === 'object' && resource !== null && Object.hasOwn(resource, name)
    ? (resource as { readonly [name: string]: unknown })[name]
    : undefined

const hidden = (name: string, value: string, { fields }: Shape, at: string): FormField => ({
  name,
  path: `${at}/${name}`,
  type: 'hidden',
  value,
  displayText: fields[name]?.label ?? fieldName(name),
  validations: { required: true },
})

const fieldsOf = (shape: Shape, at: string, resource: unknown, groups: FormOptions['groups']): FormField[] => {
  const { fields, kind, fixed, parts } = shape
  const entered = [...kind.required, ...kind.optional].flatMap((name): FormField[] => {
    const field = fields[name]
    if (!field) return []
    const shown = memberOf(resource, name)
    const value = typeof shown === 'string' && (field.values?.includes(shown) ?? true) ? { value: shown } : {}
    const regex = regexOf(field)
    return [
      {
        name,
        path: `${at}/${name}`,
        type: field.input ?? (field.sensitive ? 'sensitive' : 'string'),
        ...value,
        displayText: field.label,
        validations: { required: kind.required.includes(name), ...(regex === undefined ? {} : { regex }) },
        ...acceptedBy(field, groups?.[name]),
      },
    ]
  })
  return [
    ...Object.entries(fixed).map(([name, value]) => hidden(name, value, shape, at)),
    ...entered,
    ...Object.entries(parts).flatMap(([name, part]) =>
      fieldsOf(part, `${at}/${name}`, memberOf(resource, name), groups),
    ),
  ]
}

/** The form of a body that looks like this. */
export const formOf = (shape: Shape, { target, contentType = halType, resource, groups }: FormOptions): Form => ({
  _links: { target: { href: target } },
  method: 'POST',
  contentType,
  fields: fieldsOf(shape, '', resource, groups),
})

const text: JsonSchema = { type: 'string' }

const listOf = (item: JsonSchema): JsonSchema => ({ type: 'array', items: item })

const object = (properties: { [name: string]: JsonSchema }, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  required,
  properties,
})

const valuesSchema = listOf(object({ value: text, key: text, displayText: text }))

const fieldSchema = object(
  {
    name: text,
    path: { type: 'string', description: 'JSON pointer to it in the body that is sent.' },
    type: { type: 'string', enum: ['string', 'email', 'tel', 'date', 'file', 'sensitive', 'hidden'] },
    value: { type: 'string', description: 'What it is now.' },
    displayText: text,
    validations: object({ required: { type: 'boolean' }, regex: text }, ['required']),
    accepted: object(
      { values: valuesSchema, groupedValues: listOf(object({ key: text, displayText: text, values: valuesSchema })) },
      [],
    ),
  },
  ['name', 'path', 'type', 'displayText', 'validations'],
)

const formSchema = object({
  _links: linksSchema,
  method: { type: 'string', enum: ['POST'] },
  contentType: text,
  fields: listOf(fieldSchema),
})

/** The schema of an answer that has forms. */
export const formsSchema: JsonSchema = object({
  _links: linksSchema,
  _forms: { type: 'object', required: ['default'], additionalProperties: formSchema },
})
