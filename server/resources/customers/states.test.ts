import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { again, customerIn, type Kind, newWorld, relsOf, said, statesOf, topicsOf, whole } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/**
 * Every kind in every state, and what each job comes to: the status afterwards, `-` for InvalidResourceState, or what
 * is wrong with the fields. `whole` is all fields of the customer's own type again.
 */
const table = textTable(
  [
    ...(['kind', 'state', 'edit', 'whole', 'unverified', 'receive-only', 'personal', 'business'] as const),
    ...(['suspended', 'deactivated', 'reactivated'] as const),
  ],
  `
  unverified         | unverified                 | unverified | unverified | unverified | -          | verified | verified | suspended | deactivated | -
  unverified         | suspended                  | -          | -          | -          | -          | -        | -        | -         | -           | -
  unverified         | deactivated                | -          | -          | -          | -          | -        | -        | -         | -           | unverified

  receive-only       | unverified                 | unverified | unverified | unverified | unverified | -        | -        | suspended | deactivated | -
  receive-only       | suspended                  | -          | -          | -          | -          | -        | -        | -         | -           | -
  receive-only       | deactivated                | -          | -          | -          | -          | -        | -        | -         | -           | unverified

  personal           | verified                   | verified   | ReadOnly   | -          | -          | verified | -        | suspended | deactivated | -
  personal           | retry                      | retry      | verified   | -          | -          | retry    | -        | -         | deactivated | -
  personal           | kba                        | kba        | ReadOnly   | -          | -          | kba      | -        | -         | deactivated | -
  personal           | document                   | -          | -          | -          | -          | -        | -        | -         | deactivated | -
  personal           | suspended                  | -          | -          | -          | -          | -        | -        | -         | -           | -
  personal           | deactivated                | -          | -          | -          | -          | -        | -        | -         | -           | verified

  soleProprietorship | verified                   | verified   | ReadOnly   | -          | -          | -        | verified | suspended | deactivated | -
  soleProprietorship | retry                      | retry      | verified   | -          | -          | -        | retry    | -         | deactivated | -
  soleProprietorship | document                   | -          | -          | -          | -          | -        | -        | -         | deactivated | -
  soleProprietorship | suspended                  | -          | -          | -          | -          | -        | -        | -         | -           | -
  soleProprietorship | deactivated                | -          | -          | -          | -          | -        | -        | -         | -           | verified

  business           | verified                   | verified   | ReadOnly   | -          | -          | -        | verified | suspended | deactivated | -
  business           | retry of the business      | retry      | verified   | -          | -          | -        | retry    | -         | deactivated | -
  business           | retry of both              | retry      | verified   | -          | -          | -        | retry    | -         | deactivated | -
  business           | document of the controller | -          | -          | -          | -          | -        | -        | -         | deactivated | -
  business           | document of the business   | -          | -          | -          | -          | -        | -        | -         | deactivated | -
  business           | document of both           | -          | -          | -          | -          | -        | -        | -         | deactivated | -
  business           | suspended                  | -          | -          | -          | -          | -        | -        | -         | -           | -
  business           | deactivated                | -          | -          | -          | -          | -        | -        | -         | -           | verified
  `,
)

const statusSteps = ['suspended', 'deactivated', 'reactivated']

/** What is sent for each job. A body of another type is a whole one; of the own type it says the type and an e-mail. */
const bodyFor = (job: string, kind: Kind): object => {
  const type = kind === 'soleProprietorship' ? 'business' : kind
  if (job === 'edit') return { email: 'changed@example.com' }
  if (job === 'whole') return again(kind, {}, { email: 'changed@example.com' })
  if (statusSteps.includes(job)) return { status: job }
  if (job === type) return { type, email: 'changed@example.com' }
  return whole(job as Kind, {}, { type: job, email: 'changed@example.com' })
}

describe('POST /customers/{id} in every state', () => {
  for (const { kind, state, ...jobs } of table)
    for (const [job, expected] of Object.entries(jobs))
      it(`${kind}, ${state}: ${job} comes to ${expected === '-' ? 'a refusal' : expected}`, async () => {
        const { accountId, client } = await newWorld(server)
        const path = await customerIn(client, kind as Kind, state)
        const before = await storedRows(server.pool, accountId)
        const topics = await topicsOf(client)

        const answer = await client.post(path, bodyFor(job, kind as Kind))

        assert.equal(said(answer), expected === '-' ? '403 InvalidResourceState' : expected, answer.text)
        if (answer.status !== 200) {
          if (expected === '-') assert.equal(answer.body['message'], 'Resource cannot be modified.')
          assert.deepEqual(await storedRows(server.pool, accountId), before)
          return
        }
        const read = (await client.get(path)).body
        assert.deepEqual(answer.body, read)
        assert.equal(read['email'], statusSteps.includes(job) ? 'jane@example.com' : 'changed@example.com')
        const topic = job === 'reactivated' ? 'customer_activated' : `customer_${expected}`
        const isChanged = expected !== state.split(' ')[0]
        assert.deepEqual((await topicsOf(client)).slice(topics.length), isChanged ? [topic] : [])
      })

  it('and the table has every one', () => {
    const kinds: Kind[] = ['unverified', 'receive-only', 'personal', 'soleProprietorship', 'business']
    const rows = kinds.flatMap((kind) => statesOf(kind).map((state) => `${kind} ${state}`))
    assert.deepEqual(table.map(({ kind, state }) => `${kind} ${state}`).sort(), rows.sort())
  })

  it('a status given with other fields is the step alone', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'unverified', 'unverified')
    const answer = await client.post(path, { status: 'deactivated', firstName: 'Janet', type: 'personal' })
    assert.deepEqual([answer.status, answer.body['status'], answer.body['firstName']], [200, 'deactivated', 'Jane'])
  })

  it('two steps at once: one is taken, the other is refused', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'unverified', 'unverified')
    const answers = await Promise.all([
      client.post(path, { status: 'suspended' }),
      client.post(path, { status: 'deactivated' }),
    ])
    assert.equal(answers.map(said).filter((word) => word === '403 InvalidResourceState').length, 1)
    assert.equal((await topicsOf(client)).length, 2)
  })

  it('the state is looked at before the fields: what cannot be changed has nothing to correct', async () => {
    const { client } = await newWorld(server)
    const path = await customerIn(client, 'personal', 'suspended')
    for (const body of [{ email: 'x' }, { type: 'business' }, { type: 'unverified', email: 'x' }])
      assert.equal(said(await client.post(path, body)), '403 InvalidResourceState', JSON.stringify(body))
  })
})

