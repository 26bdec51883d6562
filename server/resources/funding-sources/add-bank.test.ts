import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, newWorld, type World } from '../customers/customers-fixture.ts'
import { addBank, bankBody, newsOf, refusalOf, relsOf, verifyBank } from './banks-fixture.ts'
import { blockBank } from './blocked-banks.ts'
import { fundingSources } from './store.ts'

let server: TestServer
let world: World
before(async () => {
  server = await startTestServer()
  world = await newWorld(server)
})
after(() => server.stop())

const nobody = '/customers/00000000-0000-4000-8000-000000000000'
const removed = { removed: true }

const aWorld = (settings: object = {}, clock?: object) => newWorld(server, { settings, ...(clock ? { clock } : {}) })

const unverified = (client: World['client'], n = 1) =>
  customerIn(client, 'unverified', 'unverified', { email: `u${n}@x.test`, correlationId: null })

describe('a bank that is added', () => {
  it('to a customer or to the account is told of, shown without its numbers, and found in their list', async () => {
    const { client, accountId } = world
    const customer = await unverified(client)
    for (const [owner, list, prefix] of [
      [customer, customer, 'customer_'],
      ['', `/accounts/${accountId}`, ''],
    ] as const) {
      const bank = await addBank(client, owner, {
        accountNumber: '9876543210',
        bankAccountType: 'savings',
        name: 'Pig',
      })
      const { body, text } = await client.get(bank)
      const { status, type, bankAccountType, name, removed, bankName } = body as unknown as Record<string, unknown>
      assert.deepEqual(
        [status, type, bankAccountType, name, removed, bankName],
        ['unverified', 'bank', 'savings', 'Pig', false, 'SANDBOX TEST BANK'],
      )
      assert.doesNotMatch(text, /9876543210|222222226/)
      assert.deepEqual(await newsOf(client, bank), [`${prefix}funding_source_added`])
      const listed = (await client.get(`${list}/funding-sources`)).text
      assert.ok(listed.includes(`"${bank.split('/').at(-1)}"`))
    }
  })

  it('belongs to who may have it: by who that is, its status and its account type', async () => {
    const { client } = await aWorld({ mayAddGeneralLedgerBanks: true })
    const loans = 'NotAllowed /bankAccountType BankAccountType value not allowed.'
    const table = textTable(
      ['kind', 'state', 'type', 'expected'],
      `
      unverified         | unverified              | checking       | 201
      unverified         | unverified              | loan           | 400 ValidationError + ${loans}
      unverified         | suspended               | checking       | 403 InvalidResourceState Resource cannot be modified.
      unverified         | deactivated             | checking       | 403 InvalidResourceState Resource cannot be modified.
      receive-only       | unverified              | savings        | 201
      receive-only       | unverified              | loan           | 400 ValidationError + ${loans}
      personal           | verified                | loan           | 201
      personal           | verified                | general-ledger | 400 ValidationError + ${loans}
      personal           | retry                   | checking       | 201
      personal           | document                | checking       | 201
      personal           | suspended               | checking       | 403 InvalidResourceState Resource cannot be modified.
      personal           | deactivated             | checking       | 403 InvalidResourceState Resource cannot be modified.
      business           | verified                | general-ledger | 201
      business           | retry of the business   | checking       | 201
      `,
    )
    for (const [n, { kind, state, type, expected }] of table.entries()) {
      const more = { email: `who${n}@x.test`, correlationId: null }
      const customer = await customerIn(client, kind as 'personal', state, more)
      const answer = await client.post(`${customer}/funding-sources`, bankBody({ bankAccountType: type }))
      assert.equal(answer.status === 201 ? '201' : refusalOf(answer), expected, `${kind} ${state} ${type}`)
    }
    const own = await client.post('/funding-sources', bankBody({ bankAccountType: 'loan' }))
    assert.equal(refusalOf(own), `400 ValidationError + ${loans}`)
    const { client: plain } = await aWorld()
    const business = await customerIn(plain, 'business', 'verified')
    const ledger = await plain.post(`${business}/funding-sources`, bankBody({ bankAccountType: 'general-ledger' }))
    assert.equal(refusalOf(ledger), `400 ValidationError + ${loans}`)
  })

  it('has to be described rightly, and in a way that there is', async () => {
    const { client } = world
    const missing = 'Required /accountNumber AccountNumber required.'
    const table = textTable(
      ['change', 'expected'],
      `
      {"accountNumber":null}                       | 400 ValidationError + ${missing}
      {"routingNumber":"222222225","verified":"x"} | 400 ValidationError + Invalid /routingNumber Routing number invalid. + Invalid /verified Verified invalid.
      {"verified":true}                            | 403 Forbidden Not authorized to create funding source.
      {"type":"virtual"}                           | 403 Forbidden Virtual account numbers are not enabled for this account.
      {"plaidToken":"processor-sandbox-1"}         | 400 ValidationError + NotAllowed /plaidToken PlaidToken not supported.
      {"cardToken":"t","cardDetails":{}}           | 400 ValidationError + NotAllowed /cardToken CardToken not supported. + NotAllowed /cardDetails CardDetails not supported.
      {"channels":["wire"]}                        | 400 ValidationError + NotAllowed /channels Channels not supported.
      {"_links":{"exchange":{"href":"/exchanges/1"}}} | 400 ValidationError + NotAllowed /_links/exchange/href Exchange not supported.
      {"_links":{"on-demand-authorization":{"href":"/customers/1"}}} | 400 ValidationError + Invalid /_links/on-demand-authorization/href On-demand-authorization invalid.
      {"_links":{"on-demand-authorization":{"href":"/on-demand-authorizations/00000000-0000-4000-8000-000000000000"}}} | 400 ValidationError + Invalid /_links/on-demand-authorization/href On-demand-authorization invalid.
      `,
    )
    const customer = await unverified(client, 2)
    for (const owner of ['', customer])
      for (const { change, expected } of table) {
        const answer = await client.post(`${owner}/funding-sources`, bankBody(JSON.parse(change)))
        assert.equal(refusalOf(answer), expected, change)
      }
    for (const harmless of [
      { verified: false },
      { channels: [] },
      { _links: {} },
      { _links: null },
      { plaidToken: null },
    ])
      await addBank(client, '', harmless)
    const nowhere = await client.post(`${nobody}/funding-sources`, bankBody())
    assert.equal(refusalOf(nowhere), '404 NotFound Customer ID not found. Check Customer ID.')
  })

  it('counts as verified at once where the account may say so', async () => {
    const { client } = await aWorld({ mayAddVerifiedBanks: true })
    const bank = await addBank(client, await unverified(client), { verified: true })
    assert.equal(String((await client.get(bank)).body['status']), 'verified')
    assert.deepEqual(await newsOf(client, bank), ['customer_funding_source_added', 'customer_funding_source_verified'])
  })

  it('is a customer’s one of six at most, or of as many as the world allows; the account has any', async () => {
    for (const [settings, most] of [
      [{}, 6],
      [{ maxBanksPerCustomer: 1 }, 1],
    ] as const) {
      const { client } = await aWorld(settings)
      const customer = await customerIn(client, 'personal', 'verified')
      const banks: string[] = []
      for (let n = 0; n < most; n++) banks.push(await addBank(client, customer))
      const answer = await client.post(`${customer}/funding-sources`, bankBody())
      assert.equal(refusalOf(answer), '400 MaxNumberOfResources The maximum number of banks have been added.')
      await client.post(banks[0] ?? '', removed)
      await addBank(client, customer)
      for (let n = 0; n < most; n++) await addBank(client, '')
    }
  })

  it('is refused while the same owner has it, with a link to it; others may have it as well', async () => {
    const { client } = await aWorld()
    const [one, other] = [await unverified(client, 1), await unverified(client, 2)]
    const same = { accountNumber: '1234567' }
    for (const owner of [one, '']) {
      const bank = await addBank(client, owner, same)
      const again = await client.post(
        `${owner}/funding-sources`,
        bankBody({ ...same, name: 'B', bankAccountType: 'savings' }),
      )
      assert.equal(refusalOf(again), `400 DuplicateResource Bank already exists: id=${bank.split('/').at(-1)}`)
      const { about } = JSON.parse(again.text)._links
      assert.deepEqual([about.href, about['resource-type']], [server.origin + bank, 'funding-source'])
    }
    await addBank(client, other, same)
    await addBank(client, one, { ...same, accountNumber: '01234567' })
    await addBank(client, one, { ...same, routingNumber: '021000021' })
  })

  it('is added once by many who ask at once', async () => {
    const { client } = await aWorld()
    const customer = await unverified(client)
    const body = bankBody()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.post(`${customer}/funding-sources`, body)),
    )
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [201, ...Array(19).fill(400)])
  })

  it('is refused when its numbers are barred, whoever adds it', async () => {
    const { client, accountId } = await aWorld()
    const [one, other] = [await unverified(client, 1), await unverified(client, 2)]
    const same = { accountNumber: '7777777' }
    const bank = await addBank(client, one, same)
    await server.gate.write({
      context: { accountId, actor: { kind: 'operator' }, settings: server.world.settings, now: new Date() },
      run: (ctx) => blockBank(ctx, fundingSources.get(ctx, bank.split('/').at(-1) ?? ''), 'R13'),
    })
    const forbidden = '403 Forbidden Not authorized to create funding source.'
    for (const owner of ['', other])
      assert.equal(refusalOf(await client.post(`${owner}/funding-sources`, bankBody(same))), forbidden)
    const moved = await client.post(await addBank(client, other), { ...same, routingNumber: '222222226' })
    assert.equal(refusalOf(moved), forbidden)
  })
})

