/** JSON Schemas of request bodies, from the shapes that their fields make. */
import type { Field, Shape } from '@clearyard/contract/fields.ts'
import type { JsonSchema } from './schemas.ts'

const formats = { date: 'date', email: 'email', tel: undefined, file: undefined } as const

const fieldSchema = (field: Field): JsonSchema => ({
  type: 'string',
  description: field.description,
  examples: field.values ? undefined : [field.example],
  maxLength: field.maxLength,
  format: field.input && formats[field.input],
  pattern: field.pattern && `^(?:${field.pattern})$`,
  enum: field.values && [...field.values],
})

/** The schema of a body, or a part of one, that looks like this. */
export const shapeSchema = ({ title, fields, kind, fixed, parts }: Shape): JsonSchema => {
  const required = [...Object.keys(fixed), ...kind.required, ...Object.keys(parts)]
  const listed = [...kind.required, ...kind.optional].flatMap((name) => {
    const field = fields[name]
    return field ? [[name, fieldSchema(field)] as const] : []
  })
  return {
    title,
    type: 'object',
    required: required.length > 0 ? required : undefined,
    properties: {
      ...mapValues(fixed, (value) => ({ type: 'string', enum: [value] })),
      ...Object.fromEntries(listed),
      ...mapValues(parts, shapeSchema),
    },
  }
}

const mapValues = <V, W>(record: { readonly [name: string]: V }, change: (value: V) => W): { [name: string]: W } =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
