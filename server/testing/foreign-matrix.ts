/**
 * The standing matrix: every operation that a server publishes, with another world's ids and words in its path, its
 * links, its body and its query, with every kind of token that must not open that world. Nothing of the other world may
 * come back. It is made from `/openapi.json`, so a new route is in it the moment it is served.
 */
import { randomUUID } from 'node:crypto'
import { boundTo } from '@clearyard/contract/actions.ts'
import { halType } from '@clearyard/contract/hal.ts'
import { fileOf } from './forms.ts'
import { exampleBodies, type Operation, propertiesOf, publishedOperations } from './published-operations.ts'

/**
 * A token by what is the matter with it; made anew for each use, because some are good for one.
 * @property statuses what it is answered when it is refused, 401 unless given
 */
export type Held = { readonly name: string; readonly token: () => string | null; readonly statuses?: readonly number[] }

/** Ids of a world's resources, by the collection their paths begin with; the first is used most. */
export type Ids = { readonly [collection: string]: readonly string[] }

export type Worlds = {
  origin: string
  theirs: {
    ids: Ids
    /** What their operator's paths name, by the name of the parameter. */
    parameters: { readonly [name: string]: string }
    /**
     * What they call things and people, as anybody may: e-mails, names, keys; one word each, of letters that URLs keep.
     */
    words: readonly string[]
    /** What must never come back but to them: ids, words, secrets. */
    canaries: readonly string[]
    /** Keys and secrets that do not belong together, or no longer. */
    credentials: readonly { key: string; secret: string }[]
  }
  ours: { ids: Ids; application: Held }
  /** Tokens that open nothing any more, or never did. */
  refused: readonly Held[]
  /** Client tokens of our world, one of each action. */
  browsers: readonly Held[]
  /** Tokens that open a world, none of which is the operator's. */
  notTheOperators: readonly Held[]
}

export type Report = {
  /** How many requests were judged, by operation and by where the foreign value stood. */
  cases: { [operation: string]: { [place: string]: number } }
  problems: string[]
}

type Request = { path: string; query?: string; body?: unknown; form?: Record<string, string> }

/**
 * @property place where the foreign value stands
 * @property statuses what may be answered
 * @property twin whether the answer must be the same for values that nobody has: always, or when those are refused
 */
type Case = {
  operation: Operation
  place: 'path' | 'link' | 'body' | 'query' | 'credentials'
  by: Held
  request: Request
  statuses: readonly number[]
  twin?: 'answer' | 'refusal'
}

const unauthorized = [401]
const refusedAs = ({ statuses }: Held): readonly number[] => statuses ?? unauthorized
/**
 * A client token is refused on every resource but its own, whether or not there is one; some operations have none of
 * their own.
 */
const refusedToBrowsers = ({ name }: Operation): readonly number[] =>
  boundTo[name as keyof typeof boundTo] === 'nothing' ? [401, 404] : [401, 403]
const answered = [200, 201, 202, 400, 401, 403, 404]

/** Every name given every value in turn, in as many ways as there are values. */
const everyWay = <V>(names: readonly string[], values: readonly V[]): { [name: string]: V }[] =>
  values.map((_, shift) => Object.fromEntries(names.map((name, n) => [name, values[(n + shift) % values.length] as V])))

const collectionOf = (path: string): string => path.split('/')[1] ?? ''

/** Names that a careless server might take an account or a resource from. */
const slippery = [
  'id',
  'accountId',
  'account_id',
  'account',
  'worldId',
  'world',
  'customerId',
  'customer',
  'applicationId',
]

const relations = ['customer', 'account', 'source', 'destination', 'funding-source', 'beneficial-owner']

class Matrix {
  readonly #worlds: Worlds
  #unique = 0

  constructor(worlds: Worlds) {
    this.#worlds = worlds
  }

