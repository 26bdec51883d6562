/** JSON Schemas for the API's documentation, derived from the tables of `contract/`. */
import type { Field, Shape } from '@clearyard/contract/fields.ts'
import type { Money } from '@clearyard/contract/money.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

const formats = { date: 'date', email: 'email', tel: undefined, file: undefined } as const

const fieldSchema = (field: Field): JsonSchema => ({
  type: 'string',
  description: field.description,
  examples: field.values ? undefined : [field.example],
  maxLength: field.maxLength,
  format: field.input && formats[field.input],
  pattern: field.pattern && `^(?:${field.pattern})$`,
  enum: field.values && [...field.values],
  contentMediaType: field.input === 'file' ? 'application/octet-stream' : undefined,
})

const mapValues = <V, W>(record: { readonly [name: string]: V }, change: (value: V) => W): { [name: string]: W } =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))

/** The schema of a body that looks like this. */
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

/** The schema of a body that looks like one of these. */
export const oneOfShapes = (shapes: readonly Shape[]): JsonSchema => ({ oneOf: shapes.map(shapeSchema) })

export const linkSchema: JsonSchema = {
  type: 'object',
  required: ['href'],
  properties: {
    href: { type: 'string', format: 'uri' },
    type: { type: 'string' },
    'resource-type': { type: 'string' },
  },
}

export const linksSchema: JsonSchema = { type: 'object', additionalProperties: linkSchema }

export const idSchema: JsonSchema = { type: 'string', format: 'uuid' }

export const instantSchema: JsonSchema = { type: 'string', format: 'date-time' }

/** An amount as it is answered. */
export const moneySchema: JsonSchema = {
  type: 'object',
  required: ['value', 'currency'] satisfies (keyof Money)[],
  properties: { value: { type: 'string', examples: ['10.00'] }, currency: { type: 'string', enum: ['USD'] } },
}

/** The schema of a list whose items are embedded under `name`. */
export const listSchema = (name: string, item: JsonSchema): JsonSchema => ({
  type: 'object',
  required: ['_links', '_embedded', 'total'],
  properties: {
    _links: linksSchema,
    _embedded: { type: 'object', required: [name], properties: { [name]: { type: 'array', items: item } } },
    total: { type: 'integer', description: 'How many there are on all pages.' },
  },
})

export const pageParameters: { readonly [name: string]: JsonSchema } = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 25, description: 'How many to give at most.' },
  offset: { type: 'integer', minimum: 0, default: 0, description: 'How many to pass over.' },
}

export const errorSchema: JsonSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    _links: { ...linksSchema, description: 'To what stands in the way, as `about`.' },
    _embedded: {
      type: 'object',
      properties: {
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['code', 'message', 'path', '_links'],
            properties: {
              code: { type: 'string' },
              message: { type: 'string' },
              path: { type: 'string', description: 'JSON pointer to the field, or empty.' },
              _links: linksSchema,
            },
          },
        },
      },
    },
  },
}
