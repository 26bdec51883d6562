/** Calling the API from the browser: a fresh token, one request, and the page's `success` once it completed. */
import { halType } from '@clearyard/contract/hal.ts'
import type { Links } from '../core/options.ts'
import type { AnyHost } from '../core/part.ts'
import { Failure } from './failure.ts'
import { inTime } from './in-time.ts'
import { texts } from './texts.ts'
import { fetchToken } from './token.ts'

const timeoutMs = 60_000

/**
 * @property action what the token must allow
 * @property links the resources the token is for
 * @property path without a slash before it
 */
export type Call = {
  readonly action: string
  readonly links?: Links
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** @property response `{ location }` when something was created, else the body; `{}` when that is no JSON */
export type Answer = { readonly ok: boolean; readonly response: unknown }

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** What a callback of the page throws is the page's error, and must not disturb the form. */
const tell = <T>(callback: ((payload: T) => unknown) | undefined, payload: T): void => {
  if (typeof callback === 'function') queueMicrotask(() => callback(payload))
}

const send = async (url: string, init: RequestInit): Promise<readonly [Response, string]> => {
  try {
    return await inTime(timeoutMs, async (signal) => {
      const answer = await fetch(url, { ...init, credentials: 'omit', redirect: 'error', signal })
      return [answer, await answer.text()]
    })
  } catch (cause) {
    throw new Failure(texts.apiIssue, { cause })
  }
}

/** @throws Failure when there is no token, or no answer */
export const callApi = async (host: AnyHost, { action, links, method, path, body }: Call): Promise<Answer> => {
  const token = await fetchToken(host.options, action, links ?? {})
  const [answer, text] = await send(`${host.apiUrl}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, Accept: halType, 'Content-Type': halType },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const location = answer.status === 201 ? answer.headers.get('Location') : null
  const response = location === null ? parsed(text) : { location }
  tell(host.options.success, { resource: path, response })
  return { ok: answer.ok, response }
}

/** Tells the page what went wrong, other than in an answer of the API. */
export const reportFailure = (host: AnyHost, message: string): void => tell(host.options.error, message)
