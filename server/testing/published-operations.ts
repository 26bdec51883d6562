/** The operations that a running server publishes in `/openapi.json`, and requests made up from their schemas. */
import type { Schema } from './json-schema.ts'

export type Operation = {
  /** `GET /customers/{id}` */
  name: string
  method: string
  path: string
  /** The names of the security schemes, any of which opens it. */
  security: readonly string[]
  /** The names of its query parameters. */
  query: readonly string[]
  /** What it takes, as JSON or as a form; null when it takes nothing. */
  body: Schema | null
  /** Whether what it takes is a form. */
  isForm: boolean
}

type Published = {
  security?: { [scheme: string]: unknown }[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: { [type: string]: { schema: Schema } } }
}

const formType = 'multipart/form-data'

const bodyOf = ({ requestBody }: Published, type: string): Schema | undefined => requestBody?.content[type]?.schema

export const publishedOperations = async (origin: string): Promise<Operation[]> => {
  const answer = await fetch(`${origin}/openapi.json`)
  const { paths } = (await answer.json()) as { paths: { [path: string]: { [method: string]: Published } } }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, published]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      security: (published.security ?? []).flatMap((requirement) => Object.keys(requirement)),
      query: (published.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      body: bodyOf(published, 'application/json') ?? bodyOf(published, formType) ?? null,
      isForm: bodyOf(published, formType) !== undefined,
    })),
  )
}

/** The ways a value can look, where there are several. */
const alternativesOf = ({ oneOf, anyOf }: Schema): readonly Schema[] => (oneOf ?? anyOf ?? []) as readonly Schema[]

export const propertiesOf = (schema: Schema): { readonly [name: string]: Schema } =>
  Object.assign({}, ...alternativesOf(schema).map(propertiesOf), schema['properties'])

/** A value that a schema allows; `n` makes what must be unique another each time. */
const exampleOf = (schema: Schema, n: string, name = ''): unknown => {
  const { enum: choices, examples, type, required } = schema
  if (name === 'email') return `example-${n}@ours.example`
  if (name === 'correlationId') return `example-${n}`
  if (Array.isArray(choices)) return choices[0]
  if (Array.isArray(examples)) return examples[0]
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 1
  if (type === 'boolean') return false
  if (type === 'array') return []
  if (type !== 'object') return 'example'
  const properties = propertiesOf(schema)
  const names = (Array.isArray(required) ? required : []) as string[]
  return Object.fromEntries(names.map((member) => [member, exampleOf(properties[member] ?? {}, n, member)]))
}

/**
 * Bodies of every kind that an operation takes: one for each of `oneOf`, or for each value of each required property
 * that has choices. `anyOf` lists what can be done to one thing, which the next would find changed: of these the first.
 */
export const exampleBodies = (schema: Schema, n: number): { [member: string]: unknown }[] => {
  const alternatives = alternativesOf(schema)
  const tried = schema['oneOf'] ? alternatives : alternatives.slice(0, 1)
  if (tried.length > 0)
    return tried.map((alternative, at) => exampleOf(alternative, `${n}-${at}`) as { [member: string]: unknown })
  const body = exampleOf(schema, String(n)) as { [member: string]: unknown }
  const kinds = Object.entries(propertiesOf(schema)).flatMap(([name, { enum: choices }]) =>
    name in body && Array.isArray(choices) ? choices.map((choice) => ({ ...body, [name]: choice })) : [],
  )
  return kinds.length > 0 ? kinds : [body]
}
