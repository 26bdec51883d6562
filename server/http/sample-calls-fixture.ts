/** A call of every operation of the API that succeeds, whatever was called before. */
import assert from 'node:assert/strict'
import { randomInt, randomUUID } from 'node:crypto'
import { halType } from '@clearyard/contract/hal.ts'
import { owner } from '@clearyard/contract/whole-bodies-fixture.ts'
import { aBusiness, anOwner } from '../resources/beneficial-owners/owners-fixture.ts'
import { customerIn } from '../resources/customers/customers-fixture.ts'
import { anAskedCustomer, aSession, someAnswers } from '../resources/kba/kba-fixture.ts'
import { failAtBank } from '../resources/transfers/transfers-fixture.ts'
import { type AskedHeaders, ask } from '../testing/ask.ts'
import { aDocumentCustomer, fileOf, rawForm } from '../testing/forms.ts'
import type { Client, TestServer } from '../testing/harness.ts'

/** A call that succeeds; its body is JSON or a form. */
type Sample = { status: 200 | 201; path: string; body?: object; form?: Buffer }

const formType = 'multipart/form-data; boundary=frontier'

const aForm = (): Buffer =>
  rawForm('frontier', [
    { headers: 'content-disposition: form-data; name="documentType"', content: 'license' },
    { headers: 'content-disposition: form-data; name="file"; filename="id.png"', content: fileOf('png') },
  ])

/** What is sent in a sample's body, and the header that says what it is. */
export const sent = ({
  body,
  form,
}: Pick<Sample, 'body' | 'form'> = {}): [headers: AskedHeaders, body?: string | Buffer] => {
  if (form) return [{ 'content-type': formType }, form]
  return body === undefined ? [{}] : [{ 'content-type': 'application/json' }, JSON.stringify(body)]
}

const person = () => ({ firstName: 'Ada', lastName: 'King', email: `${randomUUID()}@x.test` })

const aCustomer = async (client: Client): Promise<string> =>
  new URL((await client.post('/customers', person())).location ?? '').pathname

/** The sources that a new sandbox has: its bank and its balance. */
const sources = async (client: Client): Promise<{ list: string; bank: string; balance: string }> => {
  const href = JSON.parse((await client.get('/')).text)._links.account.href
  const list = `${new URL(href).pathname}/funding-sources`
  const listed: { id: string; name: string }[] = JSON.parse((await client.get(list)).text)._embedded['funding-sources']
  const called = (name: string) => `/funding-sources/${listed.find((source) => source.name === name)?.id}`
  return { list, bank: called('Superhero Savings Bank'), balance: called('Balance') }
}

const aDocument = async (client: Client): Promise<string> => {
  const path = `${await aDocumentCustomer(client)}/documents`
  const headers = { authorization: `Bearer ${client.token}`, accept: halType, 'content-type': formType }
  // the client of the other server is asked at that one
  const { location } = (await ask(client.origin, 'POST', path, headers, aForm())).headers
  return new URL(location ?? '').pathname
}

/** A transfer that its bank has not done its part of yet. */
const aTransfer = async (client: Client): Promise<string> => {
  const { bank, balance } = await sources(client)
  const _links = { source: { href: bank }, destination: { href: balance } }
  const made = await client.post('/transfers', { _links, amount: { value: '1.00', currency: 'USD' } })
  return new URL(made.location ?? '').pathname
}

const bankBody = () => ({
  routingNumber: '222222226',
  accountNumber: randomInt(1e9, 1e10).toString(),
  bankAccountType: 'checking',
  name: 'Ada’s checking',
})

const aBank = async (client: Client): Promise<string> =>
  new URL((await client.post(`${await aCustomer(client)}/funding-sources`, bankBody())).location ?? '').pathname

/** The micro-deposits of a bank that waits for them. */
const someDeposits = async (client: Client): Promise<string> => {
  const path = `${await aBank(client)}/micro-deposits`
  assert.equal((await client.post(path)).status, 201)
  return path
}

const cents = (value: string) => ({ value, currency: 'USD' })

