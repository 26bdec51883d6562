/** What a route says of itself in `/openapi.json`. */
import { boundTo } from '@clearyard/contract/actions.ts'
import { type ErrorCode, errors } from '@clearyard/contract/errors.ts'
import { formsType, halType } from '@clearyard/contract/hal.ts'
import { formsSchema } from './hal-forms.ts'
import { everyRouteMayAnswer, type Route } from './route.ts'
import { errorSchema, idSchema, type JsonSchema } from './schemas.ts'

const pathParameters = (path: string): JsonSchema | undefined => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  if (names.length === 0) return undefined
  return { type: 'object', required: names, properties: Object.fromEntries(names.map((name) => [name, idSchema])) }
}

const byStatus = (codes: readonly ErrorCode[]): { [status: string]: JsonSchema } =>
  Object.fromEntries(
    [...Map.groupBy(codes, (code) => errors[code].status)].map(([status, same]) => [
      String(status),
      { description: same.join(', '), content: { [halType]: { schema: errorSchema } } },
    ]),
  )

const hasForms = (route: Route): boolean => 'forms' in route

const success = (route: Route): { [status: string]: JsonSchema } => {
  const { answers } = route
  const forms = hasForms(route) ? { [formsType]: { schema: formsSchema } } : {}
  return {
    ...(200 in answers
      ? { 200: { description: 'Done.', content: { [halType]: { schema: answers[200] }, ...forms } } }
      : {}),
    ...(answers[201] === undefined
      ? {}
      : {
          201: {
            description: `${answers[201]} was created. The body is empty.`,
            headers: { Location: { type: 'string', format: 'uri', description: 'Where it is.' } },
            type: 'null',
          },
        }),
  }
}

/** As the published contract has it, though a reader of OpenAPI may pass over a parameter of this name. */
const versionHeader = (route: Route): JsonSchema => ({
  type: 'object',
  required: ['Accept'],
  properties: {
    Accept: hasForms(route)
      ? {
          type: 'string',
          enum: [halType, formsType],
          description: 'The version of the API, or forms for what it takes.',
        }
      : { type: 'string', enum: [halType], description: 'The version of the API.' },
  },
})

const without = (properties: { [name: string]: JsonSchema | undefined }): JsonSchema =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))

/** Whether there is a client token that reaches the route. */
const isForBrowsers = (route: Route): boolean => Object.hasOwn(boundTo, `${route.method} ${route.path}`)

export const openApiSchema = (route: Route): JsonSchema => ({
  operationId: route.operationId,
  tags: [route.tag],
  summary: route.summary,
  description: route.description,
  security: [{ application: [] }, ...(isForBrowsers(route) ? [{ clientToken: [] }] : [])],
  consumes: 'receive' in route ? ['multipart/form-data'] : ['application/json', halType],
  response: { ...success(route), ...byStatus([...everyRouteMayAnswer, ...route.errors]) },
  ...without({
    headers: versionHeader(route),
    params: pathParameters(route.path),
    querystring: route.parameters && { type: 'object', properties: route.parameters },
    body: route.body,
  }),
})
