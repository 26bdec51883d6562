import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Ctx } from '../../gate/operation.ts'
import { openCell } from '../../gate/sealed.ts'
import { type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { fingerprintOf } from './banks.ts'
import { insertBank, type NewBank, openBalanceSource } from './operations.ts'
import { fundingSources } from './store.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type World = Awaited<ReturnType<TestServer['newWorld']>>
type Source = { id: string; name: string; type: string; fingerprint?: string; _embedded?: unknown }

const halType = 'application/vnd.dwolla.v1.hal+json'
const link = (path: string, resourceType: string) => ({
  href: server.origin + path,
  type: halType,
  'resource-type': resourceType,
})

/** Writes into a world as an operation would. */
const writeInto = <O>({ accountId }: World, run: (ctx: Ctx) => O): Promise<O> =>
  server.gate.write({
    context: {
      accountId,
      actor: { kind: 'operator' },
      settings: server.world.settings,
      now: new Date('2026-11-23T15:00:00Z'),
    },
    run,
  })

/** @param path of the list, with its query */
const listed = async (client: Client, path: string): Promise<Source[]> => {
  const list = await client.get(path)
  assert.equal(list.status, 200, list.text)
  return JSON.parse(list.text)._embedded['funding-sources']
}

const sourcesOf = (client: Client, accountId: string, query = ''): Promise<Source[]> =>
  listed(client, `/accounts/${accountId}/funding-sources${query}`)

const aCustomer = async (client: Client): Promise<string> => {
  const person = { firstName: 'Ada', lastName: 'King', email: `${randomUUID()}@x.test` }
  return (await client.post('/customers', person)).location?.split('/').at(-1) ?? ''
}

const aBank = (accountId: string, name: string, numbers: NewBank['numbers']): NewBank => ({
  numbers,
  fingerprint: fingerprintOf(server.sealer, accountId, numbers),
  name,
  bankAccountType: 'savings',
  status: 'unverified',
})

describe('a new sandbox', () => {
  it('has a verified bank and a balance of 5,000.00, as its list, its sources and its balance say', async () => {
    const world = await server.newWorld({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
    const client = await server.as(world.application)
    const { accountId } = world
    const path = `/accounts/${accountId}/funding-sources`
    const account = await client.get(`/accounts/${accountId}`)
    assert.deepEqual(account.body['_links']?.['funding-sources'], link(path, 'funding-source'))

    const list = await client.get(path)
    assert.equal(list.status, 200)
    const { _links, _embedded, total } = JSON.parse(list.text)
    assert.deepEqual(_links, { self: link(path, 'funding-source'), account: link(`/accounts/${accountId}`, 'account') })
    assert.equal(total, 2)
    const [bank, balance] = _embedded['funding-sources']
    const common = { status: 'verified', created: '2026-11-23T14:00:00.000Z', removed: false }
    assert.match(bank.fingerprint, /^[0-9a-f]{64}$/)
    assert.deepEqual(bank, {
      ...common,
      _links: {
        self: link(`/funding-sources/${bank.id}`, 'funding-source'),
        account: link(`/accounts/${accountId}`, 'account'),
        remove: link(`/funding-sources/${bank.id}`, 'funding-source'),
        'transfer-from-balance': link('/transfers', 'transfer'),
        'transfer-to-balance': link('/transfers', 'transfer'),
        'transfer-send': link('/transfers', 'transfer'),
        'transfer-receive': link('/transfers', 'transfer'),
      },
      id: bank.id,
      type: 'bank',
      bankAccountType: 'checking',
      name: 'Superhero Savings Bank',
      channels: ['ach'],
      bankName: 'SANDBOX TEST BANK',
      fingerprint: bank.fingerprint,
    })
    assert.deepEqual(balance, {
      ...common,
      _links: {
        self: link(`/funding-sources/${balance.id}`, 'funding-source'),
        account: link(`/accounts/${accountId}`, 'account'),
        balance: link(`/funding-sources/${balance.id}/balance`, 'balance'),
        'with-available-balance': link(`/funding-sources/${balance.id}`, 'funding-source'),
        'transfer-send': link('/transfers', 'transfer'),
        'transfer-receive': link('/transfers', 'transfer'),
      },
      id: balance.id,
      type: 'balance',
      name: 'Balance',
      channels: [],
    })
    for (const source of [bank, balance]) {
      const one = await client.get(`/funding-sources/${source.id.toUpperCase()}`)
      assert.deepEqual([one.status, one.body], [200, source])
    }
    const money = { value: '5000.00', currency: 'USD' }
    const held = await client.get(`/funding-sources/${balance.id}/balance`)
    assert.deepEqual(
      [held.status, held.body],
      [
        200,
        {
          _links: {
            self: link(`/funding-sources/${balance.id}/balance`, 'balance'),
            'funding-source': link(`/funding-sources/${balance.id}`, 'funding-source'),
          },
          balance: money,
          total: money,
          lastUpdated: '2026-11-23T14:00:00.000Z',
        },
      ],
    )
    assert.equal((await client.get('/events')).body['total'], 0)
    await assertLedgerHolds(server)
  })

  it('begins with another amount, or none, where its settings say so', async () => {
    for (const [seedBalanceCents, value] of [
      [1, '0.01'],
      [1_000_000_000_000, '10000000000.00'],
      [0, '0.00'],
    ] as const) {
      const world = await server.newWorld({ settings: { seedBalanceCents } })
      const client = await server.as(world.application)
      const [bank, balance] = await sourcesOf(client, world.accountId)
      assert.equal(bank?.name, 'Superhero Savings Bank')
      const held = await client.get(`/funding-sources/${balance?.id}/balance`)
      assert.deepEqual(held.body['total'], { value, currency: 'USD' })
    }
    await assertLedgerHolds(server)
  })

  it('keeps the numbers of its bank sealed, and shows them nowhere', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const [bank] = await sourcesOf(client, world.accountId)
    const { rows } = await server.pool.query(
      'select to_jsonb(f)::text as row, sealed_numbers from funding_sources f where id = $1',
      [bank?.id],
    )
    const cell = { accountId: world.accountId, table: 'funding_sources', id: bank?.id ?? '', column: 'sealed_numbers' }
    const numbers = JSON.parse(openCell(server.sealer, cell, rows[0].sealed_numbers))
    assert.deepEqual(numbers, { routingNumber: '222222226', accountNumber: '123456789' })
    for (const number of Object.values<string>(numbers)) assert.ok(!rows[0].row.includes(number))
  })
})

describe('in production', () => {
  it('a new account has an empty balance and nothing else', async () => {
    const production = await startTestServer({
      sandbox: false,
      operatorToken: 'an-operator-token-of-forty-characters-xx',
    })
    try {
      const world = await production.newWorld()
      const client = await production.as(world.application)
      const [balance, ...others] = await sourcesOf(client, world.accountId)
      assert.deepEqual(others, [])
      const held = await client.get(`/funding-sources/${balance?.id}/balance`)
      assert.equal(held.body['balance']?.['value'], '0.00')
    } finally {
      await production.stop()
    }
  })
})

describe('funding sources', () => {
  it('of customers name them, and are listed with no other’s', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const [customerId, other] = [await aCustomer(client), await aCustomer(client)]
    const numbers = { routingNumber: '021000021', accountNumber: '000123456' }
    const [bank, again, balance] = await writeInto(world, (ctx) => [
      insertBank(ctx, { customerId, bank: aBank(world.accountId, 'Ada’s', numbers) }),
      insertBank(ctx, { customerId: other, bank: aBank(world.accountId, 'Eve’s', numbers) }),
      openBalanceSource(ctx, customerId),
    ])
    const body = (await client.get(`/funding-sources/${bank?.id}`)).body as unknown as Source
    assert.deepEqual(body, {
      _links: {
        self: link(`/funding-sources/${bank?.id}`, 'funding-source'),
        customer: link(`/customers/${customerId}`, 'customer'),
        remove: link(`/funding-sources/${bank?.id}`, 'funding-source'),
        'initiate-micro-deposits': link(`/funding-sources/${bank?.id}/micro-deposits`, 'micro-deposits'),
        'transfer-receive': link('/transfers', 'transfer'),
      },
      id: bank?.id,
      status: 'unverified',
      type: 'bank',
      bankAccountType: 'savings',
      name: 'Ada’s',
      created: '2026-11-23T15:00:00.000Z',
      removed: false,
      channels: ['ach', 'real-time-payments'],
      bankName: 'SANDBOX TEST BANK',
      fingerprint: body.fingerprint,
    })
    const same = (await client.get(`/funding-sources/${again?.id}`)).body as unknown as Source
    assert.equal(same.fingerprint, body.fingerprint)
    const held = await client.get(`/funding-sources/${balance?.id}/balance`)
    assert.deepEqual(held.body['balance'], { value: '0.00', currency: 'USD' })
    assert.equal((await sourcesOf(client, world.accountId)).length, 2)

    const path = `/customers/${customerId}/funding-sources`
    const { _links, total } = JSON.parse((await client.get(path)).text)
    assert.deepEqual(_links, {
      self: link(path, 'funding-source'),
      customer: link(`/customers/${customerId}`, 'customer'),
    })
    assert.equal(total, 2)
    assert.deepEqual(
      (await listed(client, path)).map(({ id }) => id),
      [balance?.id, bank?.id],
    )
    assert.deepEqual(await listed(client, `/customers/${other}/funding-sources`), [same])
    assert.deepEqual(await listed(client, `/customers/${await aCustomer(client)}/funding-sources`), [])
    const [embedding] = await listed(client, `${path}?removed=false&embed=balance`)
    assert.deepEqual(embedding?._embedded, { balance: held.body })
  })

  it('have one fingerprint for the same bank account in one world, and another in another', async () => {
    const fingerprints: (string | undefined)[] = []
    for (const world of [await server.newWorld(), await server.newWorld()])
      fingerprints.push((await sourcesOf(await server.as(world.application), world.accountId))[0]?.fingerprint)
    assert.equal(new Set(fingerprints).size, 2)
    const of = (routingNumber: string, accountNumber: string) =>
      fingerprintOf(server.sealer, 'a', { routingNumber, accountNumber })
    const different = [
      of('222222226', '1234'),
      of('222222226', '12345'),
      of('021000021', '1234'),
      of('021000021', '01234'),
    ]
    assert.equal(new Set(different).size, different.length)
  })

  it('that were removed are kept, with a link to nothing else, and listed unless they are not wanted', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const [bank, balance] = await sourcesOf(client, world.accountId)
    await writeInto(world, (ctx) =>
      fundingSources.set(ctx, fundingSources.get(ctx, bank?.id ?? ''), { is_removed: true }),
    )
    const removed = await client.get(`/funding-sources/${bank?.id}`)
    assert.deepEqual(removed.body['_links'], { self: link(`/funding-sources/${bank?.id}`, 'funding-source') })
    assert.deepEqual([removed.body['removed'], removed.body['fingerprint']], [true, bank?.fingerprint])
    const ids = async (query: string) => (await sourcesOf(client, world.accountId, query)).map(({ id }) => id)
    for (const query of ['', '?removed=true', '?removed=false&removed=true'])
      assert.deepEqual(await ids(query), query.includes('false') ? [balance?.id] : [bank?.id, balance?.id], query)
    const active = await client.get(`/accounts/${world.accountId}/funding-sources?removed=false`)
    assert.equal(active.body['total'], 1)
    assert.equal(
      active.body['_links']?.['self']?.['href'],
      `${server.origin}/accounts/${world.accountId}/funding-sources?removed=false`,
    )
  })

  it('are listed with their balance when that is asked for', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const [plainBank, plainBalance] = await sourcesOf(client, world.accountId)
    const [bank, balance] = await sourcesOf(client, world.accountId, '?removed=false&embed=balance')
    assert.deepEqual(bank, plainBank)
    const held = await client.get(`/funding-sources/${balance?.id}/balance`)
    assert.deepEqual(balance?._embedded, { balance: held.body })
    assert.deepEqual({ ...balance, _embedded: undefined }, { ...plainBalance, _embedded: undefined })
    assert.equal(plainBalance?._embedded, undefined)
  })

  it('tell what was spent of a balance, and when it last changed', async () => {
    const world = await server.newWorld({ clock: { mode: 'frozen', set: '2026-11-23T15:00:00Z' } })
    const client = await server.as(world.application)
    const [bank, balance] = await sourcesOf(client, world.accountId)
    const from = balance?.id ?? ''
    const to = (id: string) => ({ href: `/funding-sources/${id}` })
    const _links = { source: to(from), destination: to(bank?.id ?? '') }
    const sent = await client.post('/transfers', { _links, amount: { value: '1234.56', currency: 'USD' } })
    assert.equal(sent.status, 201, sent.text)
    const held = await client.get(`/funding-sources/${from}/balance`)
    assert.deepEqual(held.body['balance'], { value: '3765.44', currency: 'USD' })
    assert.equal(held.body['lastUpdated'], '2026-11-23T15:00:00.000Z')
    await assertLedgerHolds(server)
  })

  it('that are banks have no balance: 400 UnsupportedOperation', async () => {
    const world = await server.newWorld()
    const client = await server.as(world.application)
    const [bank] = await sourcesOf(client, world.accountId)
    const answer = await client.get(`/funding-sources/${bank?.id}/balance`)
    assert.equal(answer.status, 400)
    assert.deepEqual(answer.body, {
      code: 'UnsupportedOperation',
      message: 'Retrieving the balance is not supported for this type of funding source.',
    })
  })

  it('are not found in another world, or under an id that nothing has', async () => {
    const [own, foreign] = [await server.newWorld(), await server.newWorld()]
    const client = await server.as(own.application)
    const theirs = await sourcesOf(await server.as(foreign.application), foreign.accountId)
    for (const id of [...theirs.map((source) => source.id), randomUUID(), own.accountId])
      for (const path of [`/funding-sources/${id}`, `/funding-sources/${id}/balance`]) {
        const answer = await client.get(path)
        assert.deepEqual(
          [answer.status, answer.body],
          [404, { code: 'NotFound', message: 'Funding source not found.' }],
        )
      }
    for (const id of [foreign.accountId, foreign.id, randomUUID()]) {
      const answer = await client.get(`/accounts/${id}/funding-sources`)
      assert.deepEqual([answer.status, answer.body], [404, { code: 'NotFound', message: 'Account not found.' }])
    }
    for (const id of [await aCustomer(await server.as(foreign.application)), own.accountId, randomUUID()]) {
      const answer = await client.get(`/customers/${id}/funding-sources`)
      assert.deepEqual([answer.status, answer.body], [404, { code: 'NotFound', message: 'Customer not found.' }])
    }
    assert.equal((await client.get('/funding-sources/no-id')).status, 404)
  })

  it('are not listed by a parameter that says nothing: 400', async () => {
    const { accountId, application } = await server.newWorld()
    const client = await server.as(application)
    const lists = [`/accounts/${accountId}`, `/customers/${await aCustomer(client)}`]
    for (const [query, path] of [
      ['removed=yes', '/removed'],
      ['removed=', '/removed'],
      ['embed=everything', '/embed'],
    ] as const)
      for (const list of lists) {
        const answer = await client.get(`${list}/funding-sources?${query}`)
        assert.equal(answer.status, 400, query)
        const [error] = JSON.parse(answer.text)._embedded.errors
        assert.deepEqual([error.code, error.path], ['Invalid', path], query)
      }
  })
})
