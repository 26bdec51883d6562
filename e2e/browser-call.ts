/**
 * A call as a page of another origin makes it: preflight first, then the request, with nothing but what CORS lets
 * through.
 */
import assert from 'node:assert/strict'
import { halType } from '@clearyard/contract/hal.ts'
import { type Answer, send } from '../server/testing/harness.ts'

const page = 'https://shop.example'

const demandPreflight = async (url: string, method: string): Promise<void> => {
  const { status, headers } = await send(url, 'OPTIONS', '', {
    headers: {
      origin: page,
      'access-control-request-method': method,
      'access-control-request-headers': 'accept,authorization,content-type',
    },
  })
  assert.equal(status, 204)
  assert.equal(headers.get('access-control-allow-origin'), '*')
  const allowed = (name: string) => (headers.get(`access-control-allow-${name}`) ?? '').toLowerCase().split(', ')
  assert.ok(allowed('methods').includes(method.toLowerCase()))
  for (const name of ['accept', 'authorization', 'content-type']) assert.ok(allowed('headers').includes(name))
}

/** The answer to `method url` with a client token; `location` is null unless the page may see it. */
export const callAsBrowser = async (
  { token, method, url }: { token: string; method: 'GET' | 'POST' | 'DELETE'; url: string },
  body?: object,
): Promise<Answer> => {
  await demandPreflight(url, method)
  const answer = await send(url, method, '', {
    headers: { origin: page, authorization: `Bearer ${token}`, accept: halType, 'content-type': halType },
    ...(body && { body: JSON.stringify(body) }),
  })
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const seen = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase().split(', ')
  return seen.includes('location') ? answer : { ...answer, location: null }
}
