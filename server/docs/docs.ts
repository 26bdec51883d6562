/**
 * `/openapi.json`, from the schemas of the routes, and `/docs`, which shows it. Scalar's five megabytes are loaded when
 * somebody opens the page, and its policy lets it ask nobody but this origin.
 */
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'

const description = `
Clearyard is an open implementation of the Dwolla v2 API, its client tokens and its drop-in components. It is independent
of Dwolla, is no bank and moves no real money by itself.

Take a token from \`POST /token\`, then send it as \`Authorization: Bearer …\` with
\`Accept: application/vnd.dwolla.v1.hal+json\`.`.trim()

const securitySchemes = {
  basic: { type: 'http', scheme: 'basic', description: 'Key and secret of an application.' },
  application: { type: 'http', scheme: 'bearer', description: 'An application access token from `POST /token`.' },
  clientToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'A client token from `POST /client-tokens`: one use, one action.',
  },
  operator: { type: 'http', scheme: 'bearer', description: 'In production: the operator’s token.' },
} as const

const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const createReference = async (): Promise<FastifyInstance> => {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = Fastify()
  await pages.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Clearyard API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
      showDeveloperTools: 'never',
    },
  })
  return pages
}

/** Registered before the routes, whose schemas it gathers. */
export const registerDocs = async (app: FastifyInstance): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Clearyard', version: '0.1.0', description, license: { name: 'Apache-2.0' } },
      components: { securitySchemes },
    },
  })
  const schema = { hide: true }
  let document: string | undefined
  app.get('/openapi.json', { schema }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json').send(document)
  })

  let reference: Promise<FastifyInstance> | undefined
  for (const url of ['/docs', '/docs/', '/docs/js/scalar.js'])
    app.get(url, { schema }, async (_request, reply) => {
      reference ??= createReference()
      const page = await (await reference).inject(url)
      return reply
        .code(page.statusCode)
        .headers({
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        })
        .headers(page.statusCode === 301 ? { location: '/docs/' } : {})
        .type(page.headers['content-type'] ?? 'text/html')
        .send(page.rawPayload)
    })
}
