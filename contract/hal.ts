/**
 * HAL (draft-kelly-json-hal) as Dwolla writes it. Bodies are built with hrefs that are paths; the reply puts the
 * request's origin before them, so a body can be built, stored and repeated without knowing who asks.
 */
export const halType = 'application/vnd.dwolla.v1.hal+json'

/** RFC-less profile of error bodies that the official clients look for. */
export const errorProfile = 'http://nocarrier.co.uk/profiles/vnd.error/'

/** The profile that asks for forms, and the type of an answer that has them. */
export const formsProfile = 'https://github.com/dwolla/hal-forms'
export const formsType = `${halType}; profile="${formsProfile}"`

export type Link = { href: string; type?: string; 'resource-type'?: string }
export type Links = { [rel: string]: Link }
export type Hal = {
  _links: Links
  _embedded?: { [name: string]: readonly unknown[] | Hal }
  /** The list of fees alone has its items here as well. */
  transactions?: readonly Hal[]
  [member: string]: unknown
}

export type FormValue = { value: string; key: string; displayText: string }
export type FormGroup = { key: string; displayText: string; values: readonly FormValue[] }

/**
 * A field of a form.
 * @property path JSON pointer to it in the body that is sent
 * @property value what it is now; never of a sensitive one
 */
export type FormField = {
  name: string
  path: string
  type: 'string' | 'email' | 'tel' | 'date' | 'file' | 'sensitive' | 'hidden'
  value?: string
  displayText: string
  validations: { required: boolean; regex?: string }
  accepted?: { values: readonly FormValue[] } | { groupedValues: readonly FormGroup[] }
}

export type Form = { _links: { target: Link }; method: 'POST'; contentType: string; fields: readonly FormField[] }
export type Forms = { _links: Links; _forms: { [name: string]: Form } }

/** What can be answered: a few bodies, like a minted token, carry no links. */
export type Body = Hal | { [member: string]: unknown }

/** A link to `path`; `resourceType` is singular kebab case (`funding-source`). */
export const link = (path: string, resourceType: string): Link => ({
  href: path,
  type: halType,
  'resource-type': resourceType,
})

/** The same body with `origin` before every path in its links, those of its forms and those of what it embeds. */
export const withOrigin = <T>(body: T, origin: string): T => {
  if (Array.isArray(body)) return body.map((item) => withOrigin(item, origin)) as T
  if (typeof body !== 'object' || body === null) return body
  const whole: Partial<Hal & Forms> = { ...body }
  if (whole._links)
    whole._links = mapValues(whole._links, (l) => (l.href.startsWith('/') ? { ...l, href: origin + l.href } : l))
  if (whole._embedded) whole._embedded = mapValues(whole._embedded, (value) => withOrigin(value, origin))
  if (whole.transactions) whole.transactions = withOrigin(whole.transactions, origin)
  if (whole._forms) whole._forms = mapValues(whole._forms, (form) => withOrigin(form, origin))
  return whole as T
}

const mapValues = <V>(record: { readonly [key: string]: V }, change: (value: V) => V): { [key: string]: V } => {
  const changed: { [key: string]: V } = {}
  for (const key of Object.keys(record)) changed[key] = change(record[key] as V)
  return changed
}

/** One page of a list. `limit` and `offset` count items. */
export type Page = { limit: number; offset: number }

/**
 * The paging links of a list as Dwolla's recordings show them: `self` keeps the query as it came, the others are
 * rebuilt from the decoded parameters with limit and offset last; `next` and `prev` only where there is such a page.
 * @param path path of the list
 * @param query the raw query string without `?`
 * @param filters the decoded parameters besides limit and offset
 */
export const pagingLinks = (
  list: { path: string; query: string; filters: readonly (readonly [string, string])[]; resourceType: string },
  page: Page,
  total: number,
): Links => {
  const filters = list.filters.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')
  const at = (offset: number) => link(`${list.path}?${filters}&limit=${page.limit}&offset=${offset}`, list.resourceType)
  const last = Math.max(0, Math.ceil(total / page.limit) - 1) * page.limit
  return {
    self: link(list.query === '' ? list.path : `${list.path}?${list.query}`, list.resourceType),
    first: at(0),
    ...(page.offset + page.limit < total ? { next: at(page.offset + page.limit) } : {}),
    ...(page.offset > 0 ? { prev: at(Math.max(0, page.offset - page.limit)) } : {}),
    last: at(last),
  }
}
