/**
 * `npm run bench`: how long a start takes, and what the hot paths cost against a bare Fastify route that answers the
 * same bytes. Both servers are measured in turns within one run, because a shared machine is never the same twice:
 * believe the ratios, not the rates. PostgreSQL is the embedded one, fsync on.
 */

import { parseArgs } from 'node:util'
import { halType } from '@clearyard/contract/hal.ts'
import { clientWith, send, takeToken } from '../server/testing/harness.ts'
import { type Scope, temporaryFolder } from '../server/testing/scope.ts'
import { type ServerProcess, startServerProcess } from '../server/testing/server-process.ts'
import type { BareAnswer, BareRoute } from './bare-server.ts'
import { type Child, startChild } from './child.ts'
import { cpuSecondsOf, median, residentMbOf, tableOf } from './figures.ts'
import type { LoadOrder, LoadResult, RequestTemplate } from './load.ts'
import { compareTransfers } from './transfers.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.2' },
    only: { type: 'string' },
    connections: { type: 'string', default: '32' },
  },
})
const [rounds, connections, forMs] = [Number(values.rounds), Number(values.connections), Number(values.seconds) * 1000]

const say = (line: string) => console.error(`▶ ${line}`)

/** How many processes a scope leaves behind is none, whatever happens. */
const createScope = (): Scope & { end(): Promise<void> } => {
  const works: (() => unknown)[] = []
  return {
    after: (work) => works.push(work),
    end: async () => {
      for (const work of works.splice(0).reverse()) await work()
    },
  }
}

const startMs = async (scope: Scope, dataFolder: string): Promise<number> => {
  const startedAt = performance.now()
  const server = await startServerProcess(scope, { dataFolder })
  const ms = performance.now() - startedAt
  await server.end()
  return ms
}

/** From the command to the line that says ready, PostgreSQL's first start included when the folder is new. */
const measureStarts = async (scope: Scope): Promise<{ coldMs: number; warmMs: number }> => {
  const [cold, warm]: [number[], number[]] = [[], []]
  for (let round = 0; round < 3; round++) {
    const folder = `${temporaryFolder(scope)}/data`
    cold.push(await startMs(scope, folder))
    for (let again = 0; again < 2; again++) warm.push(await startMs(scope, folder))
  }
  return { coldMs: median(cold), warmMs: median(warm) }
}

const json = { accept: halType, 'content-type': 'application/json' }
const customer = JSON.stringify({ firstName: 'Ada', lastName: 'Lovelace', email: 'ada.lovelace.{n}@example.com' })

type HotPath = {
  name: string
  template: RequestTemplate
  expected: number
  /** The ratio to reach. */
  target: number
  /** The body of the mint request, when every call takes a fresh client token. */
  mint?: object
}

const hotPaths = (token: string, customerId: string): HotPath[] => {
  const own = { ...json, authorization: `Bearer ${token}` }
  const once = { ...json, authorization: 'Bearer {token}' }
  const path = `/customers/${customerId}`
  return [
    {
      name: 'POST /client-tokens',
      template: { method: 'POST', path: '/client-tokens', headers: own, body: '{"action":"customer.create"}' },
      expected: 200,
      target: 0.45,
    },
    {
      name: 'GET /customers/{id}',
      template: { method: 'GET', path, headers: own, body: '' },
      expected: 200,
      target: 0.45,
    },
    {
      name: 'POST /customers',
      template: { method: 'POST', path: '/customers', headers: own, body: customer },
      expected: 201,
      target: 0.15,
    },
    {
      name: 'GET /customers/{id}, redeeming',
      template: { method: 'GET', path, headers: once, body: '' },
      expected: 200,
      target: 0.2,
      mint: { action: 'customer.read', _links: { customer: { href: path } } },
    },
    {
      name: 'POST /customers, redeeming',
      template: { method: 'POST', path: '/customers', headers: once, body: customer },
      expected: 201,
      target: 0.2,
      mint: { action: 'customer.create' },
    },
  ]
}

/** What the bare server is to answer: what the real one answered, with what tells its client what the bytes are. */
const recordAnswer = async (origin: string, { template, expected }: HotPath, token: string): Promise<BareAnswer> => {
  const answer = await send(origin, template.method, template.path, {
    headers: { ...template.headers, authorization: `Bearer ${token}` },
    ...(template.body === '' ? {} : { body: template.body.replace('{n}', 'recorded') }),
  })
  if (answer.status !== expected) throw new Error(`${template.path} answers ${answer.status}: ${answer.text}`)
  const type = answer.headers.get('content-type')
  return {
    status: answer.status,
    headers: {
      ...(type === null ? {} : { 'content-type': type }),
      ...(answer.location === null ? {} : { location: answer.location }),
    },
    body: answer.text,
  }
}

type Measured = LoadResult & { perSecond: number; cpuMicroseconds: number; residentMb: number }

type Stand = {
  server: ServerProcess
  bareOrigin: string
  barePid: number
  load: Child<LoadOrder, LoadResult>
  paths: HotPath[]
  mint: (count: number, body: object) => Promise<string[]>
  nextNumber: number
}