describe('a bank that is added again after it was removed', () => {
  const clock = { mode: 'frozen', set: '2026-11-23T14:00:00Z' }
  const same = { accountNumber: '5555555' }

  it('comes back as what it was within 48 hours, and is another one after that', async () => {
    for (const [advance, isSame] of [
      ['PT47H59M59S', true],
      ['PT48H', false],
    ] as const) {
      const { id, accountId: _, application } = await server.newWorld({ clock })
      const client = await server.as(application)
      const customer = await unverified(client)
      const bank = await addBank(client, customer, same)
      assert.equal((await client.post(`${bank}/micro-deposits`)).status, 201)
      assert.equal((await client.post(bank, removed)).status, 200)
      await server.operate('POST', `/worlds/${id}/clock`, { advance })
      const again = await addBank(client, customer, { ...same, name: 'Again', bankAccountType: 'savings' })
      assert.equal(again === bank, isSame, advance)
      const { body } = await client.get(again)
      assert.deepEqual([String(body['name']), String(body['bankAccountType'])], ['Again', 'savings'])
      assert.equal((await client.get(`${again}/micro-deposits`)).status, isSame ? 200 : 404)
      const added = (await newsOf(client, bank)).filter((topic) => topic === 'customer_funding_source_added')
      assert.equal(added.length, isSame ? 2 : 1)
      if (!isSame) assert.equal(await relsOf(client, bank), 'self')
    }
  })

  it('is another one when it was verified', async () => {
    const { client } = await aWorld({}, clock)
    const customer = await unverified(client)
    const bank = await addBank(client, customer, same)
    await verifyBank(client, bank)
    await client.post(bank, removed)
    assert.notEqual(await addBank(client, customer, same), bank)
  })
})

