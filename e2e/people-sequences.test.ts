/**
 * Steps in any order, sound and unsound, over customers, owners, documents, questions and directives: each does what
 * the model says, or is refused and writes nothing; every link can be followed when it is shown; what was told stays
 * told.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { owner } from '@clearyard/contract/whole-bodies-fixture.ts'
import { Dwolla } from 'dwolla'
import fc from 'fast-check'
import { again, topicsOf, whole } from '../server/resources/customers/customers-fixture.ts'
import { upload } from '../server/testing/forms.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { rounds } from '../server/testing/rounds.ts'
import { storedRows } from '../server/testing/stored-rows.ts'
import * as model from './people-model.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'

let sandbox: TestServer
let production: TestServer
before(async () => {
  ;[sandbox, production] = await Promise.all([startTestServer(), startTestServer({ sandbox: false, operatorToken })])
})
after(() => Promise.all([sandbox.stop(), production.stop()]))

/** A world, what the model knows of it, and what it was told. */
type World = {
  server: TestServer
  id: string
  accountId: string
  client: Client
  dwolla: Dwolla
  customers: model.Customer[]
  told: string[]
  followed: Set<string>
}

/** Something to do: the path it is sent to, what the model makes of it, and how it is sent. */
type Step = {
  /** Changes the model; null is a refusal. */
  expect: () => model.Outcome
  send: () => Promise<Answer>
  /** What the model learns of an answer. */
  learn?: (answer: Answer) => void
}

type Draw = { op: string; who: number; other: number; kind: model.Kind; names: model.Names; word: number }

const kinds: readonly model.Kind[] = ['receive-only', 'unverified', 'personal', 'soleProprietorship', 'business']
const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] ?? assert.fail('nothing to pick from')

const steered = (kind: model.Kind, { person, business }: model.Names) => ({
  ...(kind === 'business' ? { controller: person } : { firstName: person }),
  businessName: business,
})

/** What nobody else has. */
const identified = (id: string) => ({ email: `${id}@x.test`, correlationId: id })

const papersOf: readonly model.Papers[] = ['success', 'fail', 'holiday']
const types = ['license', 'passport', 'other']

const uploadPapers = (client: Client, path: string, documentType: string, papers: model.Papers): Promise<Answer> =>
  upload(client, `${path}/documents`, {
    documentType,
    name: papers === 'holiday' ? 'holiday.png' : `test-document-upload-${papers}.png`,
  })

/** Starts a session, sees its questions and answers them; the first answer that is a refusal ends it. */
const converse = async (world: World, path: string, rightly: number): Promise<Answer> => {
  const { client } = world
  const started = await client.post(`${path}/kba`)
  if (started.status !== 201) return started
  const session = new URL(started.location ?? '').pathname
  const shown = await client.get(session)
  await follow(world, shown)
  const { questions } = JSON.parse(shown.text)
  const answers = questions.map(({ id, answers: offered }: { id: string; answers: { id: string }[] }, n: number) => ({
    questionId: id,
    answerId: offered.at(n < rightly ? -1 : 0)?.id,
  }))
  return client.post(session, { answers })
}

type Making = (world: World, draw: Draw, customer: model.Customer) => Step | null

/** What the operator is to decide about a customer, oldest first. */
const reviewsOf = async ({ server, id }: World, { path }: model.Customer): Promise<{ id: string; kind: string }[]> => {
  const { text } = await server.operate('GET', `/worlds/${id}/reviews?status=open&limit=200`)
  const { reviews } = JSON.parse(text)
  return reviews.filter(({ customerId }: { customerId: string }) => path.endsWith(customerId)).reverse()
}

const pathOf = ({ location }: Answer): string => new URL(location ?? '').pathname

/** Everything that is sent to somewhere, and never taken. */
const unsound = (path: string): readonly [string, unknown][] => [
  ['/customers', { type: 'personal', firstName: '<b>' }],
  ['/customers', { ...whole('unverified'), type: 'company' }],
  [path, { status: 'verified' }],
  [path, { type: 7 }],
  [path, { email: 'nobody' }],
  [`${path}/beneficial-owners`, { ...owner, ssn: '12' }],
  [`${path}/beneficial-ownership`, { status: 'recertify' }],
  [`${path}/documents`, { documentType: 'license' }],
  ['/sandbox-simulations', { type: 'customer-verification', _links: { customer: { href: path } }, errorCode: 'X' }],
]

