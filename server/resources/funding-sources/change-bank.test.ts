import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCell } from '../../gate/sealed.ts'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, type Kind, newWorld } from '../customers/customers-fixture.ts'
import { addBank, newsOf, refusalOf, relsOf, verifyBank } from './banks-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const idOf = (path: string): string => path.split('/').at(-1) ?? ''
const removal = { removed: true }

const aPlace = async (kind: Kind = 'unverified', state = 'unverified') => {
  const { client, accountId } = await newWorld(server)
  const customer = await customerIn(client, kind, state)
  return { client, accountId, customer, bank: await addBank(client, customer, { accountNumber: '4444444' }) }
}

const numbersOf = async (accountId: string, bank: string): Promise<unknown> => {
  const id = idOf(bank)
  const { rows } = await server.pool.query('select sealed_numbers from funding_sources where id = $1', [id])
  const cell = { accountId, table: 'funding_sources', id, column: 'sealed_numbers' }
  return JSON.parse(openCell(server.sealer, cell, rows[0].sealed_numbers))
}

describe('a bank is changed', () => {
  it('in its name at any time, and by its numbers while it is unverified', async () => {
    const { client, accountId, bank } = await aPlace()
    const before = (await client.get(bank)).body
    const renamed = await client.post(bank, { name: 'Other' })
    assert.deepEqual([renamed.status, renamed.body], [200, { ...before, name: 'Other' }])
    assert.deepEqual((await client.get(bank)).body, renamed.body)

    const moved = await client.post(bank, { routingNumber: '021000021', bankAccountType: 'savings' })
    const { fingerprint, ...rest } = moved.body as unknown as Record<string, unknown>
    const { fingerprint: old, ...others } = renamed.body as unknown as Record<string, unknown>
    assert.notEqual(fingerprint, old)
    assert.deepEqual(rest, { ...others, bankAccountType: 'savings', channels: ['ach', 'real-time-payments'] })
    assert.deepEqual(await numbersOf(accountId, bank), { routingNumber: '021000021', accountNumber: '4444444' })
    await client.post(bank, { accountNumber: '4444445', name: 'Third', removed: false })
    assert.deepEqual(await numbersOf(accountId, bank), { routingNumber: '021000021', accountNumber: '4444445' })
    const updates = Array(3).fill('customer_funding_source_updated')
    assert.deepEqual(await newsOf(client, bank), ['customer_funding_source_added', ...updates])

    await verifyBank(client, bank)
    assert.equal((await client.post(bank, { name: 'R01' })).body['name'], 'R01')
    const fixed = await client.post(bank, { name: 'X', routingNumber: '222222226', bankAccountType: 'checking' })
    const readOnly = ['routingNumber', 'bankAccountType']
      .map((name) => ` + ReadOnly /${name} ${name.charAt(0).toUpperCase()}${name.slice(1)} is read-only.`)
      .join('')
    assert.equal(refusalOf(fixed), `400 ValidationError${readOnly}`)
    assert.equal((await client.get(bank)).body['name'], 'R01')
  })

  it('of the account likewise', async () => {
    const { client } = await newWorld(server)
    const bank = await addBank(client, '')
    await client.post(bank, { name: 'Other' })
    await client.post(bank, removal)
    const topics = ['funding_source_added', 'funding_source_updated', 'funding_source_removed']
    assert.deepEqual(await newsOf(client, bank), topics)
  })

  it('into none that its owner has, and into one that it had', async () => {
    const { client, customer, bank } = await aPlace()
    const other = await addBank(client, customer, { accountNumber: '5555555' })
    const taken = await client.post(bank, { accountNumber: '5555555' })
    assert.equal(refusalOf(taken), `400 DuplicateResource Bank already exists: id=${idOf(other)}`)
    assert.equal((await client.post(bank, { accountNumber: '4444444' })).status, 200)
    await client.post(other, removal)
    assert.equal((await client.post(bank, { accountNumber: '5555555' })).status, 200)
    assert.notEqual(await addBank(client, customer, { accountNumber: '4444444' }), other)
  })

  it('only as far as a body says it rightly', async () => {
    const { client, bank } = await aPlace()
    const table = textTable(
      ['body', 'expected'],
      `
      {}                                    | 400 ValidationError Invalid bank name.
      {"name":""}                           | 400 ValidationError Invalid bank name.
      {"name":null,"accountNumber":"1234"}  | 400 ValidationError Invalid bank name.
      {"name":12}                           | 400 ValidationError Invalid bank name.
      {"name":"${'n'.repeat(51)}"}          | 400 ValidationError Invalid bank name.
      {"name":"a\\u0000b"}                  | 400 ValidationError Invalid bank name.
      {"routingNumber":"12"}                | 400 ValidationError + InvalidFormat /routingNumber Routing number must be exactly 9 characters.
      {"accountNumber":"12"}                | 400 ValidationError + InvalidFormat /accountNumber AccountNumber invalid.
      {"bankAccountType":"loan"}            | 400 ValidationError + NotAllowed /bankAccountType BankAccountType value not allowed.
      {"removed":"true"}                    | 400 ValidationError + Invalid /removed Removed invalid.
      `,
    )
    for (const { body, expected } of table)
      assert.equal(refusalOf(await client.post(bank, JSON.parse(body))), expected, body)
    assert.deepEqual(await newsOf(client, bank), ['customer_funding_source_added'])
  })

  it('when it is one, is there, and its customer is neither suspended nor deactivated', async () => {
    const { client, customer, bank } = await aPlace()
    const { client: other, customer: verified } = await aPlace('personal', 'verified')
    const [, balance] = JSON.parse((await other.get(`${verified}/funding-sources`)).text)._embedded['funding-sources']
    const onlyBanks = "400 ValidationError Only funding sources of type='bank' can be updated."
    for (const body of [{ name: 'Purse' }, removal])
      assert.equal(refusalOf(await other.post(`/funding-sources/${balance.id}`, body)), onlyBanks)
    assert.equal(refusalOf(await other.post(bank, { name: 'Mine' })), '404 NotFound Funding source not found.')

    assert.equal((await client.post(customer, { status: 'deactivated' })).status, 200)
    for (const body of [{ name: 'Other' }, removal])
      assert.equal(refusalOf(await client.post(bank, body)), '403 InvalidResourceState Resource cannot be modified.')
    assert.equal(await relsOf(client, bank), 'self customer')
    await client.post(customer, { status: 'reactivated' })
    const removed = await client.post(bank, removal)
    assert.deepEqual([removed.status, removed.body['removed']], [200, true])
    assert.deepEqual(Object.keys(removed.body['_links'] ?? {}), ['self'])
    for (const body of [{ name: 'Other' }, removal])
      assert.equal(
        refusalOf(await client.post(bank, body)),
        '403 InvalidResourceState A removed bank cannot be updated.',
      )
    assert.deepEqual(await newsOf(client, bank), ['customer_funding_source_added', 'customer_funding_source_removed'])
  })

  it('away, and what was to be paid to it is cancelled, while what it pays goes on', async () => {
    const { client, accountId } = await newWorld(server)
    const list = `/accounts/${accountId}/funding-sources`
    const sources = JSON.parse((await client.get(list)).text)._embedded['funding-sources']
    const [bank, balance] = sources.map(({ id }: { id: string }) => `/funding-sources/${id}`)
    const send = async (from: string, to: string) => {
      const _links = { source: { href: from }, destination: { href: to } }
      const made = await client.post('/transfers', { _links, amount: { value: '10.00', currency: 'USD' } })
      return new URL(made.location ?? '').pathname
    }
    const [debit, credit] = [await send(bank, balance), await send(balance, bank)]
    assert.equal((await client.post(bank, removal)).status, 200)
    assert.equal((await client.get(credit)).body['status'], 'cancelled')
    assert.equal((await client.get(debit)).body['status'], 'pending')
    assert.equal((await client.get(`${balance}/balance`)).body['balance']?.['value'], '5000.00')
    await assertLedgerHolds(server)
  })
})