  casesOf(operation: Operation): Case[] {
    const { security } = operation
    if (security.includes('basic')) return this.#credentials(operation)
    if (security.includes('operator')) return this.#ofOperator(operation)
    if (!security.includes('application')) return []
    const everywhere = [...this.#inPath(operation), ...this.#inQuery(operation)]
    return operation.body ? [...everywhere, ...this.#inLinks(operation), ...this.#inBody(operation)] : everywhere
  }

  /**
   * The first of our ids of each kind in the path; one that nobody has where we have none. The last is there to be
   * deleted, so that others find the first.
   */
  #ourPath({ path, method }: Operation): string {
    const { ids } = this.#worlds.ours
    const which = method === 'DELETE' ? -1 : 0
    return path.replaceAll(/\{\w+\}/g, () => ids[collectionOf(path)]?.at(which) ?? randomUUID())
  }

  #bodies({ body, method }: Operation): unknown[] {
    if (body) return exampleBodies(body, this.#unique++)
    return method === 'POST' ? [{}] : [undefined]
  }

  #inPath(operation: Operation): Case[] {
    if (!operation.path.includes('{')) return []
    const { theirs, ours, refused, browsers } = this.#worlds
    const own = theirs.ids[collectionOf(operation.path)] ?? []
    const others = Object.values(theirs.ids)
      .flat()
      .filter((id) => !own.includes(id))
    const to = (id: string) => ({ path: operation.path.replaceAll(/\{\w+\}/g, id), body: this.#bodies(operation)[0] })
    const place = 'path'
    const statuses = operation.method === 'POST' ? [400, 404] : [404]
    const first = own[0] ?? others[0] ?? ''
    return [
      ...refused.map((by) => ({ operation, place, by, request: to(first), statuses: refusedAs(by) }) as const),
      ...[...own, ...others].map(
        (id) => ({ operation, place, by: ours.application, request: to(id), statuses, twin: 'answer' }) as const,
      ),
      ...browsers.map(
        (by) =>
          ({
            operation,
            place,
            by,
            request: to(first),
            statuses: refusedToBrowsers(operation),
            twin: 'answer',
          }) as const,
      ),
    ]
  }

  #inQuery(operation: Operation): Case[] {
    const { theirs, ours, refused, browsers } = this.#worlds
    const path = this.#ourPath(operation)
    const place = 'query'
    const asking = (query: Record<string, string>): Request => ({
      path,
      query: `?${new URLSearchParams(query)}`,
      body: this.#bodies(operation)[0],
    })
    const all = operation.query.includes('limit') ? { limit: '200' } : {}
    const ways = everyWay(slippery, this.#firstIds).map((way) => ({ ...way, ...all }))
    const single = operation.query.flatMap((name) => theirs.words.map((word) => ({ [name]: word })))
    const first = ways[0] ?? {}
    return [
      ...refused.map((by) => ({ operation, place, by, request: asking(first), statuses: refusedAs(by) }) as const),
      ...[...ways, ...single].map((query) => {
        const twin = operation.method === 'GET' ? ({ twin: 'answer' } as const) : {}
        return { operation, place, by: ours.application, request: asking(query), statuses: answered, ...twin } as const
      }),
      ...browsers.map((by) => ({ operation, place, by, request: asking(first), statuses: answered }) as const),
    ]
  }

  get #firstIds(): string[] {
    return Object.values(this.#worlds.theirs.ids).map((ids) => ids[0] ?? '')
  }

  #inLinks(operation: Operation): Case[] {
    const { origin, theirs, ours, browsers } = this.#worlds
    const hrefs = Object.entries(theirs.ids).map(([collection, ids]) => `/${collection}/${ids[0]}`)
    const declared = Object.keys(propertiesOf(propertiesOf(operation.body ?? {})['_links'] ?? {}))
    const rels = [...new Set([...declared, ...relations])]
    const linked = (more: { [rel: string]: string }) => ({
      _links: Object.fromEntries(Object.entries(more).map(([rel, href]) => [rel, { href }])),
    })
    const alone = rels.flatMap((rel) =>
      hrefs.filter((href) => href.startsWith(`/${rel}s/`)).map((href) => ({ [rel]: href })),
    )
    const elsewhere = Object.fromEntries(rels.map((rel, n) => [rel, origin + hrefs[n % hrefs.length]]))
    const path = this.#ourPath(operation)
    const place = 'link'
    const requests = [...everyWay(rels, hrefs), ...alone, elsewhere].flatMap((links) =>
      this.#bodies(operation).map((body) => ({ path, body: { ...(body as object), ...linked(links) } })),
    )
    return [
      ...requests.map(
        (request) =>
          ({ operation, place, by: ours.application, request, statuses: answered, twin: 'refusal' }) as const,
      ),
      ...browsers.map((by) => {
        const body = { ...(this.#bodies(operation)[0] as object), ...linked(elsewhere) }
        return { operation, place, by, request: { path, body }, statuses: answered } as const
      }),
    ]
  }

  /** Their words where ours would be kept, and their ids where none is asked for. */
  #inBody(operation: Operation): Case[] {
    const { theirs, ours, browsers } = this.#worlds
    const path = this.#ourPath(operation)
    const place = 'body'
    const withMore = (more: object) => ({ path, body: { ...(this.#bodies(operation)[0] as object), ...more } })
    const ways = everyWay(slippery, this.#firstIds)
    const kept = Object.keys(propertiesOf(operation.body ?? {})).flatMap((name) =>
      theirs.words.map((word) => ({ [name]: word })),
    )
    return [
      ...[...ways, ...kept].map(
        (more) => ({ operation, place, by: ours.application, request: withMore(more), statuses: answered }) as const,
      ),
      ...browsers.map(
        (by) => ({ operation, place, by, request: withMore(ways[0] ?? {}), statuses: answered }) as const,
      ),
    ]
  }

  #ofOperator(operation: Operation): Case[] {
    const { theirs, refused, notTheOperators } = this.#worlds
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) => theirs.parameters[name] ?? randomUUID())
    const place = path === operation.path ? 'query' : 'path'
    const query = `?id=${theirs.parameters['id']}`
    return [...refused, ...notTheOperators].flatMap((by) =>
      this.#bodies(operation).map(
        (body) => ({ operation, place, by, request: { path, query, body }, statuses: unauthorized }) as const,
      ),
    )
  }

  #credentials(operation: Operation): Case[] {
    const by = { name: 'credentials that are none', token: () => null }
    return this.#worlds.theirs.credentials.map(({ key, secret }) => ({
      operation,
      place: 'credentials',
      by,
      request: {
        path: operation.path,
        form: { grant_type: 'client_credentials', client_id: key, client_secret: secret },
      },
      statuses: unauthorized,
    }))
  }
}

