import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** Every state of both types, every step: what is answered, and what is so afterwards. */
const table = textTable(
  ['type', 'state', 'step', 'answer', 'status', 'links', 'event'],
  `
  unverified   | unverified  | edit        | 200                      | unverified  | self edit edit-form deactivate | -
  unverified   | unverified  | suspended   | 200                      | suspended   | self                 | customer_suspended
  unverified   | unverified  | deactivated | 200                      | deactivated | self reactivate      | customer_deactivated
  unverified   | unverified  | reactivated | 403 InvalidResourceState | unverified  | self edit edit-form deactivate | -

  unverified   | suspended   | edit        | 403 InvalidResourceState | suspended   | self                 | -
  unverified   | suspended   | suspended   | 403 InvalidResourceState | suspended   | self                 | -
  unverified   | suspended   | deactivated | 403 InvalidResourceState | suspended   | self                 | -
  unverified   | suspended   | reactivated | 403 InvalidResourceState | suspended   | self                 | -

  unverified   | deactivated | edit        | 403 InvalidResourceState | deactivated | self reactivate      | -
  unverified   | deactivated | suspended   | 403 InvalidResourceState | deactivated | self reactivate      | -
  unverified   | deactivated | deactivated | 403 InvalidResourceState | deactivated | self reactivate      | -
  unverified   | deactivated | reactivated | 200                      | unverified  | self edit edit-form deactivate | customer_activated

  receive-only | unverified  | edit        | 200                      | unverified  | self edit edit-form deactivate | -
  receive-only | unverified  | suspended   | 200                      | suspended   | self                 | customer_suspended
  receive-only | unverified  | deactivated | 200                      | deactivated | self reactivate      | customer_deactivated
  receive-only | unverified  | reactivated | 403 InvalidResourceState | unverified  | self edit edit-form deactivate | -

  receive-only | suspended   | edit        | 403 InvalidResourceState | suspended   | self                 | -
  receive-only | suspended   | suspended   | 403 InvalidResourceState | suspended   | self                 | -
  receive-only | suspended   | deactivated | 403 InvalidResourceState | suspended   | self                 | -
  receive-only | suspended   | reactivated | 403 InvalidResourceState | suspended   | self                 | -

  receive-only | deactivated | edit        | 403 InvalidResourceState | deactivated | self reactivate      | -
  receive-only | deactivated | suspended   | 403 InvalidResourceState | deactivated | self reactivate      | -
  receive-only | deactivated | deactivated | 403 InvalidResourceState | deactivated | self reactivate      | -
  receive-only | deactivated | reactivated | 200                      | unverified  | self edit edit-form deactivate | customer_activated
  `,
)

const said = ({ status, body }: Answer): string => (status === 200 ? '200' : `${status} ${body['code']}`)

describe('POST /customers/{id} in every state', () => {
  for (const { type, state, step, answer: expected, status, links, event } of table)
    it(`${type}, ${state}: ${step} is answered ${expected}`, async () => {
      const { accountId, application } = await server.newWorld()
      const client = await server.as(application)
      const person = { type, firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
      const path = (await client.post('/customers', person)).location ?? ''
      if (state !== 'unverified') assert.equal((await client.post(path, { status: state })).status, 200)
      const before = await storedRows(server.pool, accountId)

      const answer = await client.post(path, step === 'edit' ? { firstName: 'Janet' } : { status: step })

      assert.equal(said(answer), expected)
      if (answer.status === 403) {
        assert.equal(answer.body['message'], 'Resource cannot be modified.')
        assert.deepEqual(await storedRows(server.pool, accountId), before)
      }
      const read = JSON.parse((await client.get(path)).text)
      if (answer.status === 200) assert.deepEqual(answer.body, read)
      assert.equal(read.status, status)
      assert.equal(read.firstName, expected === '200' && step === 'edit' ? 'Janet' : 'Jane')
      assert.equal(Object.keys(read._links).join(' '), links)
      for (const [rel, link] of Object.entries(read._links))
        assert.deepEqual(
          rel === 'edit-form' ? { ...(link as object), type: 'application/vnd.dwolla.v1.hal+json' } : link,
          {
            href: path,
            type: 'application/vnd.dwolla.v1.hal+json',
            'resource-type': 'customer',
          },
        )
      const newest = JSON.parse((await client.get('/events?limit=1')).text)
      assert.equal(newest.total - (before['events']?.length ?? 0), event === '-' ? 0 : 1)
      if (event !== '-') assert.equal(newest._embedded.events[0].topic, event)
    })

  it('and the table has every one', () => {
    const combinations = new Set(table.map(({ type, state, step }) => `${type} ${state} ${step}`))
    assert.equal(combinations.size, 2 * 3 * 4)
    assert.equal(table.length, combinations.size)
  })

  it('a status given with other fields is the step alone', async () => {
    const { application } = await server.newWorld()
    const client = await server.as(application)
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const path = (await client.post('/customers', person)).location ?? ''
    const answer = await client.post(path, { status: 'deactivated', firstName: 'Janet', type: 'personal' })
    assert.deepEqual([answer.status, answer.body['status'], answer.body['firstName']], [200, 'deactivated', 'Jane'])
  })

  it('two steps at once: one is taken, the other is refused', async () => {
    const { application } = await server.newWorld()
    const client = await server.as(application)
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const path = (await client.post('/customers', person)).location ?? ''
    const answers = await Promise.all([
      client.post(path, { status: 'suspended' }),
      client.post(path, { status: 'deactivated' }),
    ])
    assert.deepEqual(answers.map(said).sort(), ['200', '403 InvalidResourceState'])
    assert.equal((await client.get('/events')).body['total'], 2)
  })
})