export const samples: { [operation: string]: (client: Client, server: TestServer) => Promise<Sample> | Sample } = {
  'GET /': () => ({ status: 200, path: '/' }),
  'GET /accounts/{id}': async (client) => ({
    status: 200,
    path: new URL(String((await client.get('/')).body['_links']?.['account']?.['href'])).pathname,
  }),
  'GET /accounts/{id}/funding-sources': async (client) => ({
    status: 200,
    path: `${(await sources(client)).list}?removed=false`,
  }),
  'GET /customers/{id}/funding-sources': async (client) => ({
    status: 200,
    path: `${await aCustomer(client)}/funding-sources?embed=balance`,
  }),
  'POST /funding-sources': () => ({ status: 201, path: '/funding-sources', body: bankBody() }),
  'POST /customers/{id}/funding-sources': async (client) => ({
    status: 201,
    path: `${await aCustomer(client)}/funding-sources`,
    body: bankBody(),
  }),
  'POST /funding-sources/{id}': async (client) => ({
    status: 200,
    path: await aBank(client),
    body: { name: 'Rainy days' },
  }),
  'GET /funding-sources/{id}/micro-deposits': async (client) => ({ status: 200, path: await someDeposits(client) }),
  'POST /funding-sources/{id}/micro-deposits': async (client) => ({
    status: 200,
    path: await someDeposits(client),
    body: { amount1: cents('0.03'), amount2: cents('0.05') },
  }),
  'POST /on-demand-authorizations': () => ({ status: 200, path: '/on-demand-authorizations' }),
  'GET /funding-sources/{id}': async (client) => ({ status: 200, path: (await sources(client)).bank }),
  'GET /funding-sources/{id}/balance': async (client) => ({
    status: 200,
    path: `${(await sources(client)).balance}/balance`,
  }),
  'GET /accounts/{id}/transfers': async (client) => ({
    status: 200,
    path: (await sources(client)).list.replace('funding-sources', 'transfers?status=pending&startAmount=1'),
  }),
  'GET /customers/{id}/transfers': async (client) => ({ status: 200, path: `${await aCustomer(client)}/transfers` }),
  'POST /transfers': async (client) => {
    const { bank, balance } = await sources(client)
    const _links = { source: { href: bank }, destination: { href: balance } }
    return { status: 201, path: '/transfers', body: { _links, amount: { value: '1.00', currency: 'USD' } } }
  },
  'GET /transfers/{id}': async (client) => ({ status: 200, path: await aTransfer(client) }),
  'POST /transfers/{id}': async (client) => ({
    status: 200,
    path: await aTransfer(client),
    body: { status: 'cancelled' },
  }),
  'GET /transfers/{id}/fees': async (client) => ({ status: 200, path: `${await aTransfer(client)}/fees` }),
  'GET /transfers/{id}/failure': async (client, server) => {
    const transfer = await aTransfer(client)
    await failAtBank(server, transfer)
    return { status: 200, path: `${transfer}/failure` }
  },
  'POST /customers': () => ({ status: 201, path: '/customers', body: person() }),
  'GET /customers': () => ({ status: 200, path: '/customers?limit=2' }),
  'GET /customers/{id}': async (client) => ({ status: 200, path: await aCustomer(client) }),
  'POST /customers/{id}': async (client) => ({
    status: 200,
    path: await aCustomer(client),
    body: { firstName: 'Eve' },
  }),
  'POST /customers/{id}/documents': async (client) => ({
    status: 201,
    path: `${await aDocumentCustomer(client)}/documents`,
    form: aForm(),
  }),
  'GET /customers/{id}/documents': async (client) => ({
    status: 200,
    path: `${await aDocumentCustomer(client)}/documents`,
  }),
  'POST /customers/{id}/beneficial-owners': async (client) => ({
    status: 201,
    path: `${await aBusiness(client)}/beneficial-owners`,
    body: owner,
  }),
  'GET /customers/{id}/beneficial-owners': async (client) => {
    const business = await aBusiness(client)
    await anOwner(client, business)
    return { status: 200, path: `${business}/beneficial-owners` }
  },
  'GET /beneficial-owners/{id}': async (client) => ({
    status: 200,
    path: await anOwner(client, await aBusiness(client)),
  }),
  'POST /beneficial-owners/{id}': async (client) => ({
    status: 200,
    path: await anOwner(client, await aBusiness(client), 'incomplete'),
    body: owner,
  }),
  'DELETE /beneficial-owners/{id}': async (client) => ({
    status: 200,
    path: await anOwner(client, await aBusiness(client)),
  }),
  'GET /customers/{id}/beneficial-ownership': async (client) => ({
    status: 200,
    path: `${await aBusiness(client)}/beneficial-ownership`,
  }),
  'POST /customers/{id}/beneficial-ownership': async (client) => ({
    status: 200,
    path: `${await aBusiness(client)}/beneficial-ownership`,
    body: { status: 'certified' },
  }),
  'POST /beneficial-owners/{id}/documents': async (client) => ({
    status: 201,
    path: `${await anOwner(client, await aBusiness(client), 'document')}/documents`,
    form: aForm(),
  }),
  'GET /beneficial-owners/{id}/documents': async (client) => ({
    status: 200,
    path: `${await anOwner(client, await aBusiness(client))}/documents`,
  }),
  'GET /documents/{id}': async (client) => ({ status: 200, path: await aDocument(client) }),
  'POST /customers/{id}/kba': async (client) => ({ status: 201, path: `${await anAskedCustomer(client)}/kba` }),
  'GET /kba/{id}': async (client) => ({ status: 200, path: await aSession(client) }),
  'POST /kba/{id}': async (client) => {
    const path = await aSession(client)
    return { status: 200, path, body: { answers: await someAnswers(client, path) } }
  },
  'GET /business-classifications': () => ({ status: 200, path: '/business-classifications' }),
  'GET /business-classifications/{id}': () => ({
    status: 200,
    path: '/business-classifications/9ed3f669-7d6f-11e3-b545-5404a6144203',
  }),
  'POST /sandbox-simulations': async (client) => {
    const more = { email: `${randomUUID()}@x.test`, correlationId: null }
    const href = await customerIn(client, 'business', 'retry of the business', more)
    // what waits for its bank is not for those who try this operation in another way
    await client.post('/sandbox-simulations')
    const body = { type: 'customer-verification', _links: { customer: { href } }, errorCode: 'POBoxNotAllowed' }
    return { status: 200, path: '/sandbox-simulations', body }
  },
  'GET /events': () => ({ status: 200, path: '/events?limit=2' }),
  'GET /events/{id}': async (client) => {
    await aCustomer(client)
    const [event] = JSON.parse((await client.get('/events?limit=1')).text)._embedded.events
    return { status: 200, path: `/events/${event.id}` }
  },
  'POST /client-tokens': () => ({ status: 200, path: '/client-tokens', body: { action: 'customer.create' } }),
}