type Answer = { status: number; text: string; headers: string }

/** The members of a body as a form; what is a file there begins as a picture does. */
const formOf = ({ body: schema }: Operation, body: unknown): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(body ?? {})) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const isFile = 'contentMediaType' in (propertiesOf(schema ?? {})[name] ?? {})
    form.append(name, isFile ? new File([new Uint8Array(fileOf('png', text))], `${text}.png`) : text)
  }
  return form
}

const contentOf = (operation: Operation, { form, body }: Request): RequestInit => {
  if (form) return { body: new URLSearchParams(form) }
  if (body === undefined) return {}
  return operation.isForm
    ? { body: formOf(operation, body) }
    : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

const send = async (origin: string, { operation, by }: Case, request: Request): Promise<Answer> => {
  const token = by.token()
  const { headers, ...content } = contentOf(operation, request)
  const response = await fetch(origin + request.path + (request.query ?? ''), {
    method: operation.method,
    redirect: 'manual',
    headers: {
      accept: halType,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...content,
  })
  return {
    status: response.status,
    text: await response.text(),
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
  }
}

const sentIn = ({ path, query = '', body, form }: Request): string =>
  decodeURIComponent(`${path} ${query.replaceAll('+', ' ')} `) + JSON.stringify([body, form])

/** The canaries that an answer holds although the request did not. */
const leakedIn = (answer: Answer, request: Request, canaries: readonly string[]): string[] => {
  const sent = sentIn(request).toLowerCase()
  const received = `${answer.headers}\n${answer.text}`
  const readable = [received, received.replaceAll(/(%[0-9a-f]{2})+/gi, (coded) => decode(coded))]
    .join('\n')
    .toLowerCase()
  return canaries.filter((canary) => !sent.includes(canary.toLowerCase()) && readable.includes(canary.toLowerCase()))
}

const decode = (coded: string): string => {
  try {
    return decodeURIComponent(coded)
  } catch {
    return coded
  }
}

/** What is left of an answer when all that may differ from one request to the next is taken out. */
const bare = ({ status, text }: Answer, values: readonly string[]): string => {
  let left = text
  for (const value of values) left = left.replaceAll(value, '·').replaceAll(encodeURIComponent(value), '·')
  return `${status} ${left.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '·').replaceAll(/[\w-]{60,}|example-\d+x?/g, '·')}`
}

/** The same request with what nobody has, made unique in its turn. */
const replaced = (request: Request, other: ReadonlyMap<string, string>): Request => {
  let text = JSON.stringify(request)
  for (const [value, instead] of other)
    text = text.replaceAll(value, instead).replaceAll(encodeURIComponent(value), encodeURIComponent(instead))
  return JSON.parse(text.replaceAll(/example-(\d+)/g, 'example-$1x'))
}

/** How an answer tells what is theirs from what nobody has: null when it does not. */
const difference = (one: Case, ours: Answer, unknown: Answer, values: readonly string[]): string | null => {
  const [theirs, nobodys] = [bare(ours, values), bare(unknown, values)]
  // A write may succeed once and be refused then; but what nobody has must not be refused where theirs is taken.
  const isAlike = one.twin === 'refusal' && unknown.status < 400 ? true : theirs === nobodys
  return isAlike ? null : `${theirs}, but ${nobodys} for what nobody has`
}

/** For each of their ids and words one of the same shape that nobody has. */
const counterparts = ({ theirs }: Worlds): ReadonlyMap<string, string> => {
  const ids = Object.values(theirs.ids).flat()
  return new Map([
    ...ids.map((id): [string, string] => [id, randomUUID()]),
    ...theirs.words.map((word): [string, string] => [word, word.replaceAll(/[a-z]/g, 'q')]),
  ])
}

const judge = async (worlds: Worlds, one: Case, other: ReadonlyMap<string, string>): Promise<string[]> => {
  const { operation, place, by, request, statuses } = one
  const what = `${operation.name}, foreign ${place}, ${by.name}`
  const unknown = one.twin ? await send(worlds.origin, one, replaced(request, other)) : null
  const answer = await send(worlds.origin, one, request)
  const problems = leakedIn(answer, request, worlds.theirs.canaries).map((canary) => `${what}: tells ${canary}`)
  if (!statuses.includes(answer.status)) problems.push(`${what}: answers ${answer.status} ${answer.text.slice(0, 200)}`)
  const told = unknown && difference(one, answer, unknown, [...other].flat())
  if (told) problems.push(`${what}: ${told}`)
  return problems
}

const atOnce = 40

/** Judges cases that do not disturb each other, many at once. */
const judgeAll = async (worlds: Worlds, cases: readonly Case[], other: ReadonlyMap<string, string>) => {
  const problems: string[] = []
  for (let at = 0; at < cases.length; at += atOnce) {
    const judged = await Promise.all(cases.slice(at, at + atOnce).map((one) => judge(worlds, one, other)))
    problems.push(...judged.flat())
  }
  return problems
}

/** Collections of which nothing is any world's own. */
const everybodys: readonly string[] = ['business-classifications', '_clearyard']

/** What speaks against an operation before it is asked anything. */
const unaskable = ({ name, path }: Operation, cases: readonly Case[], { ids }: Worlds['theirs']): string[] => {
  if (cases.length === 0) return [`${name} has no case: by what is it called?`]
  const collection = collectionOf(path)
  if (!path.includes('{') || everybodys.includes(collection) || ids[collection]?.length) return []
  return [`${name}: the other world has none of ${collection} to ask for`]
}

/**
 * Asks everything and judges every answer. An operation that yields no case is a problem, and so is a collection of
 * which the other world has nothing: then nobody could leak it.
 */
export const foreignMatrix = async (worlds: Worlds): Promise<Report> => {
  const report: Report = { cases: {}, problems: [] }
  const other = counterparts(worlds)
  const matrix = new Matrix(worlds)
  const groups: Case[][] = []
  for (const operation of await publishedOperations(worlds.origin)) {
    const cases = matrix.casesOf(operation)
    report.problems.push(...unaskable(operation, cases, worlds.theirs))
    const byPlace = Map.groupBy(cases, ({ place }) => place)
    report.cases[operation.name] = Object.fromEntries([...byPlace].map(([place, some]) => [place, some.length]))
    groups.push(...byPlace.values())
  }
  const isOfBodies = ([first]: Case[]) => first?.place === 'body'
  const isOfReads = ([first]: Case[]) => first?.operation.method === 'GET'
  // Reads come first: what our writes make would push theirs off the pages of a list that shows too much.
  const [reads, writes] = [groups.filter(isOfReads), groups.filter((group) => !isOfReads(group) && !isOfBodies(group))]
  for (const cases of [...reads, ...writes]) report.problems.push(...(await judgeAll(worlds, cases, other)))
  // From here on our world keeps their words, because we sent them: they are no sign any more.
  const { words, canaries } = worlds.theirs
  const knowing = { ...worlds, theirs: { ...worlds.theirs, canaries: canaries.filter((one) => !words.includes(one)) } }
  for (const cases of groups.filter(isOfBodies)) report.problems.push(...(await judgeAll(knowing, cases, other)))
  return report
}