describe('an on-demand authorization', () => {
  it('names who will ask for payments, and is good for one bank', async () => {
    const { application } = await server.newWorld({ name: 'Jane Corp' })
    const client = await server.as(application)
    const { status, body } = await client.post('/on-demand-authorizations')
    assert.equal(status, 200)
    assert.match(String(body['bodyText']), /future payments to Jane Corp will be processed .* my Jane Corp account\.$/)
    assert.equal(String(body['buttonText']), 'Agree & Continue')
    const href = String(body['_links']?.['self']?.['href'])
    assert.match(href, /\/on-demand-authorizations\/[0-9a-f-]{36}$/)
    const _links = { 'on-demand-authorization': { href } }
    const customer = await unverified(client)
    const wrong = await client.post(`${customer}/funding-sources`, bankBody({ name: null, _links }))
    assert.equal(wrong.status, 400)
    await addBank(client, customer, { _links })
    const again = await client.post(`${customer}/funding-sources`, bankBody({ _links }))
    const said = 'Duplicate funding source or validation error. Authorization already associated to a funding source.'
    assert.equal(refusalOf(again), `400 ValidationError ${said}`)
  })

  it('is refused to who may not ask for one', async () => {
    const { client } = await aWorld({ mayAuthorizeOnDemand: false })
    assert.equal((await client.post('/on-demand-authorizations')).status, 403)
  })
})