const stepsOfCustomers: { readonly [op: string]: Making } = {
  edit: ({ client }, _, customer) => ({
    expect: () => model.edit(customer),
    send: () => client.post(customer.path, { email: identified(customer.id).email }),
  }),
  become: ({ client }, { kind, names }, customer) => {
    const typeOf = (of: model.Kind) => (of === 'soleProprietorship' ? 'business' : of)
    if (typeOf(kind) === typeOf(customer.kind)) return null
    const body = whole(kind, steered(kind, names), { type: typeOf(kind), ...identified(customer.id) })
    return { expect: () => model.become(customer, kind, names), send: () => client.post(customer.path, body) }
  },
  retry: ({ client }, { names }, customer) => {
    const body = again(customer.kind, steered(customer.kind, names), identified(customer.id))
    return { expect: () => model.retry(customer, names), send: () => client.post(customer.path, body) }
  },
  ask: ({ client }, { word }, customer) => {
    const status = pick(['deactivated', 'reactivated', 'suspended', 'reactivated'], word)
    return { expect: () => model.ask(customer, status), send: () => client.post(customer.path, { status }) }
  },
  answer: (world, { word }, customer) => ({
    expect: () => model.answer(customer, word % 5),
    send: () => converse(world, customer.path, word % 5),
  }),
  upload: ({ client }, { word, other }, customer) => {
    const [type, papers] = [pick(types, word), pick(papersOf, other)]
    return {
      expect: () => model.upload(customer, type, papers),
      send: () => uploadPapers(client, customer.path, type, papers),
    }
  },
  simulate: ({ client }, { word }, customer) => {
    const errorCode = pick(Object.keys(model.directives) as model.DirectiveCode[], word)
    const body = { type: 'customer-verification', _links: { customer: { href: customer.path } }, errorCode }
    return { expect: () => model.simulate(customer, errorCode), send: () => client.post('/sandbox-simulations', body) }
  },
  'not at all': ({ client }, { word }, { path }) => {
    const [to, body] = pick(unsound(path), word)
    return { expect: () => null, send: () => client.post(to, body) }
  },
  twice: ({ client }, { kind }, { id }) => ({
    expect: () => null,
    send: () => client.post('/customers', whole(kind, {}, { email: identified(id).email, correlationId: null })),
  }),
}

const stepsOfOwners: { readonly [op: string]: Making } = {
  add: ({ client }, { names }, customer) => ({
    expect: () => model.add(customer, names.person),
    send: () => client.post(`${customer.path}/beneficial-owners`, { ...owner, firstName: names.person }),
    learn: (answer) => {
      const added = customer.owners.at(-1)
      if (added) added.path = pathOf(answer)
    },
  }),
  certify: ({ client }, _, customer) => ({
    expect: () => model.certify(customer),
    send: () => client.post(`${customer.path}/beneficial-ownership`, { status: 'certified' }),
  }),
}

/** Steps of one owner of the customer, where it has any. */
const ofOwner =
  (making: (client: Client, draw: Draw, customer: model.Customer, one: model.Owner) => Step): Making =>
  ({ client }, draw, customer) =>
    customer.owners.length === 0 ? null : making(client, draw, customer, pick(customer.owners, draw.other))

const stepsOfOneOwner: { readonly [op: string]: Making } = {
  'add again': ofOwner((client, { names }, customer, one) => ({
    expect: () => model.addAgain(customer, one, names.person),
    send: () => client.post(one.path, { ...owner, firstName: names.person }),
  })),
  remove: ofOwner((client, _, customer, one) => ({
    expect: () => model.remove(customer, one),
    send: () => client.delete(one.path),
  })),
  'upload of owner': ofOwner((client, { word }, customer, one) => {
    const papers = pick(papersOf, word)
    return {
      expect: () => model.uploadOfOwner(customer, one, papers),
      send: () => uploadPapers(client, one.path, 'license', papers),
    }
  }),
}

