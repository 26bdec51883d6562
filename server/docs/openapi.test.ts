import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { failAtBank } from '../resources/transfers/transfers-fixture.ts'
import { type Answer, type Client, send, startTestServer, type TestServer } from '../testing/harness.ts'
import { type Schema, schemaProblems } from '../testing/json-schema.ts'
import { openApiProblems } from '../testing/openapi-problems.ts'
import { textTable } from '../testing/text-table.ts'

type Media = { [type: string]: { schema: Schema } }
type Operation = {
  operationId: string
  security: { [scheme: string]: string[] }[]
  responses: { [status: string]: { content?: Media; headers?: object } }
}
type Document = { paths: { [path: string]: { [method: string]: Operation } } }

const operatorToken = 'an-operator-token-of-forty-characters-xx'

let sandbox: TestServer
let production: TestServer
before(async () => {
  sandbox = await startTestServer()
  production = await startTestServer({ sandbox: false, operatorToken })
})
after(async () => {
  await sandbox.stop()
  await production.stop()
})

const documentOf = async (server: TestServer): Promise<Document> => {
  const answer = await send(server.origin, 'GET', '/openapi.json')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  return JSON.parse(answer.text)
}

const operationsOf = ({ paths }: Document): [name: string, operation: Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

describe('GET /openapi.json', () => {
  it('is sound OpenAPI 3.1 in both modes: every operation says what it is, and every reference leads somewhere', async () => {
    for (const server of [sandbox, production]) assert.deepEqual(openApiProblems(await documentOf(server)), [])
  })

  it('lists every operation of the API, and what belongs to the operator, by its mode', async () => {
    const ofOperator = textTable(
      ['operation'],
      `
      POST /_clearyard/worlds
      GET /_clearyard/worlds
      GET /_clearyard/worlds/{id}
      POST /_clearyard/worlds/{id}
      GET /_clearyard/worlds/{id}/clock
      GET /_clearyard/worlds/{id}/applications
      POST /_clearyard/worlds/{id}/applications
      GET /_clearyard/worlds/{id}/applications/{applicationId}
      POST /_clearyard/worlds/{id}/applications/{applicationId}
      POST /_clearyard/worlds/{id}/applications/{applicationId}/keys
      POST /_clearyard/worlds/{id}/applications/{applicationId}/keys/{key}
      POST /_clearyard/worlds/{id}/applications/{applicationId}/keys/{key}/rotate
      GET /_clearyard/worlds/{id}/reviews
      GET /_clearyard/worlds/{id}/reviews/{reviewId}
      GET /_clearyard/worlds/{id}/reviews/{reviewId}/file
      POST /_clearyard/worlds/{id}/reviews/{reviewId}
      GET /_clearyard/worlds/{id}/audit
      `,
    ).map((row) => row.operation)
    const ofSandbox = [
      'POST /_clearyard/worlds/{id}/clock',
      'POST /_clearyard/worlds/{id}/flush',
      'GET /_clearyard/worlds/{id}/micro-deposits/{fundingSourceId}',
      'POST /_clearyard/flush',
    ]
    for (const [server, more] of [
      [sandbox, ofSandbox],
      [production, []],
    ] as const) {
      const served = server.app.operations.map(({ operation }) => operation)
      assert.ok(served.length >= 9)
      const listed = operationsOf(await documentOf(server)).map(([name]) => name)
      assert.deepEqual(listed.sort(), ['POST /token', ...served, ...ofOperator, ...more].sort())
    }
  })

  it('says by which token each operation is called: a client token only where an action covers it', async () => {
    const byClients = [
      ...['POST /customers', 'GET /customers/{id}', 'POST /customers/{id}'],
      ...['GET /customers/{id}/documents', 'POST /customers/{id}/documents'],
      ...['GET /customers/{id}/beneficial-owners', 'POST /customers/{id}/beneficial-owners'],
      ...['GET /beneficial-owners/{id}', 'POST /beneficial-owners/{id}', 'DELETE /beneficial-owners/{id}'],
      ...['GET /customers/{id}/beneficial-ownership', 'POST /customers/{id}/beneficial-ownership'],
      'POST /beneficial-owners/{id}/documents',
      ...['GET /business-classifications', 'GET /business-classifications/{id}'],
      ...['GET /customers/{id}/funding-sources', 'POST /customers/{id}/funding-sources'],
      'POST /funding-sources/{id}/micro-deposits',
      'POST /transfers',
    ]
    for (const [name, { security }] of operationsOf(await documentOf(sandbox))) {
      const expected = name.includes('/_clearyard/')
        ? ['operator']
        : name === 'POST /token'
          ? ['basic']
          : byClients.includes(name)
            ? ['application', 'clientToken']
            : ['application']
      assert.deepEqual(security.flatMap(Object.keys), expected, name)
    }
  })

  it('lists the statuses and media types that are answered', async () => {
    for (const server of [sandbox, production])
      for (const [name, { responses }] of operationsOf(await documentOf(server))) {
        const [method = '', path = ''] = name.split(' ')
        const answers = [
          await send(server.origin, method, path.replaceAll(/\{\w+\}/g, 'no-id')),
          await send(server.origin, method, path, { headers: { 'content-type': 'text/plain' } }),
          await send(server.origin, method, path, { headers: { authorization: 'Bearer none' } }),
        ]
        for (const answer of answers) {
          const documented = responses[answer.status] ?? responses[`${String(answer.status)[0]}XX`]
          assert.ok(documented, `${name} ${answer.status}`)
          const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? ''
          const schema = documented.content?.[type]?.schema
          assert.ok(schema, `${name} ${answer.status} ${type}`)
          assert.deepEqual(schemaProblems(schema, answer.body), [], `${name} ${answer.text}`)
        }
      }
  })
})

describe('what is answered is what /openapi.json says', () => {
  let document: Document
  let client: Client
  let values: { [name: string]: string }
  before(async () => {
    document = await documentOf(sandbox)
    const world = await sandbox.newWorld()
    client = await sandbox.as(world.application)
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const more = { businessName: 'Jane Corp', correlationId: 'c-1' }
    const customer = (await client.post('/customers', { ...person, ...more })).location?.split('/').at(-1) ?? ''
    await client.post('/customers', { ...person, email: 'b@example.com', type: 'receive-only' })
    const event = JSON.parse((await client.get('/events')).text)._embedded.events[0].id
    const { id, accountId, application } = world
    const sources = JSON.parse((await client.get(`/accounts/${accountId}/funding-sources`)).text)._embedded
    const [bank, balance] = sources['funding-sources'].map((source: { id: string }) => source.id)
    const ofTransfer = {
      _links: { source: { href: `/funding-sources/${bank}` }, destination: { href: `/funding-sources/${balance}` } },
    }
    const full = {
      ...ofTransfer,
      amount: { value: '1.00', currency: 'USD' },
      metadata: { a: 'b' },
      correlationId: 't-1',
    }
    const send = async (body: object) => (await client.post('/transfers', body)).location?.split('/').at(-1) ?? ''
    const [transfer, failed] = [await send(full), await send(full)]
    await failAtBank(sandbox, failed)
    const ofWorld = { world: id, account: accountId, application: application.id, key: application.key }
    values = { customer, event, bank, balance, transfer, failed, ...ofWorld }
  })

  const calls = textTable(
    ['operation', 'path', 'body'],
    `
    GET /                         | /                                     |
    GET /accounts/{id}            | /accounts/{account}                   |
    GET /accounts/{id}/funding-sources  | /accounts/{account}/funding-sources?embed=balance |
    GET /customers/{id}/funding-sources | /customers/{customer}/funding-sources?removed=false |
    GET /funding-sources/{id}           | /funding-sources/{bank}               |
    GET /funding-sources/{id}           | /funding-sources/{balance}            |
    GET /funding-sources/{id}/balance   | /funding-sources/{balance}/balance    |
    GET /accounts/{id}/transfers        | /accounts/{account}/transfers?search=x |
    GET /customers/{id}/transfers       | /customers/{customer}/transfers        |
    GET /transfers/{id}                 | /transfers/{transfer}                  |
    GET /transfers/{id}/fees            | /transfers/{transfer}/fees             |
    GET /transfers/{id}/failure         | /transfers/{failed}/failure            |
    POST /transfers/{id}                | /transfers/{transfer}                  | {"status":"cancelled"}
    GET /accounts/{id}/transfers        | /accounts/{account}/transfers          |
    GET /customers                | /customers?limit=1&offset=1           |
    GET /customers/{id}           | /customers/{customer}                 |
    POST /customers/{id}          | /customers/{customer}                 | {"status":"deactivated"}
    POST /customers/{id}          | /customers/{customer}                 | {"status":"reactivated"}
    GET /events                   | /events?limit=1&offset=1              |
    GET /events/{id}              | /events/{event}                       |
    POST /client-tokens           | /client-tokens                        | {"action":"customer.create"}
    GET /_clearyard/worlds        | /_clearyard/worlds                    |
    GET /_clearyard/worlds/{id}   | /_clearyard/worlds/{world}            |
    POST /_clearyard/worlds       | /_clearyard/worlds                    | {"clock":{"mode":"frozen"}}
    POST /_clearyard/worlds/{id}  | /_clearyard/worlds/{world}            | {"settings":{"clientTokenLifetimeSeconds":60}}
    GET /_clearyard/worlds/{id}/clock          | /_clearyard/worlds/{world}/clock        |
    POST /_clearyard/worlds/{id}/clock         | /_clearyard/worlds/{world}/clock        | {"advance":"PT1S"}
    GET /_clearyard/worlds/{id}/applications   | /_clearyard/worlds/{world}/applications |
    POST /_clearyard/worlds/{id}/applications  | /_clearyard/worlds/{world}/applications | {}
    GET /_clearyard/worlds/{id}/applications/{applicationId}  | /_clearyard/worlds/{world}/applications/{application} |
    POST /_clearyard/worlds/{id}/applications/{applicationId} | /_clearyard/worlds/{world}/applications/{application} | {"ipAllowList":["127.0.0.1"]}
    POST /_clearyard/worlds/{id}/applications/{applicationId}/keys       | /_clearyard/worlds/{world}/applications/{application}/keys       | {}
    POST /_clearyard/worlds/{id}/applications/{applicationId}/keys/{key} | /_clearyard/worlds/{world}/applications/{application}/keys/{key} | {"status":"active"}
    POST /_clearyard/worlds/{id}/applications/{applicationId}/keys/{key}/rotate | /_clearyard/worlds/{world}/applications/{application}/keys/{key}/rotate | {}
    `,
  )

  for (const { operation, path, body } of calls)
    it(`by ${operation} ${body}`, async () => {
      const [method = ''] = operation.split(' ')
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? assert.fail(name))
      assertDocumented(document, operation, method === 'GET' ? await client.get(url) : await client.post(url, body))
    })

  const reviewing = textTable(
    ['operation', 'path', 'body'],
    `
    GET /_clearyard/worlds/{id}/reviews             | /reviews          |
    GET /_clearyard/worlds/{id}/reviews/{reviewId}  | /reviews/{review} |
    POST /_clearyard/worlds/{id}/reviews/{reviewId} | /reviews/{review} | {"decision":"retry","reasons":["Required"]}
    GET /_clearyard/worlds/{id}/reviews/{reviewId}  | /reviews/{review} |
    GET /_clearyard/worlds/{id}/audit               | /audit            |
    `,
  )

  it('by what the operator of a production account reads and decides', async () => {
    const documented = await documentOf(production)
    assert.equal((await (await production.as()).post('/customers', wholes.business)).status, 201)
    const operate = (method: string, path: string, body?: string) =>
      production.operate(method, `/worlds/default${path}`, body)
    const review = JSON.parse((await operate('GET', '/reviews')).text).reviews[0].id
    for (const { operation, path, body } of reviewing) {
      const [method = ''] = operation.split(' ')
      const answer = await operate(method, path.replace('{review}', review), method === 'POST' ? body : undefined)
      assertDocumented(documented, operation, answer)
    }
    const file = documented.paths['/_clearyard/worlds/{id}/reviews/{reviewId}/file']?.['get']
    assert.deepEqual(Object.keys(file?.responses['200']?.content ?? {}), ['image/png', 'image/jpeg', 'application/pdf'])
  })
})

