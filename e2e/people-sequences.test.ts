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

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** A world, what the model knows of it, and what it was told. */
type World = {
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
const people = ['Ann', 'retry', 'kba', 'document', 'suspended']
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

const makings = { ...stepsOfCustomers, ...stepsOfOwners, ...stepsOfOneOwner }

const create = async (world: World, { kind, names }: Draw): Promise<void> => {
  const id = randomUUID()
  const answer = await world.client.post('/customers', whole(kind, steered(kind, names), identified(id)))
  assert.equal(answer.status, 201, answer.text)
  const { customer, told } = model.create({ id, path: pathOf(answer), kind, names })
  world.customers.push(customer)
  world.told.push(...told)
}

/** Relations that lead to where something is sent; all others can be read. */
const sentTo =
  /^(edit|deactivate|reactivate|retry-.*|verify-.*-?document|upload-.*|verify-beneficial-owners|certify-.*|answer|send)$/

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
  if (customer.ownership === null) return
  const { body } = await bodyOf(world, `${customer.path}/beneficial-ownership`)
  assert.equal(body['status'], customer.ownership)
}

const take = async (world: World, draw: Draw): Promise<void> => {
  if (world.customers.length === 0 || draw.op === 'create') return create(world, draw)
  const customer = pick(world.customers, draw.who)
  const step = makings[draw.op as keyof typeof makings]?.(world, draw, customer) ?? null
  if (!step) return
  const stored = await storedRows(server.pool, world.accountId)
  const told = step.expect()
  const answer = await step.send()
  const what = `${draw.op} of ${JSON.stringify(customer)}: ${answer.status} ${answer.text}`
  if (told === null) {
    assert.ok(answer.status >= 400 && answer.status < 500, what)
    assert.deepEqual(await storedRows(server.pool, world.accountId), stored, what)
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

const draws: fc.Arbitrary<Draw> = fc.record({
  op: fc.constantFrom('create', ...Object.keys(makings)),
  who: fc.nat(7),
  other: fc.nat(7),
  kind: fc.constantFrom(...kinds),
  names: fc.record({
    person: fc.constantFrom(...people, 'incomplete'),
    business: fc.constantFrom('Corp', 'retry', 'document'),
  }),
  word: fc.nat(9),
})

test('steps in any order do what the model says, or nothing at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(draws, { minLength: 1, maxLength: 40, size: 'max' }), async (sequence) => {
      const { accountId, application } = await server.newWorld()
      const { key: clientID, secret: clientSecret } = application
      const dwolla = new Dwolla({ serverURL: server.origin, security: { clientID, clientSecret } })
      const client = await server.as(application)
      const world: World = { accountId, client, dwolla, customers: [], told: [], followed: new Set() }
      for (const draw of sequence) await take(world, draw)
      assert.deepEqual(
        await topicsOf(client),
        world.told.map((topic) => `customer_${topic}`),
      )
      await readAll(world)
    }),
    { numRuns: rounds(100), endOnFailure: true },
  )
})