const measure = async (stand: Stand, path: HotPath, which: 'ours' | 'bare', tokens: string[]): Promise<Measured> => {
  const [origin, pid] = which === 'ours' ? [stand.server.url, stand.server.pid] : [stand.bareOrigin, stand.barePid]
  const { template, expected } = path
  let residentMb = 0
  const watch = setInterval(() => {
    residentMb = Math.max(residentMb, residentMbOf(pid))
  }, 50)
  const cpuBefore = cpuSecondsOf(pid)
  const result = await stand.load.ask({
    origin,
    template,
    expected,
    connections,
    forMs,
    firstNumber: stand.nextNumber,
    ...(path.mint ? { tokens } : {}),
  })
  clearInterval(watch)
  stand.nextNumber += result.answered
  if (result.unexpected !== null) throw new Error(`${path.name} answered\n${result.unexpected}`)
  return {
    ...result,
    perSecond: result.answered / result.seconds,
    cpuMicroseconds: ((cpuSecondsOf(pid) - cpuBefore) / result.answered) * 1e6,
    residentMb,
  }
}

const createStand = async (scope: Scope): Promise<Stand> => {
  const server = await startServerProcess(scope)
  const token = await takeToken(server.url, server)
  const ours = clientWith(server.url, token)
  const made = await ours.post('/customers', { firstName: 'Grace', lastName: 'Hopper', email: 'grace@example.com' })
  const paths = hotPaths(token, made.location?.split('/').at(-1) ?? '')

  const [mintPath, readPath, createPath] = paths
  if (!mintPath || !readPath || !createPath) throw new Error('the first three paths are those without a client token')
  const routes: BareRoute[] = []
  for (const path of [mintPath, readPath, createPath])
    routes.push({
      method: path.template.method === 'GET' ? 'GET' : 'POST',
      path: path === readPath ? '/customers/:id' : path.template.path,
      answer: await recordAnswer(server.url, path, token),
    })
  const bare = startChild<readonly BareRoute[], string>('./bare-server.ts')
  const load = startChild<LoadOrder, LoadResult>('./load-process.ts')
  scope.after(() => bare.end())
  scope.after(() => load.end())
  const bareOrigin = await bare.ask(routes)

  const mint: Stand['mint'] = async (count, body) => {
    const { expected } = mintPath
    const template = { ...mintPath.template, body: JSON.stringify(body) }
    const order = { origin: server.url, template, expected, connections, forMs: 30_000, count, keepBodies: true }
    const { bodies, unexpected } = await load.ask(order)
    if (unexpected !== null) throw new Error(`minting answered\n${unexpected}`)
    return bodies.map((body) => String((JSON.parse(body) as { token: unknown }).token))
  }
  return { server, bareOrigin, barePid: bare.pid, load, paths, mint, nextNumber: 0 }
}

/** Each measurement takes as many tokens as the one before would have needed, and a quarter more. */
type Outcome = { path: HotPath; ours: Measured[]; bare: Measured[]; tokens: number }

/** Round by round, ours and bare in turns, the first of each path thrown away. */
const measurePaths = async (stand: Stand, paths: readonly HotPath[]): Promise<Outcome[]> => {
  const outcomes: Outcome[] = paths.map((path) => ({ path, ours: [], bare: [], tokens: 2_000 }))
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const outcome of outcomes) {
      const { path, ours, bare } = outcome
      const tokens = path.mint ? await stand.mint(outcome.tokens, path.mint) : []
      const [mine, theirs] = [await measure(stand, path, 'ours', tokens), await measure(stand, path, 'bare', tokens)]
      outcome.tokens = Math.ceil((mine.perSecond * forMs) / 800)
      if (round === 0) continue
      ours.push(mine)
      bare.push(theirs)
    }
  }
  return outcomes
}

const rowOf = ({ path, ours, bare }: Outcome): string[] => {
  const of = (measured: Measured[], key: 'perSecond' | 'p50Ms' | 'p99Ms' | 'cpuMicroseconds') =>
    median(measured.map((one) => one[key]))
  const ratio = median(ours.map((one, round) => one.perSecond / (bare[round]?.perSecond ?? Number.NaN)))
  return [
    path.name,
    of(ours, 'perSecond').toFixed(0),
    of(bare, 'perSecond').toFixed(0),
    ratio.toFixed(2),
    path.target.toFixed(2),
    of(ours, 'p50Ms').toFixed(1),
    of(ours, 'p99Ms').toFixed(1),
    of(bare, 'p99Ms').toFixed(1),
    of(ours, 'cpuMicroseconds').toFixed(0),
    of(bare, 'cpuMicroseconds').toFixed(0),
  ]
}

const heads = ['', 'req/s', 'bare', 'ratio', 'to reach', 'p50 ms', 'p99 ms', 'bare p99', 'CPU µs', 'bare CPU']

const scope = createScope()
try {
  if (values.only === undefined) {
    say('starting, cold and warm')
    const { coldMs, warmMs } = await measureStarts(scope)
    console.log(`start: cold ${(coldMs / 1000).toFixed(2)} s, warm ${(warmMs / 1000).toFixed(2)} s`)
  }
  const isWanted = (name: string) => values.only === undefined || name.includes(values.only)
  const stand = await createStand(scope)
  const paths = stand.paths.filter(({ name }) => isWanted(name))
  if (paths.length > 0) {
    const outcomes = await measurePaths(stand, paths)
    console.log(tableOf([heads, ...outcomes.map(rowOf)]))
    const residentMb = Math.max(...outcomes.flatMap(({ ours }) => ours.map((one) => one.residentMb)))
    console.log(`memory of the server under load: ${residentMb.toFixed(0)} MB (to stay below 220)`)
  }
  if (isWanted('POST /transfers')) await compareTransfers(scope, { rounds, connections, forMs }, say)
  console.log(`medians of ${rounds} rounds, ${connections} connections, ${process.version}, fsync on`)
} finally {
  await scope.end()
}
