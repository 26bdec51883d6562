/** Reading the JSON Schemas of `/openapi.json` in tests: whether a value is what a schema says. */

export type Schema = { readonly [keyword: string]: unknown }

const isObject = (value: unknown): value is { readonly [member: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const typeOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const formats: { readonly [format: string]: (text: string) => boolean } = {
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  uri: (text) => URL.canParse(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text),
}

const scalarProblems = (schema: Schema, value: unknown): string[] => {
  const problems: string[] = []
  const type = typeOf(value)
  const wanted = schema['type']
  if (wanted !== undefined && wanted !== type && !(wanted === 'number' && type === 'integer'))
    problems.push(`is ${type}, not ${wanted}`)
  const choices = schema['enum']
  if (Array.isArray(choices) && !choices.includes(value)) problems.push(`is none of ${choices.join(', ')}`)
  if (typeof value !== 'string') return problems
  const { pattern, format, maxLength } = schema
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) problems.push(`does not match ${pattern}`)
  if (typeof format === 'string' && formats[format]?.(value) !== true) problems.push(`is no ${format}`)
  if (typeof maxLength === 'number' && value.length > maxLength) problems.push(`is longer than ${maxLength}`)
  return problems
}

/**
 * What of a value is not as its schema says, as lines "/path what". Stricter than JSON Schema: a member that the schema
 * does not name is a problem, because nobody could read of it.
 */
export const schemaProblems = (schema: Schema, value: unknown, at = ''): string[] => {
  const problems = scalarProblems(schema, value).map((what) => `${at} ${what}`)
  if (Array.isArray(value)) {
    const { items } = schema
    if (isObject(items)) problems.push(...value.flatMap((item, n) => schemaProblems(items, item, `${at}/${n}`)))
  } else if (isObject(value)) {
    const properties = isObject(schema['properties']) ? schema['properties'] : {}
    const required = Array.isArray(schema['required']) ? schema['required'] : []
    for (const name of required) if (!(name in value)) problems.push(`${at}/${name} is missing`)
    for (const [name, member] of Object.entries(value)) {
      const known = properties[name] ?? schema['additionalProperties']
      if (isObject(known)) problems.push(...schemaProblems(known, member, `${at}/${name}`))
      else problems.push(`${at}/${name} is not documented`)
    }
  }
  return problems
}