const decide: Making = (world, { word, other }, customer) => {
  const open = model.openReviews(customer)
  if (open.length === 0) return null
  const review = pick(open, other)
  const decision = pick(model.decisionsOn(review, customer), word)
  const at = open.indexOf(review)
  return {
    expect: () => model.decide(customer, review, decision),
    send: async () => {
      const listed = await reviewsOf(world, customer)
      assert.deepEqual(
        listed.map(({ kind }) => kind),
        open.map(({ kind }) => kind),
      )
      return world.server.operate('POST', `/worlds/${world.id}/reviews/${listed[at]?.id}`, decision)
    },
  }
}

const makings = { decide, ...stepsOfCustomers, ...stepsOfOwners, ...stepsOfOneOwner }

const create = async (world: World, { kind, names }: Draw): Promise<void> => {
  const id = randomUUID()
  const answer = await world.client.post('/customers', whole(kind, steered(kind, names), identified(id)))
  assert.equal(answer.status, 201, answer.text)
  const { customer, told } = model.create({
    ...{ id, path: pathOf(answer), kind, names },
    reviews: world.server === production ? [] : null,
  })
  world.customers.push(customer)
  world.told.push(...told)
}

/** Relations that lead to where something is sent; all others can be read. */
const sentTo =
  /^(edit|deactivate|reactivate|retry-.*|verify-.*-?document|upload-.*|verify-beneficial-owners|certify-.*|answer|send|receive)$/

type Links = { readonly [rel: string]: { href: string; type: string } }

/** Every link of a body, wherever it stands. */
const linksIn = (body: unknown): [rel: string, link: Links[string]][] => {
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([name, value]) =>
    name === '_links' ? Object.entries(value as Links) : linksIn(value),
  )
}

/** Every link of an answer leads to what answers it; a step that is offered takes or refuses what it is sent. */
const follow = async ({ client, followed }: World, { text }: Answer): Promise<void> => {
  if (text === '') return
  for (const [rel, { href, type }] of linksIn(JSON.parse(text))) {
    if (followed.has(`${rel} ${href}`)) continue
    followed.add(`${rel} ${href}`)
    // a simulation is itself nowhere: its link leads to where another is asked for
    const isSent = sentTo.test(rel) || href.endsWith('/sandbox-simulations')
    const { status } = isSent ? await client.post(href, {}) : await client.get(href, { accept: type })
    if (isSent) assert.ok(![404, 405].includes(status) && status < 500, `${status} POST ${rel} ${href}`)
    else assert.equal(status, 200, `GET ${rel} ${href}`)
  }
}

const bodyOf = async ({ client }: World, path: string) => {
  const answer = await client.get(path)
  assert.equal(answer.status, 200, answer.text)
  return answer
}

/** A customer and its owners are as the model has them, and what they link to is there. */
const compare = async (world: World, customer: model.Customer): Promise<void> => {
  const shown = await bodyOf(world, customer.path)
  assert.equal(shown.body['status'], customer.status)
  // what may be done may be another thing in this state
  world.followed.clear()
  await follow(world, shown)
  for (const one of customer.owners) {
    const answer = await bodyOf(world, one.path)
    assert.equal(answer.body['verificationStatus'], one.status)
    await follow(world, answer)
  }
  const open = await reviewsOf(world, customer)
  assert.deepEqual(
    open.map(({ kind }) => kind),
    model.openReviews(customer).map(({ kind }) => kind),
  )
  if (customer.ownership === null) return
  const { body } = await bodyOf(world, `${customer.path}/beneficial-ownership`)
  assert.equal(body['status'], customer.ownership)
}

/** Whom a step is about: mostly somebody who can still come to something. */
const chosen = ({ customers }: World, { who, word }: Draw): model.Customer | null => {
  const going = customers.filter(({ status, reviews }) => status !== 'suspended' || (reviews?.length ?? 0) > 0)
  return going.length === 0 ? null : pick(word === 0 ? customers : going, who)
}

