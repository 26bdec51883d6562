/**
 * What a page passes to `dwolla.configure`. Names and meanings are those of Dwolla's library; `apiUrl` and `provider`
 * are additions. Unknown options are tolerated.
 */

export type Links = { readonly [rel: string]: { readonly href: string } }

/** What a token is asked for; `links` repeats `_links` for pages written against older versions. */
export type TokenRequest = { readonly action: string; readonly _links: Links; readonly links: Links }

export type TokenAnswer = string | { readonly token: string }

type Awaitable<T> = T | Promise<T>

/** An API call that completed, whatever its status: the path without its slash, and the body or `{ location }`. */
export type Completed = { readonly resource: string; readonly response: unknown }

/**
 * @property environment tolerated for Dwolla's sake: the API is where the script came from, or `apiUrl`
 * @property styles address of a stylesheet to load inside each component
 * @property token gives a client token for a request; exactly one of `token` and `tokenUrl`
 * @property tokenUrl address (or a function that gives one) that answers a posted request with `{ token }`
 * @property error called with a text when something other than an API answer went wrong
 * @property userAgent tolerated; a page cannot set that header
 * @property apiUrl base address of the API, when it is not the origin the script came from
 * @property provider the payment provider whose terms the person accepts beside the page's own
 */
export type Options = {
  readonly environment?: string
  readonly styles?: string
  readonly token?: (request: TokenRequest) => Awaitable<TokenAnswer>
  readonly tokenUrl?: string | ((request: TokenRequest) => Awaitable<string>)
  readonly success?: (completed: Completed) => unknown
  readonly error?: (message: string) => unknown
  readonly userAgent?: string
  readonly apiUrl?: string
  readonly provider?: Provider
}

export type Provider = { readonly name: string; readonly terms: string; readonly privacy: string }

/** What makes these options unusable, as a sentence for the developer, or null. */
export const wrongWith = (options: Options): string | null => {
  if (typeof options !== 'object' || options === null) return 'dwolla.configure needs an object of options.'
  const { token, tokenUrl, apiUrl } = options
  if (!token === !tokenUrl) return 'dwolla.configure needs exactly one of token and tokenUrl.'
  if (token && typeof token !== 'function') return 'The option token must be a function.'
  if (tokenUrl && !/string|function/.test(typeof tokenUrl))
    return 'The option tokenUrl must be an address or a function.'
  if (apiUrl && !URL.canParse(apiUrl, document.baseURI)) return 'The option apiUrl must be an address.'
  return null
}
