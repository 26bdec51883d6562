/** Fetching a client token, in every form a page may offer one. Each call needs its own: they are single use. */
import type { Links, Options, TokenRequest } from '../core/options.ts'
import { Failure } from './failure.ts'
import { inTime } from './in-time.ts'
import { texts } from './texts.ts'

const timeoutMs = 30_000

/** Calls a function of the page; what it throws is the developer's to see, and our failure. */
const ofPage = async <T>(call: () => T | Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (cause) {
    reportError(cause)
    throw cause
  }
}

const post = async (url: string, { action, _links }: TokenRequest, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'X-Requested-With': 'Dwolla-Drop-Ins-Library',
    },
    credentials: 'include',
    signal,
    body: JSON.stringify({ action, _links }),
  })
  if (!response.ok) throw new Error(`the token address answered ${response.status}`)
  return response.json()
}

const ask = async ({ token, tokenUrl }: Options, request: TokenRequest, signal: AbortSignal): Promise<unknown> => {
  if (token) return ofPage(() => token(request))
  const url = typeof tokenUrl === 'function' ? await ofPage(() => tokenUrl(request)) : tokenUrl
  return post(url ?? '', request, signal)
}

/**
 * A token for one call.
 * @param links the resources the token must be bound to
 * @throws Failure when the page gives none
 */
export const fetchToken = async (options: Options, action: string, links: Links): Promise<string> => {
  try {
    const answer = await inTime(timeoutMs, (signal) => ask(options, { action, _links: links, links }, signal))
    const token = typeof answer === 'string' ? answer : (answer as { token?: unknown } | null)?.token
    if (typeof token === 'string' && token !== '') return token
    throw new Error('the answer has no token')
  } catch (cause) {
    throw new Failure(texts.tokenIssue, { cause })
  }
}
