/**
 * Whether a document is OpenAPI 3.1 (specification 3.1.1, JSON Schema 2020-12), stricter than the specification: every
 * operation must say what it is, and an unknown keyword is taken for a misspelt one.
 */

type Json = { readonly [member: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length
const isAny = (): boolean => true

type Rule = (value: unknown, at: string) => void
type Members = { readonly [name: string]: Rule }

/** Collects what is wrong with one document. */
class Check {
  readonly problems: string[] = []
  readonly #document: Json
  readonly #operationIds = new Set<string>()

  constructor(document: Json) {
    this.#document = document
  }

  say(at: string, what: string): void {
    this.problems.push(`${at || '/'} ${what}`)
  }

  is(holds: (value: unknown) => boolean, what: string): Rule {
    return (value, at) => {
      if (!holds(value)) this.say(at, `is not ${what}`)
    }
  }

  object(value: unknown, at: string, members: Members, required: readonly string[] = []): void {
    if (!isObject(value)) {
      this.say(at, 'is not an object')
      return
    }
    for (const name of required) if (!(name in value)) this.say(at, `lacks ${name}`)
    for (const [name, member] of Object.entries(value)) {
      const rule = Object.hasOwn(members, name) ? members[name] : undefined
      if (rule) rule(member, `${at}/${name}`)
      else if (!name.startsWith('x-')) this.say(`${at}/${name}`, 'is no keyword here')
    }
  }

  members(rule: Rule, isName: (name: string) => boolean = isText): Rule {
    return (value, at) => {
      if (!isObject(value)) return this.say(at, 'is not an object')
      for (const [name, member] of Object.entries(value)) {
        if (!isName(name)) this.say(at, `has the name ${name}`)
        rule(member, `${at}/${name}`)
      }
    }
  }

  list(rule: Rule, least = 0): Rule {
    return (value, at) => {
      if (!Array.isArray(value) || value.length < least) return this.say(at, `is not a list of at least ${least}`)
      value.forEach((item, n) => {
        rule(item, `${at}/${n}`)
      })
    }
  }

  readonly text = this.is(isText, 'text')
  readonly flag = this.is(isFlag, 'true or false')
  readonly any = this.is(isAny, 'anything')

  readonly reference: Rule = (value, at) => {
    if (typeof value !== 'string' || !value.startsWith('#/')) return this.say(at, 'is no reference into this document')
    let target: unknown = this.#document
    for (const step of value.slice(2).split('/')) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
      target = isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined
    }
    if (target === undefined) this.say(at, `leads nowhere: ${value}`)
  }

  readonly schema: Rule = (value, at) => {
    if (typeof value === 'boolean') return
    this.object(value, at, this.#keywords)
    if (isObject(value)) this.#coherent(value, at)
  }

  #coherent(schema: Json, at: string): void {
    const { required, properties, minimum, maximum, pattern, enum: choices } = schema
    if (Array.isArray(required) && isObject(properties))
      for (const name of required)
        if (!Object.hasOwn(properties, name)) this.say(at, `requires ${name}, which it has not`)
    if (typeof minimum === 'number' && typeof maximum === 'number' && minimum > maximum) this.say(at, 'has no values')
    if (typeof pattern === 'string') {
      try {
        new RegExp(pattern, 'u')
      } catch {
        this.say(`${at}/pattern`, 'is no regular expression')
      }
    }
    if (Array.isArray(choices) && 'default' in schema && !choices.includes(schema['default']))
      this.say(`${at}/default`, 'is none of its values')
    if (Array.isArray(schema['examples']) && typeof pattern === 'string')
      for (const example of schema['examples'])
        if (!new RegExp(pattern, 'u').test(String(example)))
          this.say(`${at}/examples`, `has ${example}, which is invalid`)
  }

  readonly #types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']
  readonly #isType = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 && value.every(this.#isType) : this.#types.includes(String(value))

  readonly #keywords: Members = {
    $ref: this.reference,
    type: this.is(this.#isType, 'a type'),
    enum: this.is(
      (v) => Array.isArray(v) && v.length > 0 && new Set(v).size === v.length,
      'a list of different values',
    ),
    const: this.any,
    default: this.any,
    examples: this.list(this.any, 1),
    title: this.text,
    description: this.text,
    format: this.text,
    pattern: this.text,
    contentMediaType: this.text,
    contentEncoding: this.text,
    deprecated: this.flag,
    readOnly: this.flag,
    writeOnly: this.flag,
    uniqueItems: this.flag,
    required: this.is(isNames, 'a list of different names'),
    ...Object.fromEntries(
      ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'].map((name) => [
        name,
        this.is(isCount, 'a count'),
      ]),
    ),
    ...Object.fromEntries(
      ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].map((name) => [
        name,
        this.is(isNumber, 'a number'),
      ]),
    ),
    ...Object.fromEntries(
      ['items', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'].map((name) => [
        name,
        (value: unknown, at: string) => this.schema(value, at),
      ]),
    ),
    ...Object.fromEntries(
      ['oneOf', 'anyOf', 'allOf', 'prefixItems'].map((name) => [
        name,
        (value: unknown, at: string) => this.list(this.schema, 1)(value, at),
      ]),
    ),
    ...Object.fromEntries(
      ['properties', 'patternProperties', '$defs'].map((name) => [
        name,
        (value: unknown, at: string) => this.members(this.schema)(value, at),
      ]),
    ),
    discriminator: (value, at) =>
      this.object(value, at, { propertyName: this.text, mapping: this.any }, ['propertyName']),
    externalDocs: (value, at) => this.object(value, at, { url: this.text, description: this.text }, ['url']),
  }

  readonly #isMediaType = (name: string): boolean => /^[a-z]+\/[a-z0-9.+*-]+( *;.+)?$/.test(name)

  readonly #content: Rule = this.members((value, at) => {
    const members = { schema: this.schema, example: this.any, examples: this.any, encoding: this.any }
    this.object(value, at, members, ['schema'])
  }, this.#isMediaType)

  readonly #valueMembers: Members = {
    description: this.text,
    required: this.flag,
    deprecated: this.flag,
    style: this.text,
    explode: this.flag,
    schema: this.schema,
    content: this.#content,
    example: this.any,
    examples: this.any,
  }

  readonly #header: Rule = (value, at) => this.object(value, at, this.#valueMembers, ['schema', 'description'])

  readonly #parameter: Rule = (value, at) => {
    const place = this.is((v) => ['path', 'query', 'header', 'cookie'].includes(String(v)), 'a place')
    const more = { name: this.text, in: place, allowReserved: this.flag, allowEmptyValue: this.flag }
    this.object(value, at, { ...this.#valueMembers, ...more }, ['name', 'in', 'schema'])
    if (isObject(value) && value['in'] === 'path' && value['required'] !== true) this.say(at, 'is not required')
  }

  readonly #response: Rule = (value, at) => {
    const members = {
      description: this.text,
      headers: this.members(this.#header),
      content: this.#content,
      links: this.any,
    }
    this.object(value, at, members, ['description'])
    if (at.endsWith('/204') && isObject(value) && 'content' in value) this.say(at, 'has content')
  }

  readonly security: Rule = this.list((requirement, at) => {
    this.members((scopes, place) => {
      this.list(this.text)(scopes, place)
      const name = place.slice(place.lastIndexOf('/') + 1)
      this.reference(`#/components/securitySchemes/${name}`, place)
    })(requirement, at)
  })

  readonly #operation: Rule = (value, at) => {
    const members: Members = {
      operationId: (id, place) => {
        this.text(id, place)
        if (this.#operationIds.has(String(id))) this.say(place, 'is another operation’s')
        this.#operationIds.add(String(id))
      },
      tags: this.list(this.text, 1),
      summary: this.text,
      description: this.text,
      deprecated: this.flag,
      parameters: this.list(this.#parameter, 1),
      requestBody: (body, place) =>
        this.object(body, place, { description: this.text, required: this.flag, content: this.#content }, ['content']),
      responses: (responses, place) => {
        this.members(this.#response, (name) => /^(default|[1-5](\d\d|XX))$/.test(name))(responses, place)
        if (!isObject(responses) || !Object.keys(responses).some((name) => name.startsWith('2')))
          this.say(place, 'tells of no success')
      },
      security: this.security,
    }
    const required = ['operationId', 'tags', 'summary', 'description', 'responses', 'security']
    this.object(value, at, members, required)
    if (isObject(value)) this.#parametersOf(value, at)
  }

  /** Exactly the names in the path are parameters of the path, and no parameter is there twice. */
  #parametersOf(operation: Json, at: string): void {
    const parameters = (Array.isArray(operation['parameters']) ? operation['parameters'] : []).filter(isObject)
    const names = parameters.map((parameter) => `${parameter['in']} ${parameter['name']}`)
    if (new Set(names).size < names.length) this.say(at, 'has a parameter twice')
    const inPath = names.filter((name) => name.startsWith('path ')).sort()
    const wanted = [...at.matchAll(/\{([^}]*)\}/g)].map((match) => `path ${match[1]}`).sort()
    if (inPath.join() !== wanted.join()) this.say(at, `has the parameters ${inPath.join()} for ${wanted.join()}`)
  }

  readonly #paths: Rule = (value, at) => {
    const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
    const item: Rule = (given, place) =>
      this.object(given, place, Object.fromEntries(methods.map((method) => [method, this.#operation])))
    this.members(item, (path) => /^\/[^?#]*$/.test(path))(value, at)
    const shapes = Object.keys(isObject(value) ? value : {}).map((path) => path.replaceAll(/\{[^}]*\}/g, '{}'))
    if (new Set(shapes).size < shapes.length) this.say(at, 'has two paths that differ in names only')
  }

  run(): string[] {
    const license = (value: unknown, at: string) =>
      this.object(value, at, { name: this.text, identifier: this.text, url: this.text }, ['name'])
    const info = { title: this.text, version: this.text, summary: this.text, description: this.text, license }
    const scheme: Rule = (value, at) => {
      const isKind = (kind: unknown) =>
        ['http', 'apiKey', 'oauth2', 'openIdConnect', 'mutualTLS'].includes(String(kind))
      const kind = this.is(isKind, 'a kind of scheme')
      const members = {
        type: kind,
        scheme: this.text,
        bearerFormat: this.text,
        description: this.text,
        flows: this.any,
      }
      this.object(value, at, members, ['type'])
      if (isObject(value) && value['type'] === 'http' && !('scheme' in value)) this.say(at, 'lacks scheme')
    }
    const components = { schemas: this.members(this.schema), securitySchemes: this.members(scheme) }
    this.object(
      this.#document,
      '',
      {
        openapi: this.is((version) => /^3\.1\.\d+$/.test(String(version)), 'version 3.1'),
        info: (value, at) => this.object(value, at, info, ['title', 'version']),
        servers: this.list((value, at) => this.object(value, at, { url: this.text, description: this.text }, ['url'])),
        tags: this.list((value, at) => this.object(value, at, { name: this.text, description: this.text }, ['name'])),
        components: (value, at) => this.object(value, at, components),
        security: this.security,
        paths: this.#paths,
      },
      ['openapi', 'info', 'paths'],
    )
    return this.problems
  }
}

/** What is wrong with the document, as lines "/place what"; nothing when it is sound. */
export const openApiProblems = (document: unknown): string[] =>
  isObject(document) ? new Check(document).run() : ['/ is not an object']
