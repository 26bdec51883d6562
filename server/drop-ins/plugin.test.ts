/** What the drop-ins' scope serves, to whom, and what it never serves. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Refusal } from '@clearyard/contract/errors.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { ensureBuilt, readBuilt } from '../../drop-ins/build.ts'
import { createErrorHandler } from '../http/render-error.ts'
import { type DropInsOptions, dropIns } from './plugin.ts'

const folder = fileURLToPath(new URL('../../drop-ins/dist', import.meta.url))

const asked: unknown[] = []
let sandbox: FastifyInstance
let production: FastifyInstance
let parts: readonly string[]
let assets: readonly string[]

const appWith = async (options: Omit<DropInsOptions, 'folder'>): Promise<FastifyInstance> => {
  const app = Fastify()
  app.setErrorHandler(createErrorHandler({ publicUrl: null, seen: () => {} }))
  await app.register(dropIns, { folder, ...options })
  return app
}

before(async () => {
  await ensureBuilt()
  const files = (readBuilt(folder)?.files ?? []).map(({ path }) => path)
  parts = files.filter((path) => path.startsWith('components/'))
  assets = files.filter((path) => path.startsWith('playground/'))
  const mint = async (request: { readonly action?: unknown }) => {
    asked.push(request)
    if (request.action === 'forbidden') throw new Refusal('Forbidden')
    if (request.action === 'broken') throw new Error('secret details')
    return { token: 'a-token' }
  }
  const guard: DropInsOptions['guard'] = (request) => {
    if (request.headers.host === 'stranger.example') throw new Refusal('Forbidden')
  }
  sandbox = await appWith({ sandbox: true, mint, guard })
  production = await appWith({ sandbox: false, mint })
})

after(() => Promise.all([sandbox.close(), production.close()]))

const get = (app: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers })

describe('the library', () => {
  test('is one script behind the plain path and every version, for pages of any origin', async () => {
    const plain = await get(production, '/dwolla-web.js')
    assert.equal(plain.statusCode, 200)
    for (const path of ['/v2', '/v3', '/v2.2', '/v2.1.8', '/v3.0.0', '/v3.1.0', '/v10.20.30']) {
      const answer = await get(production, `${path}/dwolla-web.js`)
      assert.equal(answer.statusCode, 200, path)
      assert.equal(answer.body, plain.body)
      assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8')
      assert.equal(answer.headers['access-control-allow-origin'], '*')
      assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin')
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      assert.equal(answer.headers['cache-control'], 'no-cache')
    }
  })

  test('has its parts beside it, wherever it is loaded from, and these never change', async () => {
    assert.ok(parts.length >= 2)
    for (const part of parts)
      for (const prefix of ['/', '/v2/', '/v3.1.0/']) {
        const answer = await get(production, prefix + part)
        assert.equal(answer.statusCode, 200, prefix + part)
        assert.equal(answer.headers['access-control-allow-origin'], '*')
        assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
      }
  })

  test('is not sent again to who has it', async () => {
    const { headers } = await get(production, '/dwolla-web.js')
    const etag = String(headers.etag)
    assert.match(etag, /^"[\w-]{27}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get(production, '/dwolla-web.js', { 'if-none-match': known })
      assert.deepEqual([answer.statusCode, answer.body, answer.headers.etag], [304, '', etag], known)
    }
    assert.equal((await get(production, '/dwolla-web.js', { 'if-none-match': '"other"' })).statusCode, 200)
  })

  test('answers HEAD like GET without a body, and other methods with 405', async () => {
    const head = await production.inject({ method: 'HEAD', url: '/v3.1.0/dwolla-web.js' })
    assert.deepEqual([head.statusCode, head.body], [200, ''])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      const answer = await production.inject({ method, url: '/dwolla-web.js' })
      assert.equal(answer.statusCode, 405, method)
      assert.equal(answer.headers.allow, 'GET, HEAD')
    }
  })
})

test('nothing but what the build lists is served', async () => {
  const paths = [
    '/files.json',
    '/components/',
    '/components/..%2ffiles.json',
    '/components/%2e%2e/files.json',
    '/v2/../files.json',
    '/v2/files.json',
    '/v/dwolla-web.js',
    '/vx/dwolla-web.js',
    '/v2;a/dwolla-web.js',
    '/v2/v3/dwolla-web.js',
    '/dwolla-web.js/',
    '/playground/index.html',
    '/playground/',
    '/v2/playground',
    '/DWOLLA-WEB.JS',
  ]
  for (const path of paths) assert.equal((await get(sandbox, path)).statusCode, 404, path)
  for (const asset of assets) assert.equal((await get(sandbox, `/v2/${asset}`)).statusCode, 404, asset)
})

describe('the playground', () => {
  test('is a page that runs only what comes from here, and that nobody can frame', async () => {
    const answer = await get(sandbox, '/playground')
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(
      answer.headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    )
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.equal(/<script>|<style>| style=| on\w+=/.test(answer.body), false, 'nothing inline')
    assert.match(answer.body, /no real money moves/)
    assert.match(answer.body, /not made, endorsed or supported by Dwolla/)
    for (const asset of assets) {
      assert.ok(answer.body.includes(`"/${asset}"`), asset)
      assert.equal((await get(sandbox, `/${asset}`)).statusCode, 200)
    }
  })

  test('is not there in production', async () => {
    for (const path of ['/playground', ...assets.map((asset) => `/${asset}`)])
      assert.equal((await get(production, path)).statusCode, 404, path)
    const answer = await production.inject({
      method: 'POST',
      url: '/playground/token',
      payload: { action: 'customer.create' },
    })
    assert.equal(answer.statusCode, 404)
  })
})

describe('the playground’s token address', () => {
  const post = (payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    sandbox.inject({ method: 'POST', url: '/playground/token', payload, headers })

  test('mints for what a component asks, and for nothing else in the body', async () => {
    asked.length = 0
    const body = { action: 'customer.read', _links: { customer: { href: '/customers/1' } }, accountId: 'another' }
    const answer = await post(JSON.stringify(body))
    assert.deepEqual([answer.statusCode, answer.json()], [200, { token: 'a-token' }])
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.deepEqual(asked, [{ action: body.action, _links: body._links }])
  })

  test('cannot be called by another page: JSON alone, no CORS, and a host that is this machine’s', async () => {
    asked.length = 0
    const body = '{"action":"customer.create"}'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      assert.equal((await post(body, { 'content-type': type })).statusCode, 415, type)
    assert.equal((await sandbox.inject({ method: 'POST', url: '/playground/token' })).statusCode, 415)
    const preflight = await sandbox.inject({
      method: 'OPTIONS',
      url: '/playground/token',
      headers: { origin: 'https://a.example' },
    })
    assert.deepEqual([preflight.statusCode, preflight.headers['access-control-allow-origin']], [405, undefined])
    const stranger = await post(body, { 'content-type': 'application/json', host: 'stranger.example' })
    assert.equal(stranger.statusCode, 403)
    assert.deepEqual(asked, [])
    assert.equal((await post(body)).headers['access-control-allow-origin'], undefined)
  })

  test('refuses as the API does', async () => {
    const refused = [
      ['{', 400, 'BadRequest'],
      ['[]', 400, 'BadRequest'],
      ['{"__proto__":{}}', 400, 'BadRequest'],
      ['{"action":"forbidden"}', 403, 'Forbidden'],
      ['{"action":"broken"}', 500, 'ServerError'],
    ] as const
    for (const [body, status, code] of refused) {
      const answer = await post(body)
      assert.deepEqual([answer.statusCode, answer.json().code], [status, code], body)
      assert.equal(answer.body.includes('secret details'), false)
    }
    const other = await sandbox.inject({ method: 'GET', url: '/playground/token' })
    assert.deepEqual([other.statusCode, other.headers.allow], [405, 'POST'])
  })
})
