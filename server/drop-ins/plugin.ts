/**
 * Serves `dwolla-web.js` and its parts, at the root and under a version like the CDN's (one behaviour behind all), and
 * in sandbox mode the playground with the address it gets its client tokens from. A scope of its own: nothing of the
 * API's authentication and media types applies.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readJsonBodies } from '../http/json-body.ts'
import { refuseOtherMethods } from '../http/methods.ts'
import { readServedFiles, type ServedFile } from './files.ts'

/**
 * @property folder where the drop-ins were built
 * @property sandbox whether there is a playground
 * @property mint makes a client token for the playground from the body of a token request
 * @property guard throws unless a request may have the playground mint
 */
export type DropInsOptions = {
  readonly folder: string
  readonly sandbox: boolean
  readonly mint?: (request: { readonly action?: unknown; readonly _links?: unknown }) => Promise<{ token: string }>
  readonly guard?: (request: FastifyRequest) => void
}

/** `v2`, `v3.1.0`: the CDN's paths. */
const version = ':version(^v\\d[\\d.]*$)'

/** The page runs only its own scripts, and nobody may frame it. */
const playgroundPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Whether the caller already has this version: `If-None-Match` lists it, or says `*`. */
const isKnown = (request: FastifyRequest, { etag }: ServedFile): boolean => {
  const known = request.headers['if-none-match']
  return known?.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, ''))) ?? false
}

const serve = (request: FastifyRequest, reply: FastifyReply, file: ServedFile): FastifyReply => {
  reply.header('ETag', file.etag).header('Cache-Control', file.cacheControl).header('X-Content-Type-Options', 'nosniff')
  if (isKnown(request, file)) return reply.code(304).send()
  return reply.type(file.type).send(file.body)
}

/** Pages of any origin may load the scripts; they carry nothing that is anybody's. */
const serveToAll = (request: FastifyRequest, reply: FastifyReply, file: ServedFile): FastifyReply => {
  reply.header('Access-Control-Allow-Origin', '*').header('Cross-Origin-Resource-Policy', 'cross-origin')
  return serve(request, reply, file)
}

const hidden = { schema: { hide: true } }

export const dropIns = async (app: FastifyInstance, options: DropInsOptions): Promise<void> => {
  const { scripts, playground } = readServedFiles(options.folder)
  const get = (url: string, answer: (request: FastifyRequest, reply: FastifyReply) => FastifyReply) => {
    app.get(url, hidden, answer)
    refuseOtherMethods(app, url, ['GET', 'HEAD'])
  }
  for (const [path, file] of scripts)
    for (const folder of ['/', `/${version}/`]) get(folder + path, (request, reply) => serveToAll(request, reply, file))
  if (!options.sandbox || !options.mint) return

  for (const [path, file] of playground.assets) get(`/${path}`, (request, reply) => serve(request, reply, file))
  get('/playground', (request, reply) => {
    reply
      .header('Content-Security-Policy', playgroundPolicy)
      .header('Referrer-Policy', 'no-referrer')
      .header('Cross-Origin-Opener-Policy', 'same-origin')
    return serve(request, reply, playground.page)
  })
  await app.register(playgroundTokens, { mint: options.mint, guard: options.guard ?? (() => {}) })
}

/**
 * `POST /playground/token`: what a page's own `tokenUrl` would be. JSON alone and no CORS, so that no other page can
 * have it called.
 */
const playgroundTokens = async (
  app: FastifyInstance,
  { mint, guard }: Required<Pick<DropInsOptions, 'mint' | 'guard'>>,
): Promise<void> => {
  const url = '/playground/token'
  readJsonBodies(app)
  app.post(url, {
    ...hidden,
    onRequest: async (request) => {
      guard(request)
      if (request.headers['content-type'] === undefined) throw new Refusal('UnsupportedMediaType')
    },
    handler: async (request, reply) => {
      const { action, _links } = request.body as { action?: unknown; _links?: unknown }
      const { token } = await mint({ action, _links })
      return reply.header('Cache-Control', 'no-store').send({ token })
    },
  })
  refuseOtherMethods(app, url, ['POST'])
}