describe('reactivating', () => {
  const comeBack = textTable(
    ['kind', 'state'],
    `
    personal           | verified
    personal           | retry
    personal           | kba
    personal           | document
    soleProprietorship | retry
    soleProprietorship | document
    business           | retry of the business
    business           | retry of both
    business           | document of the controller
    business           | document of the business
    business           | document of both
    `,
  )
  for (const { kind, state } of comeBack)
    it(`a ${kind} customer gives back ${state} as it was, links and errors included`, async () => {
      const { client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      const before = await client.get(path)
      const deactivated = await client.post(path, { status: 'deactivated' })
      assert.equal(deactivated.body['_embedded'], undefined)
      const reactivated = await client.post(path, { status: 'reactivated' })
      assert.deepEqual(reactivated.body, before.body)
    })
})

describe('the links of a customer', () => {
  const links = textTable(
    ['kind', 'state', 'links'],
    `
    unverified         | unverified                 | self edit edit-form deactivate funding-sources transfers send receive
    unverified         | suspended                  | self funding-sources transfers
    unverified         | deactivated                | self reactivate funding-sources transfers
    receive-only       | unverified                 | self edit edit-form deactivate funding-sources transfers receive
    receive-only       | suspended                  | self funding-sources transfers
    receive-only       | deactivated                | self reactivate funding-sources transfers
    personal           | verified                   | self edit edit-form deactivate funding-sources transfers send receive
    personal           | retry                      | self edit edit-form retry-verification deactivate funding-sources transfers
    personal           | kba                        | self edit edit-form deactivate funding-sources transfers
    personal           | document                   | self document-form verify-with-document funding-sources transfers
    personal           | suspended                  | self funding-sources transfers
    personal           | deactivated                | self reactivate funding-sources transfers
    soleProprietorship | verified                   | self edit edit-form deactivate funding-sources transfers send receive
    soleProprietorship | retry                      | self edit edit-form retry-verification deactivate funding-sources transfers
    soleProprietorship | document                   | self document-form verify-with-document funding-sources transfers
    soleProprietorship | suspended                  | self funding-sources transfers
    soleProprietorship | deactivated                | self reactivate funding-sources transfers
    business           | verified                   | self edit edit-form deactivate verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers receive
    business           | retry of the business      | self edit edit-form retry-verification deactivate verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers
    business           | retry of both              | self edit edit-form retry-verification retry-with-full-ssn deactivate verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers
    business           | document of the controller | self document-form verify-with-document verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers
    business           | document of the business   | self document-form verify-business-with-document verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers
    business           | document of both           | self document-form verify-controller-and-business-with-document verify-beneficial-owners certify-beneficial-ownership beneficial-owners funding-sources transfers
    business           | suspended                  | self beneficial-owners funding-sources transfers
    business           | deactivated                | self reactivate beneficial-owners funding-sources transfers
    `,
  )

  const places = textTable(
    ['rel', 'path', 'resource-type'],
    `
    self                                         |                       | customer
    edit                                         |                       | customer
    edit-form                                    |                       | customer
    deactivate                                   |                       | customer
    reactivate                                   |                       | customer
    retry-verification                           |                       | customer
    retry-with-full-ssn                          |                       | customer
    document-form                                | /documents            | document
    verify-with-document                         | /documents            | document
    verify-business-with-document                | /documents            | document
    verify-controller-and-business-with-document | /documents            | document
    beneficial-owners                            | /beneficial-owners    | beneficial-owner
    verify-beneficial-owners                     | /beneficial-owners    | beneficial-owner
    certify-beneficial-ownership                 | /beneficial-ownership | beneficial-ownership
    funding-sources                              | /funding-sources      | funding-source
    transfers                                    | /transfers            | transfer
    send                                         | /transfers            | transfer
    receive                                      | /transfers            | transfer
    `,
  )

  const halType = 'application/vnd.dwolla.v1.hal+json'
  const formsType = `${halType}; profile="https://github.com/dwolla/hal-forms"`

  for (const { kind, state, links: expected } of links)
    it(`${kind}, ${state}: ${expected}`, async () => {
      const { client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      const { body } = await client.get(path)
      assert.deepEqual(relsOf(body).split(' ').sort(), expected.split(' ').sort())
      for (const [rel, link] of Object.entries(body['_links'] ?? {})) {
        const place = places.find((known) => known.rel === rel)
        const type = rel.endsWith('-form') ? formsType : halType
        // whoever sends and receives does so where everybody does
        const from = rel === 'send' || rel === 'receive' ? '' : path
        assert.deepEqual(link, {
          href: `${server.origin}${from}${place?.path}`,
          type,
          'resource-type': place?.['resource-type'],
        })
      }
    })

  it('are stated for every kind and state', () => {
    assert.deepEqual(
      links.map(({ kind, state }) => `${kind} ${state}`),
      table.map(({ kind, state }) => `${kind} ${state}`),
    )
  })
})
