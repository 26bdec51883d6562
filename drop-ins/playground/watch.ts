/**
 * Watches what the component does: the requests it makes, by standing before the page's `fetch`, and the callbacks it
 * calls. A token is never shown whole: it is a key, even here.
 */

export type Step =
  | { readonly is: 'token' | 'api'; readonly request: string; readonly sent: unknown; readonly answer: Answer | null }
  | { readonly is: 'success'; readonly payload: unknown }
  | { readonly is: 'error'; readonly payload: string }

/** @property status null when there was no answer at all */
type Answer = { readonly status: number | null; readonly headers: string; readonly body: unknown }

export type Entry = { readonly step: Step; readonly at: Date; readonly ms: number | null }

const masked = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string'
    ? { ...body, token: `${body.token.slice(0, 6)}…` }
    : body

const parsed = (text: string): unknown => {
  try {
    return text === '' ? null : masked(JSON.parse(text))
  } catch {
    return text
  }
}

const answerOf = async (response: Response): Promise<Answer> => {
  const location = response.headers.get('location')
  return {
    status: response.status,
    headers: location ? `Location: ${location}` : '',
    body: parsed(await response.clone().text()),
  }
}

/** @param told called with each request as it is answered; requests to `tokenPath` are those for tokens */
export const watchRequests = (tokenPath: string, told: (entry: Entry) => void): void => {
  const original = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const at = new Date()
    const url = new URL(input instanceof Request ? input.url : input, location.href)
    const tell = (answer: Answer) =>
      told({
        at,
        ms: Math.round(Date.now() - at.getTime()),
        step: {
          is: url.pathname === tokenPath ? 'token' : 'api',
          request: `${init?.method ?? 'GET'} ${url.pathname}${url.search}`,
          sent: typeof init?.body === 'string' ? parsed(init.body) : null,
          answer,
        },
      })
    try {
      const response = await original(input, init)
      tell(await answerOf(response))
      return response
    } catch (error) {
      tell({ status: null, headers: '', body: null })
      throw error
    }
  }
}