describe('the links of a bank', () => {
  const deposits = ['transfer-from-balance', 'transfer-receive']
  const all = ['transfer-from-balance', 'transfer-to-balance', 'transfer-send', 'transfer-receive']
  const table: [kind: Kind, state: string, type: string, isVerified: boolean, rels: string][] = [
    ['unverified', 'unverified', 'checking', false, 'initiate-micro-deposits transfer-receive'],
    ['unverified', 'unverified', 'checking', true, 'transfer-send transfer-receive'],
    ['receive-only', 'unverified', 'checking', false, 'initiate-micro-deposits transfer-receive'],
    ['receive-only', 'unverified', 'checking', true, 'transfer-receive'],
    ['personal', 'verified', 'checking', false, `initiate-micro-deposits ${deposits.join(' ')}`],
    ['personal', 'verified', 'checking', true, all.join(' ')],
    ['personal', 'verified', 'loan', true, deposits.join(' ')],
    ['personal', 'retry', 'checking', true, 'transfer-receive'],
    ['business', 'verified', 'savings', true, all.join(' ')],
  ]
  for (const [kind, state, bankAccountType, isVerified, rels] of table)
    it(`${isVerified ? 'verified' : 'unverified'} ${bankAccountType} of ${kind}, ${state}`, async () => {
      const { client } = await newWorld(server)
      const customer = await customerIn(client, kind, state)
      const bank = await addBank(client, customer, { bankAccountType })
      if (isVerified) await verifyBank(client, bank)
      assert.equal(await relsOf(client, bank), `self customer remove ${rels}`)
      const { _embedded } = JSON.parse((await client.get(`${customer}/funding-sources`)).text)
      const listed = _embedded['funding-sources'].find((source: { type: string }) => source.type === 'bank')
      assert.deepEqual(listed, (await client.get(bank)).body)
    })

  it('lead to something: each is served as it is meant', async () => {
    const { client, bank } = await aPlace('personal', 'verified')
    const methods: { [rel: string]: string } = {
      remove: 'POST',
      'initiate-micro-deposits': 'POST',
      send: 'POST',
      receive: 'POST',
    }
    for (const source of [bank, (await client.get(bank)).body['_links']?.['customer']?.['href'] ?? '']) {
      const { _links } = JSON.parse((await client.get(String(source))).text)
      for (const [rel, { href }] of Object.entries<{ href: string }>(_links)) {
        const method = rel.startsWith('transfer-') ? 'POST' : methods[rel]
        if (method) assert.notEqual((await client.post(href)).status, 404, rel)
        else assert.ok((await client.get(href)).status === 200 || rel.includes('deactivate'), rel)
      }
    }
  })
})