const take = async (world: World, draw: Draw): Promise<void> => {
  const customer = chosen(world, draw)
  if (!customer || (draw.op === 'create' && world.customers.length < 3)) return create(world, draw)
  const step = makings[draw.op as keyof typeof makings]?.(world, draw, customer) ?? null
  if (!step) return
  const told = step.expect()
  // most of what is drawn does not fit: some of it is tried
  if (told === null && draw.word > 2) return
  const stored = told === null ? await storedRows(world.server.pool, world.accountId) : null
  const answer = await step.send()
  const what = `${draw.op} of ${JSON.stringify(customer)}: ${answer.status} ${answer.text}`
  if (told === null) {
    assert.ok(answer.status >= 400 && answer.status < 500, what)
    assert.deepEqual(await storedRows(world.server.pool, world.accountId), stored, what)
  } else {
    assert.ok([200, 201].includes(answer.status), what)
    step.learn?.(answer)
    world.told.push(...told)
  }
  if (draw.op === 'remove' && told) {
    const gone = linksIn(answer.body).map(([rel, { href }]) => [rel, href])
    assert.deepEqual(
      gone.map(([rel]) => rel),
      ['self'],
    )
    assert.equal((await world.client.get(gone[0]?.[1] ?? '')).status, 404)
  } else await follow(world, answer)
  await compare(world, customer)
}

/** What the official client makes of everything there is: its schemas refuse what is not as it should be. */
const readAll = async ({ dwolla, customers }: World): Promise<void> => {
  await dwolla.customers.list({ limit: 200 })
  await dwolla.events.list({ limit: 200 })
  for (const { path, owners, ownership } of customers) {
    const id = path.split('/').at(-1) ?? ''
    await dwolla.customers.documents.list({ id })
    if (ownership === null) continue
    await dwolla.customers.beneficialOwners.list({ id })
    await dwolla.customers.beneficialOwnership.get({ id })
    for (const one of owners) await dwolla.beneficialOwners.documents.list({ id: one.path.split('/').at(-1) ?? '' })
  }
}

const often = <T>(...values: readonly T[]): T[] => values.flatMap((value) => [value, value, value])

/** Few customers and long lives: most of what there is to see comes late. */
const draws: fc.Arbitrary<Draw> = fc.record({
  op: fc.constantFrom(
    ...['create', ...Object.keys(makings)],
    ...often(
      'decide',
      'retry',
      'answer',
      'upload',
      'simulate',
      ...Object.keys({ ...stepsOfOwners, ...stepsOfOneOwner }),
    ),
  ),
  who: fc.nat(7),
  other: fc.nat(7),
  kind: fc.constantFrom(...kinds, ...often<model.Kind>('business', 'personal')),
  names: fc.record({
    person: fc.constantFrom('suspended', 'kba', 'incomplete', ...often('Ann', 'retry', 'document')),
    business: fc.constantFrom('Corp', 'Corp', 'retry', 'document'),
  }),
  word: fc.nat(9),
})

/** Takes a sequence in a world of its own. */
const live = async (server: TestServer, sequence: readonly Draw[]): Promise<void> => {
  const { id, accountId, application } = await server.newWorld()
  const { key: clientID, secret: clientSecret } = application
  const dwolla = new Dwolla({ serverURL: server.origin, security: { clientID, clientSecret } })
  const client = await server.as(application)
  const world: World = { server, id, accountId, client, dwolla, customers: [], told: [], followed: new Set() }
  for (const draw of sequence) await take(world, draw)
  assert.deepEqual(
    await topicsOf(client),
    world.told.map((topic) => `customer_${topic}`),
  )
  await readAll(world)
}

const sequences = fc.array(draws, { minLength: 40, maxLength: 80 })

test('in a sandbox, steps in any order do what the model says, or nothing at all', async () => {
  const property = fc.asyncProperty(sequences, (sequence) => live(sandbox, sequence))
  await fc.assert(property, { numRuns: rounds(40), endOnFailure: true })
})

test('and so they do where a person decides', async () => {
  const property = fc.asyncProperty(sequences, (sequence) => live(production, sequence))
  await fc.assert(property, { numRuns: rounds(40), endOnFailure: true })
})
