/** Steps of customers that are taken beside them: questions, documents and simulated directives. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { upload } from '../../testing/forms.ts'
import { type Answer, startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, type Kind, newWorld, statesOf } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** Every kind in every state; `-` is a refusal of its state. */
const table = textTable(
  ['kind', 'state', 'be asked', 'send a document', 'be directed'],
  `
  unverified         | unverified                 | -   | -   | -
  unverified         | suspended                  | -   | -   | -
  unverified         | deactivated                | -   | -   | -
  receive-only       | unverified                 | -   | -   | -
  receive-only       | suspended                  | -   | -   | -
  receive-only       | deactivated                | -   | -   | -
  personal           | verified                   | -   | -   | -
  personal           | retry                      | -   | -   | -
  personal           | kba                        | 201 | -   | -
  personal           | document                   | -   | 201 | -
  personal           | suspended                  | -   | -   | -
  personal           | deactivated                | -   | -   | -
  soleProprietorship | verified                   | -   | -   | -
  soleProprietorship | retry                      | -   | -   | 200
  soleProprietorship | document                   | -   | 201 | 200
  soleProprietorship | suspended                  | -   | -   | -
  soleProprietorship | deactivated                | -   | -   | -
  business           | verified                   | -   | -   | -
  business           | retry of the business      | -   | -   | 200
  business           | retry of both              | -   | -   | 200
  business           | document of the controller | -   | 201 | 200
  business           | document of the business   | -   | 201 | 200
  business           | document of both           | -   | 201 | 200
  business           | suspended                  | -   | -   | -
  business           | deactivated                | -   | -   | -
  `,
)

/** What each step says when the customer is not in a state for it. */
const refusals: { readonly [step: string]: string } = {
  'be asked': 'InvalidResourceState Customer verification status is not valid for kba.',
  'send a document':
    'invalidResourceState Resource cannot be modified. Document creation not allowed for already verified Customers or non-verified Customer types.',
  'be directed': 'InvalidResourceState Resource cannot be modified.',
}

const taken = (steps: object): string[] => Object.entries(steps).flatMap(([step, cell]) => (cell === '-' ? [] : [step]))

describe('a customer can', () => {
  for (const { kind, state, ...steps } of table)
    it(`${taken(steps).join(' and ') || 'do nothing of it'}: ${kind}, ${state}`, async () => {
      const { accountId, client } = await newWorld(server)
      const path = await customerIn(client, kind as Kind, state)
      const take: { readonly [step: string]: () => Promise<Answer> } = {
        'be asked': () => client.post(`${path}/kba`),
        'be directed': () =>
          client.post('/sandbox-simulations', {
            ...{ type: 'customer-verification', errorCode: 'EINDocumentRequired' },
            _links: { customer: { href: path } },
          }),
        'send a document': () => upload(client, `${path}/documents`),
      }
      for (const [step, expected] of Object.entries(steps)) {
        const before = await storedRows(server.pool, accountId)
        const { status, body, text } = await (take[step] ?? assert.fail(step))()
        if (expected !== '-') {
          assert.equal(status, Number(expected), text)
          continue
        }
        assert.deepEqual([status, `${body['code']} ${body['message']}`], [403, refusals[step]])
        assert.deepEqual(await storedRows(server.pool, accountId), before)
      }
    })

  it('be in no other state', () => {
    const kinds = [...new Set(table.map(({ kind }) => kind))]
    assert.equal(kinds.length, 5)
    for (const kind of kinds)
      assert.deepEqual(
        table.filter((row) => row.kind === kind).map(({ state }) => state),
        statesOf(kind as Kind),
      )
  })
})