describe('a customer', () => {
  it('has a balance from when it is verified, one and no more', async () => {
    const { client } = await newWorld(server)
    const typesOf = async (customer: string): Promise<string[]> => {
      const list = JSON.parse((await client.get(`${customer}/funding-sources`)).text)
      return list._embedded['funding-sources'].map(({ type }: { type: string }) => type)
    }
    const person = await customerIn(client, 'personal', 'retry')
    assert.deepEqual(await typesOf(person), [])
    const customer = await customerIn(client, 'business', 'verified', { email: 'b@x.test', correlationId: null })
    assert.deepEqual(await typesOf(customer), ['balance'])
    for (const status of ['deactivated', 'reactivated'])
      assert.equal((await client.post(customer, { status })).status, 200)
    assert.deepEqual(await typesOf(customer), ['balance'])
    const [balance] = JSON.parse((await client.get(`${customer}/funding-sources`)).text)._embedded['funding-sources']
    const rels = 'self customer balance with-available-balance transfer-send transfer-receive'
    assert.equal(Object.keys(balance._links).join(' '), rels)
    assert.deepEqual(await newsOf(client, `/funding-sources/${balance.id}`), [])
    assert.equal((await client.get(`/funding-sources/${balance.id}/balance`)).body['total']?.['value'], '0.00')
    await assertLedgerHolds(server)
  })
})
