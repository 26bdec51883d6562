/** JSON Schemas for the API's documentation, derived from the tables of `contract/`. */
import type { Fields, Kind } from '@clearyard/contract/fields.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

/** The schema of a body of this kind. */
export const bodySchema = (fields: Fields, kind: Kind, more: { [name: string]: JsonSchema } = {}): JsonSchema => ({
  type: 'object',
  required: kind.required.length > 0 ? [...kind.required] : undefined,
  properties: {
    ...Object.fromEntries(
      [...kind.required, ...kind.optional].map((name) => {
        const field = fields[name]
        return [
          name,
          {
            type: 'string',
            description: field?.description,
            examples: field && [field.example],
            maxLength: field?.maxLength,
            pattern: field?.pattern && `^(?:${field.pattern})$`,
            enum: field?.values && [...field.values],
          },
        ]
      }),
    ),
    ...more,
  },
})

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
