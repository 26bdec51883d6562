import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, errorsOf, newWorld, statesOf, topicsOf } from '../customers/customers-fixture.ts'

const unknown = '00000000-0000-4000-8000-000000000000'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const simulate = (client: Client, customer: string, errorCode = 'POBoxNotAllowed') =>
  client.post('/sandbox-simulations', {
    type: 'customer-verification',
    _links: { customer: { href: server.origin + customer } },
    errorCode,
  })

const directivesOf = async (client: Client, customer: string): Promise<string[]> => {
  const { _embedded } = JSON.parse((await client.get(customer)).text)
  return (_embedded?.errors ?? []).map(({ code }: { code: string }) => code)
}

describe('a simulated verification directive', () => {
  it('is answered, shown by the customer and told of when an address is to blame', async () => {
    const rows = textTable(
      ['code', 'told'],
      `
      PersonalIDRequired               | -
      ControllerNonResidential         | customer_address_verification_failed
      POBoxNotAllowed                  | customer_address_verification_failed
      AddressNotAssociatedWithBusiness | customer_address_verification_failed
      EINDocumentRequired              | -
      `,
    )
    for (const state of ['retry of the business', 'document of the business'])
      for (const { code, told } of rows) {
        const { client } = await newWorld(server)
        const customer = await customerIn(client, 'business', state)
        const before = await topicsOf(client)
        const answer = await simulate(client, customer, code)
        assert.equal(answer.status, 200, answer.text)
        const href = `${server.origin}/sandbox-simulations`
        assert.deepEqual(answer.body, {
          _links: { self: { href, type: halType, 'resource-type': 'sandbox-simulation' } },
          errorCode: code,
        })
        assert.ok((await directivesOf(client, customer)).includes(code), `${state} ${code}`)
        assert.deepEqual((await topicsOf(client)).slice(before.length), told === '-' ? [] : [told])
      }
  })

  it('is refused of everybody but a business in retry or document, and changes nothing', async () => {
    const { client } = await newWorld(server)
    let refused = 0
    for (const kind of ['unverified', 'receive-only', 'personal', 'business'] as const)
      for (const state of statesOf(kind)) {
        if (kind === 'business' && /^(retry|document)/.test(state)) continue
        const customer = await customerIn(client, kind, state, {
          email: `${kind}${refused}@x.test`,
          correlationId: `c${refused}`,
        })
        const [shown, topics] = [(await client.get(customer)).text, await topicsOf(client)]
        const { status, body } = await simulate(client, customer)
        assert.deepEqual([status, body['code']], [403, 'InvalidResourceState'], `${kind} ${state}`)
        assert.deepEqual([(await client.get(customer)).text, await topicsOf(client)], [shown, topics])
        refused += 1
      }
    assert.ok(refused >= 12)
  })

  it('names what it is, its customer and its code', async () => {
    const [ours, theirs] = [await newWorld(server), await newWorld(server)]
    const customer = await customerIn(theirs.client, 'business', 'retry of the business')
    const link = 'Required /_links/customer/href Customer required.'
    const code = 'Required /errorCode ErrorCode required.'
    const rows = textTable(
      ['body', 'errors'],
      `
      {"errorCode":"PersonalIDRequired"}                                                                      | Required /type Type required.
      {"type":null}                                                                                           | Required /type Type required.
      {"type":"virtual"}                                                                                      | Invalid /type Type invalid.
      {"type":["customer-verification"]}                                                                      | Invalid /type Type invalid.
      {"type":"customer-verification"}                                                                        | ${link} ${code}
      {"type":"customer-verification","_links":7}                                                             | ${link} ${code}
      {"type":"customer-verification","_links":{"customer":"x"}}                                              | ${link} ${code}
      {"type":"customer-verification","_links":{"customer":{"href":7}},"errorCode":7}                         | Invalid /_links/customer/href Customer invalid. Invalid /errorCode ErrorCode invalid.
      {"type":"customer-verification","_links":{"customer":{"href":"/events/${unknown}"}},"errorCode":"X"}    | Invalid /_links/customer/href Customer invalid. Invalid /errorCode ErrorCode invalid.
      {"type":"customer-verification","_links":{"customer":{"href":"${customer}"}},"errorCode":"EINMismatch"} | Invalid /errorCode ErrorCode invalid.
      `,
    )
    for (const { body, errors } of rows)
      assert.equal(errorsOf(await ours.client.post('/sandbox-simulations', body), body).join(' '), errors, body)
    for (const href of [customer, `/customers/${unknown}`])
      assert.deepEqual(errorsOf(await simulate(ours.client, href)), [
        'Invalid /_links/customer/href Customer not found.',
      ])
    assert.deepEqual(await directivesOf(theirs.client, customer), [])
  })
})

it('there are no simulations in production', async () => {
  const operatorToken = 'an-operator-token-of-forty-characters-xx'
  const production = await startTestServer({ sandbox: false, operatorToken })
  try {
    const client = await production.as()
    const { status, body } = await simulate(client, `/customers/${unknown}`)
    assert.deepEqual([status, body['code']], [404, 'NotFound'])
    for (const path of ['/flush', '/worlds/default/flush'])
      assert.equal((await production.operate('POST', path, {})).status, 404, path)
  } finally {
    await production.stop()
  }
})