/** The answer is a success, and as the document says that the operation answers. */
const assertDocumented = (document: Document, operation: string, answer: Answer): void => {
  const [method = '', template = ''] = operation.split(' ')
  assert.ok(answer.status < 300, answer.text)
  const { responses } = document.paths[template]?.[method.toLowerCase()] ?? assert.fail(operation)
  const { content = {} } = responses[answer.status] ?? responses['2XX'] ?? assert.fail(String(answer.status))
  const schema = content[answer.headers.get('content-type')?.split(';', 1)[0] ?? '']?.schema
  assert.ok(schema, String(answer.headers.get('content-type')))
  assert.deepEqual(schemaProblems(schema, JSON.parse(answer.text)), [], operation)
}

describe('the check of OpenAPI', () => {
  type Loose = { [member: string]: Loose }
  const sound = (): Loose =>
    ({
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      components: { schemas: { Name: { type: 'string' } }, securitySchemes: { s: { type: 'http', scheme: 'basic' } } },
      paths: {
        '/things/{id}': {
          get: {
            operationId: 'getThing',
            tags: ['things'],
            summary: 'S',
            description: 'D',
            security: [{ s: [] }],
            parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^a' } }],
            responses: {
              200: {
                description: 'Done.',
                content: {
                  'application/json': {
                    schema: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { $ref: '#/components/schemas/Name' }, n: { enum: [1, 2], default: 1 } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    }) as unknown as Loose

  const at = (root: Loose, path: string): [parent: Record<string, unknown>, name: string] => {
    const names = path.split(' ')
    const last = names.pop() ?? ''
    let parent: Loose = root
    for (const name of names) parent = parent[name] ?? assert.fail(`${path}: no ${name}`)
    return [parent, last]
  }

  it('finds nothing in a sound document', () => {
    assert.deepEqual(openApiProblems(sound()), [])
    assert.notDeepEqual(openApiProblems(null), [])
  })

  const operation = 'paths /things/{id} get'
  const schema = `${operation} responses 200 content application/json schema`
  const faults = textTable(
    ['where', 'value'],
    `
    openapi                                  | "3.0.3"
    info title                               | -
    info name                                | "T"
    paths                                    | -
    paths                                    | {"things":{}}
    paths                                    | {"/things?a=1":{}}
    paths                                    | {"/things":{"fetch":{}}}
    paths                                    | {"/a/{b}":{},"/a/{c}":{}}
    ${operation} operationId                 | -
    ${operation} operationId                 | " "
    ${operation} summary                     | -
    ${operation} description                 | ""
    ${operation} tags                        | []
    ${operation} security                    | -
    ${operation} security                    | [{"unknown":[]}]
    ${operation} parameters                  | -
    ${operation} parameters 0 required       | false
    ${operation} parameters 0 in             | "body"
    ${operation} parameters 0 name           | "other"
    ${operation} parameters 0 schema         | -
    ${operation} parameters 0 schema pattern | "("
    ${operation} parameters 0 schema type    | "text"
    ${operation} parameters 0 schema nullable | true
    ${operation} parameters 1                | {"name":"id","in":"path","required":true,"schema":{}}
    ${operation} requestBody                 | {}
    ${operation} responses                   | {}
    ${operation} responses                   | {"404":{"description":"None."}}
    ${operation} responses 2xx               | {"description":"Done."}
    ${operation} responses 200 description   | -
    ${operation} responses 200 schema        | {}
    ${operation} responses 200 content json  | {"schema":{}}
    ${operation} responses 200 headers       | {"location":{"type":"string"}}
    ${schema} type                           | ["object","thing"]
    ${schema} required                       | ["name","name"]
    ${schema} required                       | ["other"]
    ${schema} properties name $ref           | "#/components/schemas/Other"
    ${schema} properties name $ref           | "Other"
    ${schema} properties n enum              | []
    ${schema} properties n default           | 3
    ${schema} properties n maxLength         | -1
    ${schema} properties n items             | []
    ${schema} properties n oneOf             | []
    ${schema} properties n patern            | "a"
    ${schema} properties n pattern           | "["
    components securitySchemes s             | {"type":"http"}
    components schemas Name minimum          | "1"
    `,
  )

  it('finds each fault that is planted', () => {
    for (const { where, value } of faults) {
      const document = sound()
      const [parent, name] = at(document, where)
      if (value === '-') delete parent[name]
      else parent[name] = JSON.parse(value)
      assert.notDeepEqual(openApiProblems(document), [], `${where} = ${value}`)
    }
    const twice = sound()
    const paths = twice['paths'] as unknown as Record<string, unknown>
    paths['/others/{id}'] = structuredClone(paths['/things/{id}'])
    assert.deepEqual(openApiProblems(twice), ['/paths//others/{id}/get/operationId is another operation’s'])
  })

  it('and the check of bodies finds what is not as its schema says', () => {
    const thing: Schema = {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string', format: 'uuid' }, list: { type: 'array', items: { type: 'integer' } } },
    }
    const id = '00000000-0000-4000-8000-000000000000'
    assert.deepEqual(schemaProblems(thing, { id, list: [1, 2] }), [])
    for (const wrong of [{}, { id: 'x' }, { id, list: [1.5] }, { id, list: {} }, { id, more: 1 }, [], null, 'x'])
      assert.notDeepEqual(schemaProblems(thing, wrong), [], JSON.stringify(wrong))
  })
})
