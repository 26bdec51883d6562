import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, send, startTestServer, type TestServer } from '../testing/harness.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const read = (path: string): Promise<Answer> => send(server.origin, 'GET', path)

describe('GET /docs', () => {
  it('is a page with or without a slash, and everything in it comes from this origin', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await read(path)
      assert.equal(page.status, 200)
      assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
      assert.doesNotMatch(page.text, /https?:|["'(]\/\//)
      const scripts = [...page.text.matchAll(/<script[^>]*\bsrc="([^"]*)"/g)].map((match) => match[1] ?? '')
      assert.ok(scripts.length > 0)
      for (const src of scripts) {
        assert.match(src, /^\/docs\//)
        const script = await read(src)
        assert.equal(script.status, 200, src)
        assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
      }
    }
  })

  it('comes with a policy that lets it run no code but its files and ask nobody but this origin', async () => {
    for (const path of ['/docs', '/docs/', '/docs/page.js', '/docs/scalar.js']) {
      const { headers } = await read(path)
      const policy = Object.fromEntries(
        (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
          const [name = '', ...sources] = directive.split(' ')
          return [name, sources.join(' ')]
        }),
      )
      assert.equal(policy['default-src'], "'none'", path)
      assert.equal(policy['script-src'], "'self'")
      assert.equal(policy['connect-src'], "'self'")
      for (const name of ['frame-ancestors', 'base-uri', 'form-action']) assert.equal(policy[name], "'none'", name)
      for (const sources of Object.values(policy)) assert.doesNotMatch(sources, /\*|https?:|unsafe-eval|blob:/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
    }
  })

  it('takes no token, in production neither', async () => {
    const production = await startTestServer({
      sandbox: false,
      operatorToken: 'an-operator-token-of-forty-characters-xx',
    })
    try {
      for (const path of ['/docs', '/openapi.json'])
        assert.equal((await send(production.origin, 'GET', path)).status, 200, path)
    } finally {
      await production.stop()
    }
  })
})
