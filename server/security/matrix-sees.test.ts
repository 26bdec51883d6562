import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { foreignMatrix, type Report } from '../testing/foreign-matrix.ts'

/** A server that gives away what `leak` names shows that the matrix would see it. */
describe('the matrix', () => {
  const [theirId, ourId] = [randomUUID(), randomUUID()]
  const operation = (security: string[], more: object = {}) => ({
    security: security.map((scheme) => ({ [scheme]: [] })),
    ...more,
  })
  const paths = {
    '/things/{id}': { get: operation(['application']), delete: operation(['application']) },
    '/things': {
      get: operation(['application'], { parameters: [{ name: 'search', in: 'query' }] }),
      post: operation(['application', 'clientToken'], {
        requestBody: {
          content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } },
        },
      }),
    },
    '/open': { get: operation([]) },
    '/others/{id}': { get: operation(['application']) },
    '/_clearyard/worlds/{id}': { get: operation(['operator']) },
  }

  let leaky: Server
  let origin: string
  /** Answers as a careless server might; `leak` is what it gets wrong. */
  let leak = ''
  before(async () => {
    leaky = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const sent = Buffer.concat(parts).toString()
      const { url = '', method, headers } = request
      const say = (status: number, body: object, more: Record<string, string> = {}) =>
        response.writeHead(status, more).end(JSON.stringify(body))
      if (url === '/openapi.json') return say(200, { paths })
      const by = headers.authorization
      const isOurs = by === 'Bearer ours'
      if (!isOurs && !(leak === 'any token' && method === 'GET')) return say(401, {})
      if (leak === 'operator' && url.startsWith('/_clearyard')) return say(200, { name: 'theirs-word' })
      if (url.startsWith('/_clearyard')) return say(401, {})
      if (url.includes(theirId) && url.startsWith('/things/') && leak === 'path')
        return say(200, { name: 'theirs-word' })
      if (url.includes(theirId) && url.startsWith('/things/') && leak === 'oracle') return say(404, { code: 'Other' })
      if (url.startsWith('/things/') || url.startsWith('/others/')) return say(404, {})
      if (leak === 'query' && url.includes('theirs-word')) return say(200, { id: theirId })
      if (leak === 'header' && sent.includes(theirId)) return say(201, {}, { location: '/things/theirs%2Dword' })
      if (leak === 'link' && sent.includes('href')) return say(sent.includes(theirId) ? 201 : 403, {})
      if (leak === 'crash' && sent.includes('theirs-word')) return say(500, {})
      return say(200, {})
    })
    await new Promise<void>((resolve) => leaky.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(leaky.address() as AddressInfo).port}`
  })
  after(() => {
    leaky.close()
    leaky.closeAllConnections()
  })

  const ask = (): Promise<Report> =>
    foreignMatrix({
      origin,
      theirs: {
        ids: { things: [theirId] },
        parameters: { id: theirId },
        words: ['theirs-word'],
        canaries: [theirId, 'theirs-word'],
        credentials: [],
      },
      ours: { ids: { things: [ourId] }, application: { name: 'ours', token: () => 'ours' } },
      refused: [{ name: 'no token', token: () => null }],
      browsers: [],
      notTheOperators: [{ name: 'ours', token: () => 'ours' }],
    })

  const always = [
    'GET /open has no case: by what is it called?',
    'GET /others/{id}: the other world has none of others to ask for',
  ]

  it('says which operation it can ask nothing, and of what the other world has none; and counts the rest', async () => {
    leak = ''
    const { problems, cases } = await ask()
    assert.deepEqual(problems, always)
    assert.deepEqual(cases['GET /open'], {})
    assert.deepEqual(Object.keys(cases['POST /things'] ?? {}), ['query', 'link', 'body'])
  })

  for (const [kind, sign] of [
    ['path', 'GET /things/{id}, foreign path, ours: tells theirs-word'],
    ['oracle', 'GET /things/{id}, foreign path, ours: 404 {"code":"Other"}, but 404 {} for what nobody has'],
    ['any token', 'GET /things, foreign query, no token: answers 200 {}'],
    ['query', `GET /things, foreign query, ours: tells ${theirId}`],
    ['header', 'POST /things, foreign link, ours: tells theirs-word'],
    ['link', 'POST /things, foreign link, ours: 201 {}, but 403 {} for what nobody has'],
    ['crash', 'POST /things, foreign body, ours: answers 500 {}'],
    ['operator', 'GET /_clearyard/worlds/{id}, foreign path, ours: tells theirs-word'],
  ] as const)
    it(`sees what a careless server gives away: ${kind}`, async () => {
      leak = kind
      const { problems } = await ask()
      assert.ok(problems.includes(sign), problems.join('\n'))
    })
})
