/**
 * `/openapi.json`, from the schemas of the routes, and `/docs`, which shows it. Scalar's five megabytes are loaded when
 * somebody opens the page, and its policy lets it ask nobody but this origin.
 */
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import { version } from '../version.ts'

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

/** Scalar puts its styles into the page; scripts come from files only. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Clearyard API</title>
    <link rel="icon" href="data:,">
    <script src="/docs/page.js"></script>
    <script src="/docs/scalar.js" defer></script>
  </head>
  <body>
    <div id="app"></div>
  </body>
</html>
`

const configuration = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
}

/** Runs before Scalar: the zod in it would try eval, find that the policy forbids it, and go on without. */
const pageScript = `
globalThis.__zod_globalConfig = { jitless: true }
addEventListener('DOMContentLoaded', () => Scalar.createApiReference('#app', ${JSON.stringify(configuration)}))
`.trimStart()

/** Scalar's script, which its plugin for Fastify has and gives only by serving it. */
const loadScalar = async (): Promise<string> => {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = Fastify()
  await pages.register(scalar, { routePrefix: '/docs', configuration: { url: configuration.url } })
  const { statusCode, body } = await pages.inject('/docs/js/scalar.js')
  await pages.close()
  if (statusCode !== 200) throw new Error(`Scalar's script is not where it was: ${statusCode}`)
  return body
}

const registerPage = (app: FastifyInstance): void => {
  let scalar: Promise<string> | undefined
  const files: { readonly [url: string]: { type: string; text: () => string | Promise<string> } } = {
    '/docs': { type: 'text/html; charset=utf-8', text: () => page },
    '/docs/': { type: 'text/html; charset=utf-8', text: () => page },
    '/docs/page.js': { type: 'text/javascript; charset=utf-8', text: () => pageScript },
    '/docs/scalar.js': {
      type: 'text/javascript; charset=utf-8',
      text: () => {
        scalar ??= loadScalar()
        return scalar
      },
    },
  }
  for (const [url, { type, text }] of Object.entries(files))
    app.get(url, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .headers({
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        })
        .type(type)
        .send(await text()),
    )
}

/** Registered before the routes, whose schemas it gathers. */
export const registerDocs = async (app: FastifyInstance): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Clearyard', version, description, license: { name: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      components: { securitySchemes },
    },
  })
  let document: string | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json').send(document)
  })
  registerPage(app)
}
